package dev.samovar.imaging;

/// The numbers of a volume, read a plane at a time: from memory, in whatever type they are kept there, or from a file that is too long for memory.
///
/// A plane across an axis is laid out as [Slices] cuts it: of the two other axes the slower one (the later letter) runs down the rows, the faster one along
/// the columns. All numbers are finite.
@FunctionalInterface
public interface Voxels {
    /// Reads one plane of one channel.
    ///
    /// @param channel from 0
    /// @param axis the voxel axis across which the plane lies, 0 to 2
    /// @param index the plane's index on that axis
    /// @param to takes its numbers, row by row
    /// @param at where the first of them goes
    /// @throws dev.samovar.core.io.FormatException if they are read from a file that is damaged
    /// @throws java.io.UncheckedIOException if they are read from a file that cannot be read
    void plane(int channel, int axis, int index, float[] to, int at);
}
