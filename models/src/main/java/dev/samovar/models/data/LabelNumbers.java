package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/// The numbers or colours of a label file as they are stored, to which a [LabelCoding] gives a meaning.
///
/// They are held as runs, that is, stretches of voxels with the same number, because labels have few of these.
final class LabelNumbers {
    private static final int FIRST = 256, RED_GREEN_BLUE = 3;

    private final Geometry geometry;
    private final boolean coloured;
    private final List<String> remarks;
    private int runs;
    private int[] numbers = new int[FIRST];                                        // of each run
    private int[] ends = new int[FIRST];                                           // the voxel behind each run
    private int rounded;
    private float firstRounded;

    /// Receives a run.
    interface Run {
        /// A run from the voxel at index `from` to the one before `to`.
        void of(int number, int from, int to);
    }

    /// The numbers of a volume, one for each voxel, or the red, green and blue of a colour, `0xRRGGBB`.
    ///
    /// @throws FormatException if one is not a whole number, in words that follow the name of the file
    LabelNumbers(Volume volume, boolean coloured) {
        geometry = volume.geometry();
        this.coloured = coloured;
        int channels = volume.channels(), size = geometry.nx() * geometry.ny();
        if (!coloured && channels > 1) throw LabelVolume.severalNumbers(channels);
        float[][] planes = new float[coloured && channels >= RED_GREEN_BLUE ? RED_GREEN_BLUE : 1][size];
        for (int k = 0; k < geometry.nz(); k++) {
            for (int c = 0; c < planes.length; c++) volume.plane(c, 2, k, planes[c], 0);
            for (int i = 0; i < size; i++) add(number(planes, i, k * size + i), k * size + i);
        }
        numbers = Arrays.copyOf(numbers, runs);
        ends = Arrays.copyOf(ends, runs);
        List<String> more = new ArrayList<>(volume.remarks());
        if (rounded > 0) more.add(LabelVolume.rounded(rounded, firstRounded));
        remarks = List.copyOf(more);
    }

    private int number(float[][] planes, int i, int voxel) {
        int first = whole(planes[0][i], voxel);
        if (!coloured) return first;
        return planes.length < RED_GREEN_BLUE
                ? 0x010101 * first
                : first << 16 | whole(planes[1][i], voxel) << 8 | whole(planes[2][i], voxel);
    }

    private int whole(float value, int voxel) {
        long nearest = Math.round((double) value);
        if (nearest < 0 || nearest > (coloured ? 255 : Integer.MAX_VALUE) || !(Math.abs(value - nearest) <= LabelVolume.ROUNDING))
            throw new FormatException("its voxel " + geometry.voxel(voxel) + " holds " + value
                    + ", and a label is a whole number from 0 on");
        if (value != nearest && rounded++ == 0) firstRounded = value;
        return (int) nearest;
    }

    private void add(int number, int voxel) {
        if (runs == 0 || numbers[runs - 1] != number) {
            if (runs == numbers.length) {
                int more = (int) Math.min(2L * runs, geometry.voxels());
                numbers = Arrays.copyOf(numbers, more);
                ends = Arrays.copyOf(ends, more);
            }
            numbers[runs++] = number;
        }
        ends[runs - 1] = voxel + 1;
    }

    /// Reads a file.
    ///
    /// @param coloured whether colours are wanted
    /// @throws FormatException if it cannot be read as labels
    static LabelNumbers read(Path file, boolean coloured) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".jpg") || name.endsWith(".jpeg"))
            throw new FormatException(file + ": it is JPEG, which changes numbers and colours; save the labels as PNG");
        return named(file, () -> new LabelNumbers(coloured ? Volumes.read(file) : Volumes.readNumbers(file), coloured));
    }

    /// Does some work on a file, whose name is put before error messages.
    static <T> T named(Path file, Supplier<T> work) {
        try {
            return work.get();
        } catch (FormatException e) {
            String why = String.valueOf(e.getMessage());
            throw why.startsWith(file + ": ") ? e : new FormatException(file + ": " + why, e);
        }
    }

    /// Their grid.
    Geometry geometry() {
        return geometry;
    }

    /// Remarks about the labels for the user, each in words that follow the name of the file.
    List<String> remarks() {
        return remarks;
    }

    /// The memory that they take, in bytes.
    long bytes() {
        return 2L * Integer.BYTES * runs;
    }

    /// Passes on all runs, from the first voxel to the last.
    void each(Run run) {
        for (int r = 0; r < runs; r++) run.of(numbers[r], r == 0 ? 0 : ends[r - 1], ends[r]);
    }

    /// The number of voxels that hold each number.
    SortedMap<Integer, Long> counts() {
        SortedMap<Integer, Long> counts = new TreeMap<>();
        each((number, from, to) -> counts.merge(number, (long) to - from, Long::sum));
        return counts;
    }
}
