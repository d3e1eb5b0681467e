package dev.samovar.models.edit;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Palette;

/// An object in an image: the value of its voxels, and its name and colour.
///
/// @param number from 1 to 255, the value of its voxels
/// @param name its name, one line of at most 100 characters
/// @param rgb its colour, as `0xRRGGBB`
public record LabelledObject(int number, String name, int rgb) {
    /// The highest number, because labels are bytes.
    public static final int MOST = 255;
    private static final int LONGEST = 100;

    /// Checks all three.
    ///
    /// @throws FormatException if one is not allowed
    public LabelledObject {
        name = name.strip();
        if (number < 1 || number > MOST) throw new FormatException("objects have the numbers 1 to " + MOST + ", not " + number);
        if (name.isEmpty() || name.length() > LONGEST || name.codePoints().anyMatch(Character::isISOControl))
            throw new FormatException("the name of an object is a line of 1 to " + LONGEST + " characters, not "
                    + FormatException.shown(name));
        if (rgb < 0 || rgb > 0xFFFFFF) throw new FormatException("a colour has red, green and blue from 0 to 255");
    }

    /// An object without a name yet.
    public static LabelledObject unnamed(int number) {
        return new LabelledObject(number, "object " + number, Palette.rgb(number));
    }

    /// The colour as in style sheets: `#56b4e9`.
    public String css() {
        return "#" + Integer.toHexString(rgb | 1 << 24).substring(1);
    }

    /// The colour in this notation.
    ///
    /// @throws FormatException if it is not
    public static int rgb(String css) {
        if (!css.matches("#[0-9a-fA-F]{6}"))
            throw new FormatException("a colour is written as #56b4e9, not as " + FormatException.shown(css));
        return Integer.parseInt(css.substring(1), 16);
    }
}
