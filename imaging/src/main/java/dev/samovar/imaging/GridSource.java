package dev.samovar.imaging;

import java.util.List;

/// What a [Geometry] was read from, so that a file for the same grid can repeat it: a NIfTI header, a series of DICOM images. Each format has its own, and one
/// that finds another's writes the affine.
public interface GridSource {
    /// The other affines in millimetres, each of three rows and four columns, that the file gives beside the one that is taken.
    default List<double[][]> alternatives() {
        return List.of();
    }

    /// Whether the file says where its voxels lie, and not only how large they are.
    default boolean isPlaced() {
        return true;
    }

    /// Whether the file says in which unit it measures.
    default boolean hasUnit() {
        return true;
    }
}
