package dev.samovar.imaging;

/// A picture in three dimensions: finite numbers, one per voxel and channel, and where the voxels lie.
///
/// The voxel `(i, j, k)` is at index `i + nx · (j + ny · k)`: x runs fastest, as in a NIfTI file. A second and a third channel, where there are
/// any, follow the first, each as long.
public final class Volume {
    private final Geometry geometry;
    private final int channels;
    private final float[] voxels;

    /// Of these voxels, which are not copied: one number each.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry
    public Volume(Geometry geometry, float[] voxels) {
        this(geometry, 1, voxels);
    }

    /// Of these voxels, which are not copied: several numbers each, as the red, green and blue of a colour.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry for each channel
    public Volume(Geometry geometry, int channels, float[] voxels) {
        if (channels < 1 || voxels.length != (long) channels * geometry.voxels())
            throw new IllegalArgumentException(voxels.length + " voxels of " + channels + " channels for " + geometry);
        this.geometry = geometry;
        this.channels = channels;
        this.voxels = voxels;
    }

    /// The grid of the voxels, and where it lies.
    public Geometry geometry() {
        return geometry;
    }

    /// How many numbers a voxel has: 1, or 3 if it has a colour.
    public int channels() {
        return channels;
    }

    /// The voxels themselves, not a copy.
    public float[] voxels() {
        return voxels;
    }

    /// One voxel of the first channel.
    public float at(int i, int j, int k) {
        return voxels[i + geometry.nx() * (j + geometry.ny() * k)];
    }
}
