package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;

/// How numbers become brightness, the whole numbers from 0 to 255 that a network trained on photographs expects. The same rule holds for pictures and
/// volumes of every file format: it depends only on the numbers.
///
/// | | |
/// |---|---|
/// | `auto` | whole numbers from 0 to 255 are brightness already; all others are stretched from their percentile 0.1 to 99.9, and what lies beyond is cut |
/// | `soft`, `lung`, `brain`, `LEVEL,WIDTH` | a window of computed tomography, as MedSAM cuts it |
/// | `percentiles` | from 0.5 to 99.5 of the numbers above 0, as MedSAM does where there is no unit |
/// | `range` | from the least number to the greatest |
/// | `bits:N` | 0 is black and 2^N − 1 white, as a camera of N bits has it |
/// | `unchanged` | numbers are brightness already, or else an error |
///
/// Limits are computed from all numbers of a volume, so a slice depends on the others. NaN is black, and infinities are black or white; neither
/// counts in a percentile.
///
/// ```java
/// Brightness brightness = Intensity.of("auto").brightness(Numbers.of(voxels));         // reads all of them, in one pass or a few
/// float[] levels = brightness.of(voxels);                                              // or slice by slice
/// IO.println(brightness.words());                                                      // what was done; empty if nothing
/// ```
///
/// Source of MedSAM's: pre_CT_MR.py and utils/README.md of bowang-lab/MedSAM @ d71e8a1.
public sealed interface Intensity {
    /// The brightness of these numbers.
    ///
    /// @throws FormatException if they do not allow it, in words that follow the name of their file
    Brightness brightness(Numbers numbers);

    /// The volume in 8 bits. The channels of a colour are stretched together.
    ///
    /// @throws FormatException if its numbers do not allow it, in words that follow the name of its file
    default Volume apply(Volume volume) {
        Brightness brightness = brightness(portion -> volume.scan(plane -> portion.accept(plane, plane.length)));
        return brightness.isSame() ? volume : volume.map(brightness::of);
    }

    /// The picture in 8 bits. The channels of a colour are stretched together.
    ///
    /// @throws FormatException if its numbers do not allow it, in words that follow its name
    default Picture apply(Picture picture) {
        Brightness brightness = brightness(Numbers.of(picture.pixels()));
        return brightness.isSame()
                ? picture
                : new Picture(picture.channels(), picture.height(), picture.width(), brightness.of(picture.pixels()));
    }

    /// The rule with this name, as in the table above.
    ///
    /// @throws FormatException if there is no such rule
    static Intensity of(String name) {
        return switch (name) {
            case "auto" -> new Auto();
            case "soft" -> Window.SOFT;
            case "lung" -> Window.LUNG;
            case "brain" -> Window.BRAIN;
            case "percentiles" -> new Percentiles();
            case "range" -> new Range();
            case "unchanged" -> new Unchanged();
            default -> numbered(name);
        };
    }

    private static Intensity numbered(String name) {
        int comma = name.indexOf(',');
        try {
            if (name.startsWith("bits:")) return new Bits(Integer.parseInt(name.substring("bits:".length())));
            if (comma >= 0) return new Window(Double.parseDouble(name.substring(0, comma)), Double.parseDouble(name.substring(comma + 1)));
        } catch (IllegalArgumentException _) {
            // Told below: not two numbers, or no window.
        }
        throw new FormatException("there is no intensity " + FormatException.shown(name)
                + ": it is auto, soft, lung, brain, LEVEL,WIDTH as in 40,400 with a width above 0, percentiles, range, bits:N with N from 1 to 32, or unchanged");
    }

    /// For numbers of any kind: those of 8 bits stay as they are, all others are stretched in a way that a few outliers do not change.
    record Auto() implements Intensity {
        private static final double LOW = 0.001, HIGH = 0.999;

        @Override
        public Brightness brightness(Numbers numbers) {
            Census census = new Census(numbers, false);
            if (census.fitsInBytes()) return census.remark().isEmpty() ? Brightness.SAME : stretched(census, 0, 255, "as it is");
            double lower = census.percentile(numbers, LOW), upper = census.percentile(numbers, HIGH);
            if (upper > lower) return stretched(census, lower, upper, "percentiles 0.1 and 99.9");
            return stretched(census, census.min(), census.max(), "the least and the greatest");
        }

        @Override
        public String toString() {
            return "auto";
        }
    }

    private static Brightness stretched(Census census, double lower, double upper, String how) {
        return new Brightness(lower, upper, true, false, words(census, lower, upper, how));
    }

    private static String words(Census census, double black, double white, String how) {
        return "brightness: " + Brightness.shown(black) + " is black and " + Brightness.shown(white) + " white (" + how + ")" + census.remark();
    }

    /// A window of computed tomography: numbers are cut at half the width below and above the level, and the result is stretched, its least number to
    /// 0 and its greatest to 255, with the fraction dropped.
    ///
    /// @param level its middle, in Hounsfield units
    /// @param width from its lower end to its upper one
    record Window(double level, double width) implements Intensity {
        /// The window for soft tissue.
        public static final Window SOFT = new Window(40, 400);
        /// The window for lungs.
        public static final Window LUNG = new Window(-600, 1500);
        /// The window for brains.
        public static final Window BRAIN = new Window(40, 80);

        /// Checks the numbers.
        ///
        /// @throws IllegalArgumentException if one is out of range
        public Window {
            if (!(Math.abs(level) < 1e9 && width > 0 && width < 1e9))
                throw new IllegalArgumentException("a window of the level " + level + " and the width " + width);
        }

        @Override
        public Brightness brightness(Numbers numbers) {
            return cut(new Census(numbers, false), level - width / 2, level + width / 2, false, "window " + this);
        }

        @Override
        public String toString() {
            return equals(SOFT) ? "soft" : equals(LUNG) ? "lung" : equals(BRAIN) ? "brain" : level + "," + width;
        }
    }

    /// The numbers that are left after a cut, stretched as MedSAM does.
    private static Brightness cut(Census census, double lower, double upper, boolean zeroIsBlack, String how) {
        double least = Math.clamp(census.min(), lower, upper), greatest = Math.clamp(census.max(), lower, upper);
        return new Brightness(least, greatest, false, zeroIsBlack, words(census, least, greatest, how));
    }

    /// For volumes without a unit, as in magnetic resonance: numbers are cut at the percentiles 0.5 and 99.5 of the voxels above 0, interpolated
    /// linearly, and stretched as in a window; 0 stays 0.
    record Percentiles() implements Intensity {
        @Override
        public Brightness brightness(Numbers numbers) {
            Census census = new Census(numbers, true);
            if (census.positive() == 0 && census.negative() > 0)
                throw new FormatException("none of its voxels is above 0, so there are no percentiles of them; choose a window LEVEL,WIDTH");
            if (census.positive() == 0) return new Brightness(0, 0, false, true, "brightness: everything is black");
            return cut(census, census.percentile(numbers, 0.005), census.percentile(numbers, 0.995), true,
                    "percentiles 0.5 and 99.5 of what is above 0");
        }

        @Override
        public String toString() {
            return "percentiles";
        }
    }

    /// From the least number to the greatest.
    record Range() implements Intensity {
        @Override
        public Brightness brightness(Numbers numbers) {
            Census census = new Census(numbers, false);
            return stretched(census, census.min(), census.max(), "the least and the greatest");
        }

        @Override
        public String toString() {
            return "range";
        }
    }

    /// The whole range of a camera with this many bits.
    ///
    /// @param bits from 1 to 32
    record Bits(int bits) implements Intensity {
        /// Checks the bits.
        ///
        /// @throws IllegalArgumentException if it is out of range
        public Bits {
            if (bits < 1 || bits > 32) throw new IllegalArgumentException(bits + " bits");
        }

        @Override
        public Brightness brightness(Numbers numbers) {
            return bits == 8
                    ? new Unchanged().brightness(numbers)
                    : stretched(new Census(numbers, false), 0, (double) (1L << bits) - 1, bits + " bits");
        }

        @Override
        public String toString() {
            return "bits:" + bits;
        }
    }

    /// For pictures that have 8 bits already, such as photographs: nothing changes.
    record Unchanged() implements Intensity {
        @Override
        public Brightness brightness(Numbers numbers) {
            numbers.forEach((some, n) -> {
                for (int i = 0; i < n; i++)
                    if (!(some[i] >= 0 && some[i] <= 255 && some[i] == Math.rint(some[i])))
                        throw new FormatException("it holds " + some[i]
                                + ", and a picture of 8 bits only whole numbers from 0 to 255; choose another intensity");
            });
            return Brightness.SAME;
        }

        @Override
        public String toString() {
            return "unchanged";
        }
    }
}
