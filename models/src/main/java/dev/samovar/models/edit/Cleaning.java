package dev.samovar.models.edit;

import java.util.Arrays;

/// Tidies masks up, in a slice or in a volume. Voxels that share a face are neighbours. (In `mask.Components`, and in `mask.SmallRegions` for runs,
/// pixels that touch at a corner are neighbours, too, as in the papers.)
///
/// Masks are boxes of `nx · ny · nz` voxels, x fastest; a slice is a box that is one voxel thick.
final class Cleaning {
    private final int nx, ny, nz;

    Cleaning(VoxelBox box) {
        nx = box.nx();
        ny = box.ny();
        nz = box.nz();
    }

    /// The largest connected part; if there are several, the one with the first voxel.
    boolean[] largest(boolean[] mask) {
        int[] part = new int[mask.length], queue = new int[mask.length];
        int best = 0, most = 0, parts = 0;
        for (int v = 0; v < mask.length; v++) {
            if (!mask[v] || part[v] != 0) continue;
            int size = flood(mask, true, v, ++parts, part, queue);
            if (size > most) {
                most = size;
                best = parts;
            }
        }
        boolean[] kept = new boolean[mask.length];
        for (int v = 0; v < mask.length; v++) kept[v] = best > 0 && part[v] == best;
        return kept;
    }

    /// The mask with its holes filled. A hole cannot be reached from the rim of the box without crossing the mask. Along an axis where the box is one
    /// voxel thick there is no rim.
    boolean[] filled(boolean[] mask) {
        int[] part = new int[mask.length], queue = new int[mask.length];
        for (int v = 0; v < mask.length; v++)
            if (!mask[v] && part[v] == 0 && isRim(v)) flood(mask, false, v, 1, part, queue);
        boolean[] filled = new boolean[mask.length];
        boolean any = false;
        for (int v = 0; v < mask.length; v++) {
            filled[v] = part[v] == 0;
            any |= mask[v];
        }
        return any ? filled : mask.clone();                             // without a mask there is no hole, even in a box without a rim
    }

    private boolean isRim(int v) {
        int i = v % nx, j = v / nx % ny, k = v / nx / ny;
        return (nx > 1 && (i == 0 || i == nx - 1)) || (ny > 1 && (j == 0 || j == ny - 1)) || (nz > 1 && (k == 0 || k == nz - 1));
    }

    /// Marks all voxels of this kind that are connected with the first one, and counts them.
    private int flood(boolean[] mask, boolean kind, int first, int mark, int[] part, int[] queue) {
        int n = 0, done = 0, row = nx, plane = nx * ny;
        part[first] = mark;
        queue[n++] = first;
        while (done < n) {
            int v = queue[done++], i = v % nx, j = v / nx % ny, k = v / plane;
            if (i > 0) n = visit(mask, kind, v - 1, mark, part, queue, n);
            if (i < nx - 1) n = visit(mask, kind, v + 1, mark, part, queue, n);
            if (j > 0) n = visit(mask, kind, v - row, mark, part, queue, n);
            if (j < ny - 1) n = visit(mask, kind, v + row, mark, part, queue, n);
            if (k > 0) n = visit(mask, kind, v - plane, mark, part, queue, n);
            if (k < nz - 1) n = visit(mask, kind, v + plane, mark, part, queue, n);
        }
        return n;
    }

    private static int visit(boolean[] mask, boolean kind, int v, int mark, int[] part, int[] queue, int n) {
        if (mask[v] != kind || part[v] != 0) return n;
        part[v] = mark;
        queue[n] = v;
        return n + 1;
    }

    /// The mask after a majority vote: every voxel becomes what most of the up to 3 × 3 × 3 voxels around it are, itself included. In a tie it does
    /// not change.
    boolean[] smoothed(boolean[] mask) {
        int[] set = new int[mask.length], all = new int[mask.length];
        for (int v = 0; v < mask.length; v++) set[v] = mask[v] ? 1 : 0;
        Arrays.fill(all, 1);
        for (int axis = 0; axis < 3; axis++) {
            set = summed(set, axis);
            all = summed(all, axis);
        }
        boolean[] smoothed = new boolean[mask.length];
        for (int v = 0; v < mask.length; v++) smoothed[v] = 2 * set[v] == all[v] ? mask[v] : 2 * set[v] > all[v];
        return smoothed;
    }

    /// The sum of each voxel and its two neighbours along an axis.
    private int[] summed(int[] values, int axis) {
        int stride = axis == 0 ? 1 : axis == 1 ? nx : nx * ny, n = axis == 0 ? nx : axis == 1 ? ny : nz;
        int[] sums = values.clone();
        for (int v = 0; v < values.length; v++) {
            int at = v / stride % n;
            if (at > 0) sums[v] += values[v - stride];
            if (at < n - 1) sums[v] += values[v + stride];
        }
        return sums;
    }
}
