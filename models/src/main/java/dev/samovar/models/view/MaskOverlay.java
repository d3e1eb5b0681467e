package dev.samovar.models.view;

import dev.samovar.imaging.Palette;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A picture with masks drawn over it, each as a translucent fill in its own colour, with a contour. Large ones are drawn first, so that they do not
/// hide small ones.
///
/// The colours are those of [Palette] in the order of the list, and repeat after 255.
public final class MaskOverlay {
    private static final double FILL = 0.4;                                        // how much of a filled pixel is the mask's colour
    private static final int SIDE = 700;                                           // pixels of the longer side to a pixel of a contour's width

    private MaskOverlay() {}

    /// Draws masks.
    ///
    /// @param picture of 8-bit values, grey or coloured
    /// @param masks as large as the picture
    /// @throws IllegalArgumentException if a mask has another size
    public static BufferedImage of(Picture picture, List<Rle> masks) {
        BufferedImage drawn = Pictures.drawable(picture, 1);
        int line = 1 + Math.max(picture.height(), picture.width()) / SIDE;
        IntStream.range(0, masks.size()).boxed().sorted(Comparator.comparingInt(i -> -masks.get(i).area())).forEach(i -> {
            Rle mask = masks.get(i);
            if (mask.height() != picture.height() || mask.width() != picture.width())
                throw new IllegalArgumentException("the " + mask + " is not for a picture of " + picture.height() + " × " + picture.width());
            Box box = mask.box();
            if (box != null) draw(drawn, mask.mask(), box, Palette.rgb(1 + i % 255), line);
        });
        return drawn;
    }

    private static void draw(BufferedImage picture, Mask mask, Box box, int colour, int line) {
        for (int y = box.y0(); y <= box.y1(); y++) for (int x = box.x0(); x <= box.x1(); x++) {
            if (!mask.at(y, x)) continue;
            boolean inside = at(mask, y - line, x) && at(mask, y + line, x) && at(mask, y, x - line) && at(mask, y, x + line);
            picture.setRGB(x, y, inside ? Palette.mixed(picture.getRGB(x, y), colour, FILL) : colour);
        }
    }

    /// Whether a pixel belongs; none does beyond the picture.
    private static boolean at(Mask mask, int row, int column) {
        return row >= 0 && column >= 0 && row < mask.height() && column < mask.width() && mask.at(row, column);
    }
}
