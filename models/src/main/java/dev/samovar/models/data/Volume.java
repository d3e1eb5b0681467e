package dev.samovar.models.data;

/// A picture in three dimensions: one finite number per voxel, and where the voxels lie.
///
/// The voxel `(i, j, k)` is at index `i + nx · (j + ny · k)`: x runs fastest, as in a NIfTI file.
public final class Volume {
    private final Geometry geometry;
    private final float[] voxels;

    /// Of these voxels, which are not copied.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry
    public Volume(Geometry geometry, float[] voxels) {
        if (voxels.length != geometry.voxels()) throw new IllegalArgumentException(voxels.length + " voxels for " + geometry);
        this.geometry = geometry;
        this.voxels = voxels;
    }

    /// The grid of the voxels, and where it lies.
    public Geometry geometry() {
        return geometry;
    }

    /// The voxels themselves, not a copy.
    public float[] voxels() {
        return voxels;
    }

    /// One voxel.
    public float at(int i, int j, int k) {
        return voxels[i + geometry.nx() * (j + geometry.ny() * k)];
    }
}
