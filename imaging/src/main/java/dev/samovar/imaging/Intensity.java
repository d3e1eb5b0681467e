package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;

/// How the numbers of a volume become the 8 bits that MedSAM was trained on: a volume on the same grid, whole numbers from 0 to 255.
///
/// What is left after cutting at a lower and an upper limit is stretched, its least number to 0 and its greatest to 255, and the fraction dropped; a constant becomes 0.
/// Limits and stretching are those of the whole volume: a slice depends on the others.
///
/// Source: pre_CT_MR.py and utils/README.md of bowang-lab/MedSAM @ d71e8a1.
public sealed interface Intensity {
    /// The window of computed tomography for soft tissue, in Hounsfield units.
    Window SOFT = new Window(40, 400);
    /// The one for lungs.
    Window LUNG = new Window(-600, 1500);
    /// The one for brains.
    Window BRAIN = new Window(40, 80);

    /// The volume in 8 bits.
    ///
    /// @throws FormatException if its numbers do not allow it, in words that follow the name of its file
    Volume apply(Volume volume);

    /// The one of this name: `soft`, `lung`, `brain`, `LEVEL,WIDTH` as in `40,400`, `percentiles`, or `unchanged`.
    ///
    /// @throws FormatException if there is none
    static Intensity of(String name) {
        return switch (name) {
            case "soft" -> SOFT;
            case "lung" -> LUNG;
            case "brain" -> BRAIN;
            case "percentiles" -> new Percentiles();
            case "unchanged" -> new Unchanged();
            default -> window(name);
        };
    }

    private static Window window(String name) {
        int comma = name.indexOf(',');
        try {
            if (comma >= 0) return new Window(Double.parseDouble(name.substring(0, comma)), Double.parseDouble(name.substring(comma + 1)));
        } catch (IllegalArgumentException _) {
            // Told below: not two numbers, or no window.
        }
        throw new FormatException("there is no intensity " + FormatException.shown(name)
                + ": it is soft, lung, brain, LEVEL,WIDTH as in 40,400 with "
                + "a width above 0, percentiles, or unchanged");
    }

    /// A window of computed tomography: cut at half its width below and above its level.
    ///
    /// @param level its middle, in Hounsfield units
    /// @param width from its lower end to its upper one
    record Window(double level, double width) implements Intensity {
        /// Checks both.
        public Window {
            if (!(Math.abs(level) < 1e9 && width > 0 && width < 1e9))
                throw new IllegalArgumentException("a window of the level " + level + " and the width " + width);
        }

        @Override
        public Volume apply(Volume volume) {
            return Stretch.apply(volume, level - width / 2, level + width / 2);
        }

        @Override
        public String toString() {
            return equals(SOFT) ? "soft" : equals(LUNG) ? "lung" : equals(BRAIN) ? "brain" : level + "," + width;
        }
    }

    /// For all that has no unit, as magnetic resonance: cut at the percentiles 0.5 and 99.5 of the voxels above 0, interpolated linearly; what was 0 stays 0.
    record Percentiles() implements Intensity {
        @Override
        public Volume apply(Volume volume) {
            return Stretch.percentiles(volume, 0.005, 0.995);
        }

        @Override
        public String toString() {
            return "percentiles";
        }
    }

    /// For what has 8 bits already, as photographs: nothing changes.
    record Unchanged() implements Intensity {
        @Override
        public Volume apply(Volume volume) {
            volume.scan(plane -> {
                for (float v : plane)
                    if (!(v >= 0 && v <= 255 && v == Math.rint(v)))
                        throw new FormatException("it holds " + v
                                + ", and a picture of 8 bits only whole numbers from 0 to 255; choose an intensity");
            });
            return volume;
        }

        @Override
        public String toString() {
            return "unchanged";
        }
    }
}
