package dev.samovar.models.metrics;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import java.io.Serializable;
import java.util.Arrays;

/// The distances between the surfaces of a class in a prediction and in the truth.
///
/// The surface of a class consists of those of its voxels that have a neighbour of another class, or no neighbour, along one of the axes: its mask
/// without that mask's erosion by a cross. An axis with a single voxel does not count, so that a flat picture has an outline. Each voxel of either
/// surface has a distance, from its centre to the nearest centre in the other surface; "all distances" below are both sets together, with each voxel
/// counted once.
///
/// Source: for HD, HD95 and ASSD medpy/metric/binary.py of medpy @ d6abf41, connectivity 1; for NSD Nikolov et al., arXiv 1809.04430, but with
/// voxels counted in place of areas, as `compute_surface_dice` of MONAI @ 06b28e5 does by default.
///
/// @param hd the largest of all distances: Hausdorff's
/// @param hd95 the 95th percentile of all distances, interpolated linearly between the two closest
/// @param assd the mean of all distances: the average symmetric surface distance
/// @param toTruth the mean distance of the prediction's surface from the truth's
/// @param toPrediction the mean distance of the truth's surface from the prediction's
/// @param nsd the share of all distances that are at most the tolerance, or a millionth more, because spacings are rounded in files
public record SurfaceDistances(double hd, double hd95, double assd, double toTruth, double toPrediction, double nsd)
        implements
            Serializable {
    /// The distances if there are not two surfaces: nothing is defined.
    public static final SurfaceDistances NONE = new SurfaceDistances(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    /// The distances of a class from 1 to 255, in millimetres as in [Convention#MILLIMETRES]; [#NONE] if not both contain it.
    ///
    /// @param tolerance for the NSD, in millimetres
    /// @throws FormatException if the two do not lie on the same grid
    public static SurfaceDistances of(LabelVolume prediction, LabelVolume truth, int label, double tolerance) {
        if (label < 1 || label > 255) throw new IllegalArgumentException("a class is a number from 1 to 255, not " + label);
        LabelPair pair = LabelPair.of(prediction, truth);
        return of(pair, label, pair.boxes()[label], tolerance);
    }

    /// The distances of a class within a box.
    static SurfaceDistances of(LabelPair pair, int label, LabelPair.Box box, double tolerance) {
        int[] p = surface(pair, pair.prediction(), (byte) label, box), t = surface(pair, pair.truth(), (byte) label, box);
        if (p.length == 0 || t.length == 0) return NONE;
        int nx = box.x1 - box.x0 + 1, ny = box.y1 - box.y0 + 1, nz = box.z1 - box.z0 + 1;
        var transform = new DistanceTransform(nx, ny, nz, pair.spacing(0), pair.spacing(1), pair.spacing(2));
        double[] toTruth = transform.distances(p, t), toPrediction = transform.distances(t, p);
        double[] all = Arrays.copyOf(toTruth, p.length + t.length);
        System.arraycopy(toPrediction, 0, all, p.length, t.length);
        Arrays.sort(all);
        int close = 0;
        while (close < all.length && all[close] <= tolerance * (1 + 1e-6)) close++;
        double nsd = (double) close / all.length;
        return new SurfaceDistances(all[all.length - 1], Spread.quantile(all, 0.95), mean(all), mean(toTruth), mean(toPrediction), nsd);
    }

    /// The voxels of a class that are on its surface, as indices into the box. Voxels outside the box belong to other classes.
    private static int[] surface(LabelPair pair, byte[] labels, byte label, LabelPair.Box box) {
        int nx = pair.dim(0), ny = pair.dim(1), nz = pair.dim(2), plane = nx * ny, found = 0, index = 0;
        boolean point = nx == 1 && ny == 1 && nz == 1;
        int[] surface = new int[1024];
        for (int z = box.z0; z <= box.z1; z++) for (int y = box.y0; y <= box.y1; y++) {
            for (int x = box.x0, i = x + nx * (y + ny * z); x <= box.x1; x++, i++, index++) {
                if (labels[i] != label) continue;
                boolean inside = between(labels, label, i, x, nx, 1) && between(labels, label, i, y, ny, nx)
                        && between(labels, label, i, z, nz, plane);
                if (inside && !point) continue;
                if (found == surface.length) surface = Arrays.copyOf(surface, 2 * found);
                surface[found] = index;
                found++;
            }
        }
        return Arrays.copyOf(surface, found);
    }

    /// Whether both neighbours of voxel `i` along an axis of length `n`, where it is at `at`, belong to the class; true if `n` is 1.
    private static boolean between(byte[] labels, byte label, int i, int at, int n, int step) {
        return n == 1 || (at > 0 && at < n - 1 && labels[i - step] == label && labels[i + step] == label);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) sum += value;
        return sum / values.length;
    }
}
