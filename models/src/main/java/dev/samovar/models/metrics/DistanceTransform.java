package dev.samovar.models.metrics;

import java.util.Arrays;

/// Exact Euclidean distances to the nearest of some voxels, in a box.
///
/// The square of the distance is a sum over the axes, so it can be minimised along one axis after another. Along z the distance is a number of steps,
/// in two bytes a voxel. Then follow x and y, plane by plane. Each voxel `p` of a line has a height `h`, the minimum along the axes done so far. It
/// stands for a parabola `h + (d · (q − p))²`, and the result at every `q` is the lowest of these parabolas. Two parabolas of the same width cross
/// once, so one walk along the line finds which of them are lowest somewhere, and where each begins and ends to be the lowest. The time is linear in
/// the number of voxels.
///
/// Source: Felzenszwalb, Huttenlocher, *Distance Transforms of Sampled Functions*, Theory of Computing 8 (2012), with a spacing per axis.
public final class DistanceTransform {
    private static final char NONE = Character.MAX_VALUE;                   // more steps than an axis has voxels, at most 32,767

    private final int nx;
    private final int ny;
    private final int area;
    private final double dx;
    private final double dy;
    private final double dz;
    private final char[] steps;                                             // along z, of every voxel of the box, x fastest
    private final double[] squared;                                         // of every voxel of a plane
    private final int[] apex;                                               // the lowest parabolas of a line: their positions,
    private final double[] height;                                          // their heights,
    private final double[] start;                                           // and where each begins to be the lowest

    /// For a box of `nx × ny × nz` voxels whose neighbours lie `dx`, `dy` and `dz` apart, in any unit, which the distances then have.
    ///
    /// @param nz at most 32,767
    public DistanceTransform(int nx, int ny, int nz, double dx, double dy, double dz) {
        this.nx = nx;
        this.ny = ny;
        this.dx = dx;
        this.dy = dy;
        this.dz = dz;
        area = nx * ny;
        steps = new char[area * nz];
        squared = new double[area];
        int longest = Math.max(nx, ny);
        apex = new int[longest];
        height = new double[longest];
        start = new double[longest];
    }

    /// The distance of each voxel of `from` to the nearest one of `to`, which must not be empty; both are ascending indices into the box.
    public double[] distances(int[] from, int[] to) {
        countSteps(to);
        double[] distances = new double[from.length];
        boolean[] asked = new boolean[nx];
        for (int i = 0, end; i < from.length; i = end) {
            int first = from[i] / area * area;                              // of the plane
            Arrays.fill(asked, false);
            for (end = i; end < from.length && from[end] < first + area; end++) asked[from[end] % nx] = true;
            for (int k = 0; k < area; k++) {
                double along = dz * steps[first + k];
                squared[k] = steps[first + k] == NONE ? Double.POSITIVE_INFINITY : along * along;
            }
            for (int y = 0; y < ny; y++) line(y * nx, 1, nx, dx);
            for (int x = 0; x < nx; x++) if (asked[x]) line(x, nx, ny, dy);
            for (int k = i; k < end; k++) distances[k] = Math.sqrt(squared[from[k] - first]);
        }
        return distances;
    }

    private void countSteps(int[] to) {
        Arrays.fill(steps, NONE);
        for (int i : to) steps[i] = 0;
        for (int i = area; i < steps.length; i++) steps[i] = (char) Math.min(steps[i], steps[i - area] + 1);
        for (int i = steps.length - area - 1; i >= 0; i--) steps[i] = (char) Math.min(steps[i], steps[i + area] + 1);
    }

    /// Replaces the heights along a line by the lowest parabola at each of its voxels.
    private void line(int first, int stride, int n, double d) {
        int last = -1;
        for (int q = 0; q < n; q++) {
            double h = squared[first + q * stride];
            if (h == Double.POSITIVE_INFINITY) continue;
            double crossing = Double.NEGATIVE_INFINITY;                     // the first is lowest from the beginning
            while (last >= 0) {
                int p = apex[last];
                crossing = ((h - height[last]) / (d * d * (q - p)) + (q + p)) / 2;
                if (crossing > start[last]) break;
                last--;                                                     // it is nowhere the lowest
            }
            last++;
            apex[last] = q;
            height[last] = h;
            start[last] = crossing;
        }
        if (last < 0) return;
        for (int q = 0, lowest = 0; q < n; q++) {
            while (lowest < last && start[lowest + 1] < q) lowest++;
            double along = d * (q - apex[lowest]);
            squared[first + q * stride] = height[lowest] + along * along;
        }
    }
}
