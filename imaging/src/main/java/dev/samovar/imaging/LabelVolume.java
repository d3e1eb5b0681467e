package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The class of each voxel of a volume, from 0 (background) to 255.
///
/// The voxel `(i, j, k)` is at index `i + nx · (j + ny · k)`, as in a [Volume]. A class is an unsigned byte: `classes[index] & 0xFF`. Labels of a few
/// slices of a long volume take only the memory of these slices until [#classes()] is called.
public final class LabelVolume {
    /// How far a number in a file may be from the whole number that it stands for, as a result of scaling and resampling.
    public static final double ROUNDING = 0.01;

    private final Geometry geometry;
    private byte @Nullable [] classes;                                  // unless only some slices are known
    private final @Nullable Slices cut;
    private final Map<Integer, byte[]> known;                           // slices of this cut; all others are background
    private final List<String> remarks;

    /// Wraps these classes, one unsigned byte per voxel, without a copy.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry
    public LabelVolume(Geometry geometry, byte[] classes) {
        this(geometry, classes, List.of());
    }

    /// Wraps these classes, with remarks.
    ///
    /// @param remarks what users of the labels should know, each worded to follow the name of their file
    public LabelVolume(Geometry geometry, byte[] classes, List<String> remarks) {
        if (classes.length != geometry.voxels()) throw new IllegalArgumentException(classes.length + " labels for " + geometry);
        this.geometry = geometry;
        this.classes = classes;
        this.remarks = List.copyOf(remarks);
        cut = null;
        known = Map.of();
    }

    /// Wraps the labels of some slices without a copy; everywhere else is background.
    LabelVolume(Slices cut, Map<Integer, byte[]> known) {
        this.geometry = cut.geometry();
        this.cut = cut;
        this.known = Map.copyOf(known);
        this.remarks = List.of();
    }

    /// Says that a file with several numbers for each voxel does not hold labels, in words that follow its name. One reason is that
    /// 3D Slicer saves segments that overlap in several layers.
    public static FormatException severalNumbers(int channels) {
        return new FormatException("it has " + channels + " numbers for each voxel, and a label is one; save it with one "
                + "(in 3D Slicer, segments that overlap are to be exported as a labelmap)");
    }

    /// The labels of a volume whose numbers are classes to within [#ROUNDING]. They are rounded, and a remark says so.
    ///
    /// @throws FormatException naming the first voxel that is not a whole number from 0 to 255, in words that follow the name of the file
    public static LabelVolume of(Volume volume) {
        if (volume.channels() != 1) throw severalNumbers(volume.channels());
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
        if (count.rounded > 0) remarks.add(rounded(count.rounded, count.first));
        return new LabelVolume(volume.geometry(), classes, remarks);
    }

    /// The remark on labels that were rounded.
    ///
    /// @param voxels how many were rounded
    /// @param first what the first of them was
    public static String rounded(int voxels, float first) {
        return (voxels == 1 ? "1 of its labels is not quite a whole number, " : voxels + " of its labels are not quite whole numbers, as ")
                + first
                + (voxels == 1 ? ", and was rounded" : ", and were rounded");
    }

    /// What users of the labels should know, each worded to follow the name of their file.
    public List<String> remarks() {
        return remarks;
    }

    /// These labels on a more fully known grid, with the same number of voxels along each axis.
    public LabelVolume on(Geometry grid) {
        if (grid == geometry) return this;
        if (!grid.size().equals(geometry.size())) throw new IllegalArgumentException(geometry + " on " + grid);
        return new LabelVolume(grid, classes(), remarks);
    }

    /// The grid of the voxels and its place.
    public Geometry geometry() {
        return geometry;
    }

    /// The class of every voxel as an unsigned byte, not a copy.
    public synchronized byte[] classes() {
        if (classes != null) return classes;
        byte[] all = new byte[geometry.voxels()];
        int size = geometry.nx() * geometry.ny();
        for (int k = 0; k < geometry.nz(); k++) System.arraycopy(plane(2, k), 0, all, k * size, size);
        classes = all;
        return all;
    }

    /// The classes of one plane across a voxel axis, laid out as a slice ([Slices]).
    ///
    /// @throws IndexOutOfBoundsException if there is no such plane
    public byte[] plane(int axis, int index) {
        Slices slices = new Slices(geometry, axis);
        if (index < 0 || index >= slices.count()) throw new IndexOutOfBoundsException("slice " + index + " of " + slices.count());
        byte[] plane = new byte[slices.height() * slices.width()];
        if (cut == null) {
            byte[] all = classes();
            if (axis == 2) return Arrays.copyOfRange(all, index * plane.length, (index + 1) * plane.length);
            for (int i = 0; i < plane.length; i++) plane[i] = all[slices.index(index, i)];
        } else if (cut.axis() == axis) {
            byte[] there = known.get(index);
            if (there != null) System.arraycopy(there, 0, plane, 0, plane.length);
        } else {
            known.forEach((s, there) -> {
                for (int i = 0; i < there.length; i++) {
                    int voxel = cut.index(s, i), at = slices.pixel(index, voxel);
                    if (at >= 0) plane[at] = there[i];
                }
            });
        }
        return plane;
    }

    /// The class of one voxel.
    public int at(int i, int j, int k) {
        return classes()[i + geometry.nx() * (j + geometry.ny() * k)] & 0xFF;
    }

    /// The classes that some voxel has, without the background and without 255, which is ignored.
    public BitSet foreground() {
        BitSet foreground = new BitSet();
        for (byte c : classes()) foreground.set(c & 0xFF);
        foreground.clear(0);
        foreground.clear(255);
        return foreground;
    }

    /// The highest class of any voxel.
    public int max() {
        int max = 0;
        for (byte[] some : cut == null ? List.of(classes()) : known.values()) for (byte c : some) max = Math.max(max, c & 0xFF);
        return max;
    }

    /// Whether grids and classes are equal everywhere.
    @Override
    public boolean equals(Object other) {
        return other instanceof LabelVolume that && geometry.difference(that.geometry).isEmpty() && Arrays.equals(classes(), that.classes());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(classes());
    }
}
