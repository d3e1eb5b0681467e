package dev.samovar.imaging;

import java.util.List;
import java.util.Map;

/// Cuts a volume into flat pictures, and puts it together again.
///
/// Slice `s` is the plane of all voxels with index `s` on one axis. Of the two other axes the slower one (the later letter) runs down the
/// rows and the faster one along the columns: a slice across z has `ny` rows of `nx` pixels, one across y `nz` rows of `nx`, one across
/// x `nz` rows of `ny`. Pixel `(r, c)` is at index `r · width + c`. No flips: this is the order of the grid, not that of a radiologist.
/// On a canonical grid ([Orientation]) the columns of a slice across z run to the right and its rows to the front.
///
/// @param geometry the volume's grid
/// @param axis the voxel axis that the slices lie across, 0 to 2
public record Slices(Geometry geometry, int axis) {

    /// Checks the axis.
    ///
    /// @throws IllegalArgumentException if it is out of range
    public Slices {
        if (axis < 0 || axis > 2) throw new IllegalArgumentException("a volume has the axes 0, 1 and 2, not " + axis);
    }

    /// Cuts across the axis of the largest spacing ([Geometry#sliceAxis()]).
    public static Slices of(Geometry geometry) {
        return new Slices(geometry, geometry.sliceAxis());
    }

    /// The number of slices.
    public int count() {
        return geometry.dim(axis);
    }

    /// The number of rows of each slice.
    public int height() {
        return geometry.dim(rows());
    }

    /// The number of columns of each slice.
    public int width() {
        return geometry.dim(columns());
    }

    /// The grid of each slice as a flat picture, its rows along x, which lies nowhere.
    public Geometry grid() {
        return Geometry.of(width(), height(), 1, geometry.spacing(columns()), geometry.spacing(rows()), geometry.spacing(axis));
    }

    /// One slice of a volume on this grid, with all its channels.
    ///
    /// @throws IllegalArgumentException if the volume has other dimensions
    public Picture cut(Volume volume, int slice) {
        int size = height() * width();
        float[] pixels = new float[volume.channels() * size];
        check(volume.geometry(), slice);
        for (int c = 0; c < volume.channels(); c++) volume.plane(c, axis, slice, pixels, c * size);
        return new Picture(volume.channels(), height(), width(), pixels);
    }

    /// One slice of labels on this grid: `height · width` pixels, row by row.
    ///
    /// @throws IllegalArgumentException if they have other dimensions
    public byte[] cut(LabelVolume labels, int slice) {
        check(labels.geometry(), slice);
        return labels.plane(axis, slice);
    }

    /// The labels that consist of these slices: the inverse of [#cut(LabelVolume, int)].
    ///
    /// @throws IllegalArgumentException if there are not [#count()] slices of `height · width` pixels
    public LabelVolume stack(List<byte[]> slices) {
        check(slices.stream().map(pixels -> pixels.length).toList());
        byte[] classes = new byte[geometry.voxels()];
        for (int s = 0; s < count(); s++) {
            byte[] pixels = slices.get(s);
            for (int i = 0; i < pixels.length; i++) classes[index(s, i)] = pixels[i];
        }
        return new LabelVolume(geometry, classes);
    }

    /// Labels with only some slices known; everywhere else is background.
    ///
    /// @param known slices by their number, `height · width` pixels each, not copied
    /// @throws IllegalArgumentException if there is no slice of that number, or one has another number of pixels
    public LabelVolume of(Map<Integer, byte[]> known) {
        known.forEach((s, pixels) -> {
            if (s < 0 || s >= count() || pixels.length != height() * width())
                throw new IllegalArgumentException("slice " + s + " of " + count() + ", with " + pixels.length + " pixels");
        });
        return new LabelVolume(this, known);
    }

    /// The volume that consists of these slices, `height · width` numbers each.
    ///
    /// @throws IllegalArgumentException if there are not [#count()] slices of `height · width` numbers
    public Volume stackValues(List<float[]> slices) {
        check(slices.stream().map(pixels -> pixels.length).toList());
        float[] voxels = new float[geometry.voxels()];
        for (int s = 0; s < count(); s++) {
            float[] pixels = slices.get(s);
            for (int i = 0; i < pixels.length; i++) voxels[index(s, i)] = pixels[i];
        }
        return new Volume(geometry, voxels);
    }

    /// Checks the number of slices and the number of pixels of each.
    private void check(List<Integer> sizes) {
        if (sizes.size() != count()) throw new IllegalArgumentException(sizes.size() + " slices for a volume of " + count());
        for (int s = 0; s < count(); s++)
            if (sizes.get(s) != height() * width())
                throw new IllegalArgumentException("slice " + s + " has " + sizes.get(s) + " pixels, not " + height() + " × " + width());
    }

    /// The index in the volume of a pixel of a slice.
    public int index(int slice, int pixel) {
        return slice * stride(axis) + pixel / width() * stride(rows()) + pixel % width() * stride(columns());
    }

    /// The inverse of [#index]: the pixel of a slice that a voxel is, or -1 if the voxel is in another slice.
    int pixel(int slice, int voxel) {
        if (voxel / stride(axis) % count() != slice) return -1;
        return voxel / stride(rows()) % height() * width() + voxel / stride(columns()) % width();
    }

    /// The voxel axis that runs down the rows.
    public int rows() {
        return axis == 2 ? 1 : 2;
    }

    /// The voxel axis that runs along the columns.
    public int columns() {
        return axis == 0 ? 1 : 0;
    }

    private int stride(int a) {
        return a == 0 ? 1 : a == 1 ? geometry.nx() : geometry.nx() * geometry.ny();
    }

    private void check(Geometry of, int slice) {
        for (int a = 0; a < 3; a++)
            if (of.dim(a) != geometry.dim(a)) throw new IllegalArgumentException("a volume of " + of.size() + " voxels, not " + geometry.size());
        if (slice < 0 || slice >= count()) throw new IndexOutOfBoundsException("slice " + slice + " of " + count());
    }
}
