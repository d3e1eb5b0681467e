package dev.samovar.imaging.dicom;

import org.jspecify.annotations.Nullable;

/// A class of labels as a segment of a DICOM segmentation.
///
/// @param value the class of its voxels, 1 to 255
/// @param label what it is called
/// @param how how it came about
/// @param meaning what it is, by codes; `null` for tissue of whatever kind
/// @param rgb the colour it is shown in, `0xRRGGBB`
public record Segment(int value, String label, Algorithm how, @Nullable Meaning meaning, int rgb) {
    /// Checks the value.
    public Segment {
        if (value < 1 || value > 255) throw new IllegalArgumentException("a segment of the class " + value);
    }

    /// How a segment came about.
    public enum Algorithm {
        /// Without a person.
        AUTOMATIC,
        /// By clicks or boxes of a person.
        SEMIAUTOMATIC,
        /// Drawn by a person.
        MANUAL
    }

    /// A concept of a terminology, as `(80891009, SCT, "Heart")`.
    ///
    /// @param value its number there, at most 16 characters
    /// @param scheme the terminology, as `SCT` for SNOMED CT
    /// @param meaning its name there, at most 64 characters
    public record Code(String value, String scheme, String meaning) {}

    /// What a segment is.
    ///
    /// @param category of which kind, as "Anatomical Structure"
    /// @param type which one, as "Heart"
    public record Meaning(Code category, Code type) {
        /// The category of organs and their parts.
        public static final Code ANATOMICAL_STRUCTURE = new Code("91723000", "SCT", "Anatomical Structure");
        /// Tissue: what can be said of everything.
        public static final Code TISSUE = new Code("85756007", "SCT", "Tissue");
    }
}
