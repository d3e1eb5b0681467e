package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A picture in three dimensions: finite numbers, one per voxel and channel, and the place of the voxels.
///
/// A volume from a file keeps its numbers in the file's own type, or leaves them in the file if there are many. They are read a plane at a time
/// ([#plane]).
public final class Volume {
    private final Geometry geometry;
    private final int channels;
    private final Voxels voxels;
    private final List<String> remarks;

    /// Wraps these voxels without a copy: one number each.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry
    public Volume(Geometry geometry, float[] voxels) {
        this(geometry, 1, voxels);
    }

    /// Wraps these voxels without a copy: several numbers each, such as the red, green and blue of a colour. The voxel `(i, j, k)` is at index
    /// `i + nx · (j + ny · k)`, and the second channel follows the first.
    ///
    /// @throws IllegalArgumentException if their number is not that of the geometry for each channel
    public Volume(Geometry geometry, int channels, float[] voxels) {
        this(geometry, channels, new Floats(geometry, voxels), List.of());
        if (voxels.length != (long) channels * geometry.voxels())
            throw new IllegalArgumentException(voxels.length + " voxels of " + channels + " channels for " + geometry);
    }

    /// A volume of voxels that are read when they are asked for.
    ///
    /// @param remarks what users of the volume should know, each worded to follow the name of its file
    public Volume(Geometry geometry, int channels, Voxels voxels, List<String> remarks) {
        if (channels < 1) throw new IllegalArgumentException("a volume of " + channels + " channels");
        this.geometry = geometry;
        this.channels = channels;
        this.voxels = voxels;
        this.remarks = List.copyOf(remarks);
    }

    /// Joins volumes on one grid: each becomes a channel. They may be stored in different [orders][Grids#align]; the first decides.
    ///
    /// @throws FormatException if they do not lie on one grid
    public static Volume ofChannels(List<Volume> volumes) {
        if (volumes.size() == 1) return volumes.getFirst();
        Geometry grid = volumes.getFirst().geometry;
        List<Voxels> all = new ArrayList<>();
        List<String> remarks = new ArrayList<>();
        for (Volume each : volumes) {
            Volume volume = Grids.align(each, grid);
            Grids.common(grid, volume.geometry).remark().ifPresent(remarks::add);
            for (int c = 0; c < volume.channels; c++) all.add(volume.channel(c));
            volume.remarks.stream().filter(remark -> !remarks.contains(remark)).forEach(remarks::add);
        }
        return new Volume(grid, all.size(), (channel, axis, index, to, at) -> all.get(channel).plane(0, axis, index, to, at), remarks);
    }

    private Voxels channel(int c) {
        return (_, axis, index, to, at) -> voxels.plane(c, axis, index, to, at);
    }

    /// The grid of the voxels and its place.
    public Geometry geometry() {
        return geometry;
    }

    /// The number of channels: 1, or 3 for colours.
    public int channels() {
        return channels;
    }

    /// What users of the volume should know, each worded to follow the name of its file: that some of its voxels were NaN, say.
    public List<String> remarks() {
        return remarks;
    }

    /// Reads one plane of one channel. See [Voxels#plane].
    ///
    /// @throws IndexOutOfBoundsException if there is no such plane
    public void plane(int channel, int axis, int index, float[] to, int at) {
        if (channel < 0 || channel >= channels || index < 0 || index >= geometry.dim(axis))
            throw new IndexOutOfBoundsException("plane " + index + " across axis " + axis + ", channel " + channel + " of " + geometry);
        voxels.plane(channel, axis, index, to, at);
    }

    /// Reads all voxels once: shows each plane across z, from the first to the last, channel by channel. The same array is used for every plane.
    public void scan(Consumer<float[]> plane) {
        float[] numbers = new float[geometry.nx() * geometry.ny()];
        for (int c = 0; c < channels; c++) for (int k = 0; k < geometry.nz(); k++) {
            voxels.plane(c, 2, k, numbers, 0);
            plane.accept(numbers);
        }
    }

    /// All voxels as `float`s, 4 bytes each, the voxel `(i, j, k)` of the channel `c` at index `i + nx · (j + ny · (k + nz · c))`: not a copy if the
    /// volume was made from such an array. For a volume of any length there is [#scan].
    ///
    /// @throws FormatException if they are more than an array can hold
    public float[] voxels() {
        if (voxels instanceof Floats(_, float[] all)) return all;
        int plane = geometry.nx() * geometry.ny();
        long size = (long) channels * geometry.voxels();
        if (size > Integer.MAX_VALUE - 8) throw new FormatException("it has " + size + " numbers, too many to be held at once");
        float[] all = new float[(int) size];
        for (int c = 0; c < channels; c++)
            for (int k = 0; k < geometry.nz(); k++) voxels.plane(c, 2, k, all, c * geometry.voxels() + k * plane);
        return all;
    }

    /// One voxel of the first channel.
    public float at(int i, int j, int k) {
        if (voxels instanceof Floats(_, float[] all)) return all[i + geometry.nx() * (j + geometry.ny() * k)];
        float[] plane = new float[geometry.nx() * geometry.ny()];
        plane(0, 2, k, plane, 0);
        return plane[i + geometry.nx() * j];
    }

    /// Changes numbers one by one.
    @FunctionalInterface
    public interface Level {
        /// The new value of a finite number, also finite.
        float of(float number);
    }

    /// This volume with a function applied to each number when it is read.
    public Volume map(Level level) {
        return new Volume(geometry, channels, (channel, axis, index, to, at) -> {
            voxels.plane(channel, axis, index, to, at);
            int end = at + geometry.voxels() / geometry.dim(axis);
            for (int i = at; i < end; i++) to[i] = level.of(to[i]);
        }, remarks);
    }

    /// This volume with some of the channels, in this order.
    ///
    /// @throws FormatException if there is no such channel, in words that follow the name of the file
    public Volume channels(int... chosen) {
        if (chosen.length == 0) throw new FormatException("no channel of it was chosen");
        for (int c : chosen)
            if (c < 0 || c >= channels)
                throw new FormatException(channels == 1
                        ? "it has a single channel, 0, and --channels asks for " + c
                        : "it has the channels 0 to " + (channels - 1) + ", and --channels asks for " + c);
        int[] from = chosen.clone();
        return new Volume(geometry, from.length, (channel, axis, index, to, at) -> voxels.plane(from[channel], axis, index, to, at), remarks);
    }

    /// These voxels on a more fully known grid, with the same number of voxels along each axis.
    public Volume on(Geometry grid) {
        if (grid == geometry) return this;
        if (!grid.size().equals(geometry.size())) throw new IllegalArgumentException(geometry + " on " + grid);
        return new Volume(grid, channels, voxels instanceof Floats(_, float[] all) ? new Floats(grid, all) : voxels, remarks);
    }

    /// This volume with one more remark.
    public Volume remark(String remark) {
        List<String> more = new ArrayList<>(remarks);
        more.add(remark);
        return new Volume(geometry, channels, voxels, more);
    }

    /// This volume on another grid, with its planes read through `voxels`.
    Volume turned(Geometry grid, Voxels seen) {
        return new Volume(grid, channels, seen, remarks);
    }

    Voxels source() {
        return voxels;
    }

    /// Voxels in an array.
    @SuppressWarnings("ArrayRecordComponent")
    private record Floats(Geometry grid, float[] all) implements Voxels {
        @Override
        public void plane(int channel, int axis, int index, float[] to, int at) {
            int nx = grid.nx(), row = grid.nx() * grid.ny(), from = channel * grid.voxels();
            switch (axis) {
                case 2 -> System.arraycopy(all, from + index * row, to, at, row);
                case 1 -> {
                    for (int k = 0; k < grid.nz(); k++) System.arraycopy(all, from + k * row + index * nx, to, at + k * nx, nx);
                }
                default -> {
                    int planes = grid.ny() * grid.nz();
                    for (int r = 0; r < planes; r++) to[at + r] = all[from + r * nx + index];
                }
            }
        }
    }
}
