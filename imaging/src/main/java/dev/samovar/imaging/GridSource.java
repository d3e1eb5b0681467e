package dev.samovar.imaging;

import java.util.List;

/// What a [Geometry] was read from, so that a file for the same grid can repeat it: a NIfTI header, say, or a series of DICOM images. Each format has
/// its own kind of source. A writer that finds another format's source writes the affine instead.
public interface GridSource {
    /// The affines in millimetres that the file gives besides the one that is used, each of three rows and four columns.
    default List<double[][]> alternatives() {
        return List.of();
    }

    /// Whether the file states the position of its voxels, and not only their size.
    default boolean isPlaced() {
        return true;
    }

    /// Whether the file states the size of its voxels.
    default boolean hasSpacing() {
        return true;
    }

    /// Whether the file states its unit of length.
    default boolean hasUnit() {
        return true;
    }

    /// Whether the file has pages, which are its slices across z, however far apart they are.
    default boolean hasPages() {
        return false;
    }
}
