package dev.samovar.imaging.dicom;

import org.jspecify.annotations.Nullable;

/// A class of labels as a segment of a DICOM segmentation.
///
/// @param value the class of its voxels, 1 to 255
/// @param label its name
/// @param how how it was made
/// @param meaning its meaning, by codes; `null` for tissue of any kind
/// @param rgb the colour it is shown in, `0xRRGGBB`
public record Segment(int value, String label, Algorithm how, @Nullable Meaning meaning, int rgb) {
    /// Checks the value.
    ///
    /// @throws IllegalArgumentException if it is out of range
    public Segment {
        if (value < 1 || value > 255) throw new IllegalArgumentException("a segment of the class " + value);
    }

    /// How a segment was made.
    public enum Algorithm {
        /// Automatically.
        AUTOMATIC,
        /// From a person's clicks or boxes.
        SEMIAUTOMATIC,
        /// Drawn by a person.
        MANUAL
    }

    /// A concept of a terminology, such as `(80891009, SCT, "Heart")`.
    ///
    /// @param value its number there, at most 16 characters
    /// @param scheme the terminology, such as `SCT` for SNOMED CT
    /// @param meaning its name there, at most 64 characters
    public record Code(String value, String scheme, String meaning) {}

    /// The meaning of a segment.
    ///
    /// @param category its kind, such as "Anatomical Structure"
    /// @param type the thing itself, such as "Heart"
    public record Meaning(Code category, Code type) {
        /// The category of organs and their parts.
        public static final Code ANATOMICAL_STRUCTURE = new Code("91723000", "SCT", "Anatomical Structure");
        /// Tissue: true of every segment.
        public static final Code TISSUE = new Code("85756007", "SCT", "Tissue");
    }
}
