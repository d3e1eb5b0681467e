package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.List;
import java.util.Optional;

/// Decides whether two files describe the same grid, and which of the two descriptions is used.
///
/// Grids are the same if their corners agree to a share of a voxel ([Geometry#TOLERANCE]). A file may give the position of its voxels twice (a NIfTI
/// file's sform and qform): it is enough if one of the two agrees. If a file gives no position, no size or no unit, the other file's is used.
public final class Grids {
    private Grids() {}

    /// A grid that two files share.
    ///
    /// @param grid the one that is described more fully; the first if there is no difference
    /// @param remark what was taken on trust, in a sentence; nothing if both files say the same
    public record Common(Geometry grid, Optional<String> remark) {}

    /// The grid that two files share.
    ///
    /// @throws FormatException if they share none; the message says how far apart they are
    public static Common common(Geometry one, Geometry other) {
        Optional<String> difference = one.difference(other);
        if (difference.isEmpty()) return new Common(one, Optional.empty());
        if (one.size().equals(other.size())) {
            if (!one.isPlaced() || !other.isPlaced()) return trusting(one, other);
            if (unit(one, other) || unit(other, one))
                return new Common(one.hasUnit() ? one : other,
                        Optional.of("one of the two files does not say its unit of length: it is taken to be the other's"));
        }
        throw new FormatException("do not lie on the same grid, but have " + difference.get());
    }

    /// The grid of two files that do not both say where their voxels lie.
    private static Common trusting(Geometry one, Geometry other) {
        if (!one.isPlaced() && (other.isPlaced() || (other.hasSpacing() && !one.hasSpacing()))) return trusting(other, one);
        return new Common(one, Optional.of(!one.isPlaced() && one.hasSpacing() && !other.hasSpacing()
                ? "one of the two files does not say how large its pixels are: they are taken to be as large as the other's"
                : "one of the two files does not say where its voxels lie: it is taken to lie where the other does"));
    }

    /// Whether one of two grids has no unit, and agrees with the other when read in the other's unit.
    private static boolean unit(Geometry without, Geometry with) {
        if (without.hasUnit() || !with.hasUnit()) return false;
        return List.of(1000.0, 10.0, 0.001).stream().anyMatch(unit -> without.scaled(unit).difference(with).isEmpty());
    }

    /// A picture and its labels on the grid that they share.
    ///
    /// @param remark what was taken on trust, in a sentence; nothing if both files say the same
    public record Pair(Volume image, LabelVolume labels, Optional<String> remark) {}

    /// Brings a picture and its labels onto the grid that they share.
    ///
    /// @throws FormatException if they share none, in a sentence
    public static Pair pair(Volume image, LabelVolume labels) {
        try {
            Common common = common(image.geometry(), labels.geometry());
            return new Pair(image.on(common.grid), labels.on(common.grid), common.remark);
        } catch (FormatException e) {
            throw new FormatException("image and label " + e.getMessage(), e);
        }
    }
}
