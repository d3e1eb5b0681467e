package dev.samovar.models.data;

import java.nio.file.Path;
import java.util.regex.Pattern;

/// One labelled picture of a dataset, not yet read.
///
/// @param name what it is called in splits, logs and reports, unique in its dataset
/// @param patient whose picture it is: all cases of a patient stay on the same side of a split
/// @param image the file with the picture
/// @param label the file with the class of each voxel
public record Case(String name, String patient, Path image, Path label) {
    private static final Pattern FRAME = Pattern.compile("_frame\\d+$");

    /// A case that is the only one of its patient, but for other frames of the same picture: `patient001_frame12` is one of `patient001`'s.
    public Case(String name, Path image, Path label) {
        this(name, patient(name), image, label);
    }

    /// A name without the frame at its end.
    static String patient(String name) {
        return FRAME.matcher(name).replaceFirst("");
    }
}
