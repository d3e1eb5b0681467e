package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.List;
import java.util.Optional;

/// Decides whether two files describe the same grid, and which of the two descriptions is used.
///
/// Grids are the same if their corners agree to a share of a voxel ([Geometry#TOLERANCE]). A file may give the position of its voxels twice (a NIfTI
/// file's sform and qform): it is enough if one of the two agrees. If a file gives no position, no size or no unit, the other file's is used.
///
/// Two files may store the same voxels in different orders: with an axis reversed, or with axes exchanged. [#align] puts one in the order of the other.
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
        throw new FormatException("do not lie on the same grid, but have " + inOneOrder(one, other).or(() -> difference).orElseThrow());
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

    /// Labels in the order in which a grid stores its voxels, if they lie on the same voxels in another order of axes; otherwise the same labels.
    public static LabelVolume align(LabelVolume labels, Geometry grid) {
        if (!isReordered(labels.geometry(), grid)) return labels;
        Orientation its = Orientation.of(labels.geometry()), wanted = Orientation.of(grid);
        return wanted.toOriginal(its.toCanonical(labels).on(wanted.canonical()));
    }

    /// A volume in the order in which a grid stores its voxels, if it lies on the same voxels in another order of axes; otherwise the same volume.
    public static Volume align(Volume volume, Geometry grid) {
        if (!isReordered(volume.geometry(), grid)) return volume;
        Orientation its = Orientation.of(volume.geometry()), wanted = Orientation.of(grid);
        return wanted.toOriginal(its.toCanonical(volume).on(wanted.canonical()));
    }

    /// The second grid, if the first has the same voxels in another order of axes; otherwise the first.
    public static Geometry align(Geometry one, Geometry grid) {
        return isReordered(one, grid) ? grid : one;
    }

    /// Labels on a grid that they share, in its order.
    ///
    /// @throws FormatException if they lie on another one; the message says how far apart they are
    public static LabelVolume onto(Geometry grid, LabelVolume labels) {
        LabelVolume aligned = align(labels, grid);
        common(grid, aligned.geometry());
        return aligned.on(grid);
    }

    /// Whether two grids have the same voxels, and store them in different orders.
    private static boolean isReordered(Geometry one, Geometry other) {
        return one.isPlaced() && other.isPlaced() && !one.orientation().equals(other.orientation()) && one.difference(other).isPresent()
                && inOneOrder(one, other).isEmpty();
    }

    /// How two grids differ besides the order in which they store their voxels.
    private static Optional<String> inOneOrder(Geometry one, Geometry other) {
        return Orientation.of(one).canonical().difference(Orientation.of(other).canonical());
    }

    /// A picture and its labels on the grid that they share.
    ///
    /// @param remark what was taken on trust, in a sentence; nothing if both files say the same
    public record Pair(Volume image, LabelVolume labels, Optional<String> remark) {}

    /// Brings a picture and its labels onto the grid that they share, in the order in which the picture is stored.
    ///
    /// @throws FormatException if they share none, in a sentence
    public static Pair pair(Volume image, LabelVolume labels) {
        try {
            LabelVolume aligned = align(labels, image.geometry());
            Common common = common(image.geometry(), aligned.geometry());
            return new Pair(image.on(common.grid), aligned.on(common.grid), common.remark);
        } catch (FormatException e) {
            throw new FormatException("image and label " + e.getMessage(), e);
        }
    }
}
