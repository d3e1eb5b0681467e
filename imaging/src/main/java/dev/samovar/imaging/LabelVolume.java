package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What each voxel of a volume is: a class from 0 (background) to 255.
///
/// The voxel `(i, j, k)` is at index `i + nx · (j + ny · k)`, as in a [Volume]. A class is an unsigned byte: `classes[index] & 0xFF`.
public final class LabelVolume {
    /// How far a number in a file may be from the whole number that it stands for: what scaling and resampling leave behind.
    public static final double ROUNDING = 0.01;

    private final Geometry geometry;
    private final byte[] classes;
    private final List<String> remarks;

    /// Of these classes, one unsigned byte per voxel, which are not copied.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry
    public LabelVolume(Geometry geometry, byte[] classes) {
        this(geometry, classes, List.of());
    }

    /// The same.
    ///
    /// @param remarks what whoever uses the labels should be told of them, each in words that follow the name of their file
    public LabelVolume(Geometry geometry, byte[] classes, List<String> remarks) {
        if (classes.length != geometry.voxels()) throw new IllegalArgumentException(classes.length + " labels for " + geometry);
        this.geometry = geometry;
        this.classes = classes;
        this.remarks = List.copyOf(remarks);
    }

    /// A volume whose numbers are classes, to within [#ROUNDING]: they are rounded, and a remark says so.
    ///
    /// @throws FormatException naming the first voxel that is not a whole number from 0 to 255, in words that follow the name of the file
    public static LabelVolume of(Volume volume) {
        if (volume.channels() != 1)
            throw new FormatException("it has " + volume.channels() + " numbers for each voxel, and a label is one");
        byte[] classes = new byte[volume.geometry().voxels()];
        var count = new Object() {
            int voxel, rounded;
            float first;
        };
        volume.scan(plane -> {
            for (float v : plane) {
                int c = (int) (v + 0.5f);
                if (c > 255 || !(Math.abs(v - c) <= ROUNDING))
                    throw new FormatException("its voxel " + volume.geometry().voxel(count.voxel) + " holds " + v
                            + ", and a label is a whole number from 0 to 255");
                if (c != v && count.rounded++ == 0) count.first = v;
                classes[count.voxel++] = (byte) c;
            }
        });
        List<String> remarks = new ArrayList<>(volume.remarks());
        if (count.rounded > 0)
            remarks.add(count.rounded + " of its labels are not quite whole numbers, as " + count.first + ", and were rounded");
        return new LabelVolume(volume.geometry(), classes, remarks);
    }

    /// What whoever uses the labels should be told of them, each in words that follow the name of their file.
    public List<String> remarks() {
        return remarks;
    }

    /// The same labels on a grid that is known better, of as many voxels along each axis.
    public LabelVolume on(Geometry grid) {
        if (grid == geometry) return this;
        if (!grid.size().equals(geometry.size())) throw new IllegalArgumentException(geometry + " on " + grid);
        return new LabelVolume(grid, classes, remarks);
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
