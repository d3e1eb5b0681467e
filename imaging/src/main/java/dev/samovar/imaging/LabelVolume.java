package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;

/// What each voxel of a volume is: a class from 0 (background) to 255.
///
/// The voxel `(i, j, k)` is at index `i + nx · (j + ny · k)`, as in a [Volume]. A class is an unsigned byte: `classes[index] & 0xFF`.
public final class LabelVolume {
    private final Geometry geometry;
    private final byte[] classes;

    /// Of these classes, one unsigned byte per voxel, which are not copied.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry
    public LabelVolume(Geometry geometry, byte[] classes) {
        if (classes.length != geometry.voxels()) throw new IllegalArgumentException(classes.length + " labels for " + geometry);
        this.geometry = geometry;
        this.classes = classes;
    }

    /// A volume whose numbers are classes.
    ///
    /// @throws FormatException naming the first voxel that is not a whole number from 0 to 255, in words that follow the name of the file
    public static LabelVolume of(Volume volume) {
        float[] voxels = volume.voxels();
        byte[] classes = new byte[voxels.length];
        for (int i = 0; i < voxels.length; i++) {
            int c = (int) voxels[i];
            if (c != voxels[i] || c < 0 || c > 255)
                throw new FormatException("its voxel " + volume.geometry().voxel(i) + " holds " + voxels[i]
                        + ", and a label is a whole number from 0 to 255");
            classes[i] = (byte) c;
        }
        return new LabelVolume(volume.geometry(), classes);
    }

    /// The grid of the voxels, and where it lies.
    public Geometry geometry() {
        return geometry;
    }

    /// The class of every voxel as an unsigned byte, not a copy.
    public byte[] classes() {
        return classes;
    }

    /// The class of one voxel.
    public int at(int i, int j, int k) {
        return classes[i + geometry.nx() * (j + geometry.ny() * k)] & 0xFF;
    }

    /// The highest class of any voxel.
    public int max() {
        int max = 0;
        for (byte c : classes) max = Math.max(max, c & 0xFF);
        return max;
    }

    /// The same grid and the same class everywhere.
    @Override
    public boolean equals(Object other) {
        return other instanceof LabelVolume that && geometry.difference(that.geometry).isEmpty() && Arrays.equals(classes, that.classes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(classes);
    }
}
