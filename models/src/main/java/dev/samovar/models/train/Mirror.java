package dev.samovar.models.train;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import java.util.List;

/// Mirrors the slices of a volume: their columns, their rows or both are reversed. Applied twice, it changes nothing.
///
/// @param columns whether left and right of a slice are exchanged
/// @param rows whether top and bottom are exchanged
public record Mirror(boolean columns, boolean rows) {
    /// The plain one, and the three mirror images.
    public static final List<Mirror> ALL = List.of(new Mirror(false, false), new Mirror(true, false), new Mirror(false, true),
            new Mirror(true, true));

    private boolean reverses(Slices slices, int axis) {
        return (columns && axis == slices.columns()) || (rows && axis == slices.rows());
    }

    /// A mirrored volume, whose planes are mirrored when they are asked for.
    public Volume apply(Volume volume) {
        if (!columns && !rows) return volume;
        Geometry grid = volume.geometry();
        Slices slices = Slices.of(grid);
        return new Volume(grid, volume.channels(), (channel, axis, index, to, at) -> {
            volume.plane(channel, axis, reverses(slices, axis) ? grid.dim(axis) - 1 - index : index, to, at);
            Slices cut = new Slices(grid, axis);
            int w = cut.width(), h = cut.height();
            if (reverses(slices, cut.columns())) for (int row = 0; row < h; row++) reverse(to, at + row * w, 1, w);
            if (reverses(slices, cut.rows())) for (int column = 0; column < w; column++) reverse(to, at + column, w, h);
        }, volume.remarks());
    }

    private static void reverse(float[] x, int first, int stride, int n) {
        for (int i = 0, k = n - 1; i < k; i++, k--) {
            float kept = x[first + i * stride];
            x[first + i * stride] = x[first + k * stride];
            x[first + k * stride] = kept;
        }
    }

    /// Mirrored labels.
    public LabelVolume apply(LabelVolume labels) {
        if (!columns && !rows) return labels;
        Geometry grid = labels.geometry();
        Slices slices = Slices.of(grid);
        byte[] from = labels.classes(), to = new byte[from.length];
        int nx = grid.nx(), ny = grid.ny();
        for (int i = 0; i < from.length; i++) {
            int x = i % nx, y = i / nx % ny, z = i / (nx * ny);
            if (reverses(slices, 0)) x = nx - 1 - x;
            if (reverses(slices, 1)) y = ny - 1 - y;
            if (reverses(slices, 2)) z = grid.nz() - 1 - z;
            to[i] = from[x + nx * (y + ny * z)];
        }
        return new LabelVolume(grid, to);
    }
}
