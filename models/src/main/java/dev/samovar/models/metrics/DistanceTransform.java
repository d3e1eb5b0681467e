package dev.samovar.models.metrics;

import java.util.Arrays;

/// Exact Euclidean distances to the nearest of some voxels, in a box of them.
///
/// The square of the distance is a sum over the axes, so it can be minimised along one after the other: first along x, over the given voxels
/// of a row; then along y, over what that left in a plane; then along z. Along a line, each voxel `p` of height `h` is a parabola
/// `h + (d · (q − p))²`, and what is wanted at every `q` is the lowest of them. Two parabolas of the same width cross once, so one
/// walk along the line finds which of them are lowest somewhere, and where they take over from each other. The time is linear in the voxels.
///
/// Source: Felzenszwalb, Huttenlocher, *Distance Transforms of Sampled Functions*, Theory of Computing 8 (2012), with a spacing per axis.
final class DistanceTransform {
    private final int nx;
    private final int ny;
    private final int nz;
    private final double dx;
    private final double dy;
    private final double dz;
    private final double[] squared;                                         // of every voxel of the box, x fastest
    private final int[] apex;                                               // the lowest parabolas of a line: where they stand,
    private final double[] height;                                          // how high,
    private final double[] start;                                           // and from where on they are the lowest

    /// For a box of `nx × ny × nz` voxels whose neighbours lie `dx`, `dy` and `dz` apart.
    DistanceTransform(int nx, int ny, int nz, double dx, double dy, double dz) {
        this.nx = nx;
        this.ny = ny;
        this.nz = nz;
        this.dx = dx;
        this.dy = dy;
        this.dz = dz;
        squared = new double[nx * ny * nz];
        int longest = Math.max(nx, Math.max(ny, nz));
        apex = new int[longest];
        height = new double[longest];
        start = new double[longest];
    }

    /// How far each voxel of `from` is from the nearest one of `to`, of which there must be one; both are indices into the box.
    ///
    /// Only lines that lead somewhere are walked: rows and planes that hold one of `to`, and stacks that hold one of `from`.
    double[] distances(int[] from, int[] to) {
        int area = nx * ny;
        boolean[] row = new boolean[ny * nz], plane = new boolean[nz], stack = new boolean[area];
        Arrays.fill(squared, Double.POSITIVE_INFINITY);
        for (int i : to) {
            squared[i] = 0;
            row[i / nx] = true;
            plane[i / area] = true;
        }
        for (int i : from) stack[i % area] = true;
        for (int r = 0; r < row.length; r++) if (row[r]) line(r * nx, 1, nx, dx);
        for (int z = 0; z < nz; z++) if (plane[z]) for (int x = 0; x < nx; x++) line(z * area + x, nx, ny, dy);
        for (int s = 0; s < area; s++) if (stack[s]) line(s, area, nz, dz);
        double[] distances = new double[from.length];
        for (int i = 0; i < from.length; i++) distances[i] = Math.sqrt(squared[from[i]]);
        return distances;
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
                last--;                                                     // it is lowest nowhere
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
