package dev.samovar.imaging;

import java.awt.Color;
import java.util.List;
import java.util.Locale;

/// The colours of classes, the same in every picture.
///
/// The first seven are those that Okabe and Ito chose for people with any kind of colour vision (Color Universal Design, 2008),
/// ordered so that those that stand out on grey come first. Later classes get hues a golden angle apart.
public final class Palette {
    private static final List<Colour> COLOURS = List.of(new Colour("sky blue", 0x56B4E9), new Colour("orange", 0xE69F00),
            new Colour("green", 0x009E73), new Colour("yellow", 0xF0E442), new Colour("pink", 0xCC79A7), new Colour("vermilion", 0xD55E00),
            new Colour("blue", 0x0072B2));
    private static final float GOLDEN = 0.618034f;

    private record Colour(String name, int rgb) {}

    private Palette() {}

    /// The colour of a class from 1 to 255, as `0xRRGGBB`.
    public static int rgb(int label) {
        if (label < 1 || label > 255) throw new IllegalArgumentException("the classes with a colour are 1 to 255, not " + label);
        if (label <= COLOURS.size()) return COLOURS.get(label - 1).rgb;
        return Color.HSBtoRGB(label * GOLDEN, label % 2 == 0 ? 0.55f : 0.8f, 0.95f) & 0xFFFFFF;
    }

    /// A colour with another laid over it, whose share runs from 0 (none) to 1 (only the other).
    public static int mixed(int rgb, int over, double share) {
        int mixed = 0;
        for (int shift = 0; shift <= 16; shift += 8)
            mixed |= (int) Math.round((rgb >> shift & 0xFF) * (1 - share) + (over >> shift & 0xFF) * share) << shift;
        return mixed;
    }

    /// The colour of a label as in a style sheet: `#56b4e9`.
    public static String css(int label) {
        return String.format(Locale.ROOT, "#%06x", rgb(label));
    }

    /// The name of a label's colour, `sky blue`; for later classes, the colour as in a style sheet.
    public static String name(int label) {
        return label >= 1 && label <= COLOURS.size() ? COLOURS.get(label - 1).name : css(label);
    }
}
