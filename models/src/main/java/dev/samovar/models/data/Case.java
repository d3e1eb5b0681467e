package dev.samovar.models.data;

import java.nio.file.Path;

/// One labelled picture of a dataset, not yet read.
///
/// @param name what it is called in splits, logs and reports, unique in its dataset
/// @param patient whose picture it is: all cases of a patient stay on the same side of a split
/// @param image the file with the picture
/// @param label the file with the class of each voxel
public record Case(String name, String patient, Path image, Path label) {
    /// A case that is the only one of its patient.
    public Case(String name, Path image, Path label) {
        this(name, name, image, label);
    }
}
