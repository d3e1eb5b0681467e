package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The volumes of a file, as its header describes them: one, or several on the same grid, one after another.
///
/// @param first the first of them
/// @param count how many there are
/// @param several whether the file has an axis for them, even if its length is 1
record Frames(RawVoxels first, int count, boolean several) {
    /// One volume.
    static Frames one(RawVoxels volume) {
        return new Frames(volume, 1, false);
    }

    /// Reads the chosen numbers. Errors are reported with the name of the file.
    ///
    /// @param frame the frame, or `null` for the only one
    /// @param channels which numbers of a voxel, or which frames if a voxel has one; none for all that a voxel has
    Volume read(@Nullable Integer frame, List<Integer> channels) {
        return RawVoxels.guarded(first.file(), () -> {
            if (frame == null && count > 1 && first.components() == 1 && !channels.isEmpty()) {
                List<Volume> chosen = new ArrayList<>();
                for (int c : channels) chosen.add(frame(c).volume());
                return Volume.ofChannels(chosen);
            }
            Volume volume = (frame == null ? only() : frame(frame)).volume();
            if (!channels.isEmpty()) return volume.channels(channels.stream().mapToInt(c -> c).toArray());
            return volume.channels() == 4 && first.type() == VoxelType.UINT8 ? volume.channels(0, 1, 2) : volume;
        });
    }

    /// Reads labels. Errors are reported with the name of the file.
    LabelVolume labels() {
        return RawVoxels.guarded(first.file(), () -> only().labels());
    }

    /// Reads the numbers of labels, NaN and infinities among them. Errors are reported with the name of the file.
    Volume numbers() {
        return RawVoxels.guarded(first.file(), () -> only().stored());
    }

    private RawVoxels only() {
        if (count == 1) return first;
        throw new FormatException("it is 4-D, " + count + " frames: choose one of its frames, 0 to " + (count - 1)
                + ", or up to three of them as channels");
    }

    private RawVoxels frame(int frame) {
        if (!several)
            throw new FormatException("it is 3-D and has no frames, so frame " + frame + " cannot be chosen: leave --frame out");
        if (frame < 0 || frame >= count)
            throw new FormatException("it has the frames 0 to " + (count - 1) + ", and --frame asks for " + frame);
        return first.shifted(frame * first.bytes(), (count - 1L - frame) * first.bytes());
    }
}
