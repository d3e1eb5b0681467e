package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/// The numbers of a label file as they are stored, or its colours: what a [LabelCoding] gives a meaning.
final class LabelNumbers {
    private final Geometry geometry;
    private final int channels;
    private final float[] values;
    private final boolean coloured;
    private final List<String> remarks;

    /// Those of a volume, one for each voxel, or the red, green and blue of a colour.
    LabelNumbers(Volume volume, boolean coloured) {
        geometry = volume.geometry();
        channels = volume.channels();
        values = volume.voxels();
        this.coloured = coloured;
        remarks = volume.remarks();
        if (!coloured && channels > 1) throw new FormatException("it has " + channels + " numbers for each voxel, and a label is one");
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

    /// Does something with a file, whose name is put before what is wrong.
    static <T> T named(Path file, Supplier<T> work) {
        try {
            return work.get();
        } catch (FormatException e) {
            String why = String.valueOf(e.getMessage());
            throw why.startsWith(file + ": ") ? e : new FormatException(file + ": " + why, e);
        }
    }

    /// The grid that they lie on.
    Geometry geometry() {
        return geometry;
    }

    /// The number, or the colour `0xRRGGBB`, of the voxel at an index.
    ///
    /// @throws FormatException if it is no whole number, in words that follow the name of the file
    int at(int i) {
        if (!coloured) return whole(i);
        if (channels < 3) return 0x010101 * whole(i);
        int n = geometry.voxels();
        return whole(i) << 16 | whole(i + n) << 8 | whole(i + 2 * n);
    }

    /// What whoever uses the labels should be told of them, each in words that follow the name of their file.
    List<String> remarks() {
        int rounded = 0;
        float first = 0;
        for (float value : values) if (value != Math.rint(value) && rounded++ == 0) first = value;
        if (rounded == 0) return remarks;
        List<String> more = new ArrayList<>(remarks);
        more.add(LabelVolume.rounded(rounded, first));
        return more;
    }

    private int whole(int i) {
        float value = values[i];
        long nearest = Math.round((double) value);
        if (nearest >= 0 && nearest <= (coloured ? 255 : Integer.MAX_VALUE) && Math.abs(value - nearest) <= LabelVolume.ROUNDING)
            return (int) nearest;
        throw new FormatException("its voxel " + geometry.voxel(i % geometry.voxels()) + " holds " + value
                + ", and a label is a whole number from 0 on");
    }

    /// How many voxels hold each number.
    ///
    /// @throws FormatException as [#at]
    SortedMap<Integer, Long> counts() {
        SortedMap<Integer, Long> counts = new TreeMap<>();
        int n = geometry.voxels(), before = at(0);
        long run = 0;
        for (int i = 0; i < n; i++) {
            int number = at(i);
            if (number != before) {
                counts.merge(before, run, Long::sum);
                run = 0;
                before = number;
            }
            run++;
        }
        counts.merge(before, run, Long::sum);
        return counts;
    }
}
