package dev.samovar.models.data;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// One labelled picture of a dataset, not yet read.
///
/// @param name its name in splits, logs and reports, unique in its dataset
/// @param patient the patient; all cases of a patient stay on the same side of a split
/// @param images the file with the picture, or one for each of its channels
/// @param label the file with the class of each voxel
public record Case(String name, String patient, List<Path> images, Path label) {
    private static final Pattern FRAME = Pattern.compile("_frame\\d+$");

    /// Copies the list.
    public Case { images = List.copyOf(images); }

    /// A case that is the only one of its patient, except for other frames of the same picture: `patient001_frame12` belongs to `patient001`.
    public Case(String name, Path image, Path label) {
        this(name, patient(name), List.of(image), label);
    }

    /// The file with the picture, or with the first of its channels.
    public Path image() {
        return images.getFirst();
    }

    /// The patient's name: a case's name without the frame at its end.
    static String patient(String name) {
        return FRAME.matcher(name).replaceFirst("");
    }
}
