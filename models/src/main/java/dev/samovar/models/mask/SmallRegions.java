package dev.samovar.models.mask;

import java.util.Arrays;

/// Removes small holes and islands from masks. Pixels that touch at a corner belong to one region, in islands and in holes alike. The surroundings of
/// a mask count as a hole too, if they are small.
///
/// Regions are put together from runs, so time and memory follow the number of runs and columns, not of pixels.
///
/// Source: `remove_small_regions`, segment_anything/utils/amg.py @ dca509f.
public final class SmallRegions {
    private SmallRegions() {}

    /// A cleaned mask.
    ///
    /// @param mask the mask without small regions
    /// @param changed whether it had any
    public record Cleaned(Rle mask, boolean changed) {}

    /// First fills the holes, then removes the islands, of less than `area` pixels.
    public static Cleaned clean(Rle mask, int area) {
        Cleaned filled = fillHoles(mask, area), cleaned = removeIslands(filled.mask, area);
        return new Cleaned(cleaned.mask, filled.changed || cleaned.changed);
    }

    /// Fills the holes of less than `area` pixels.
    public static Cleaned fillHoles(Rle mask, int area) {
        Cleaned outside = large(mask.inverted(), area, false);
        return outside.changed ? new Cleaned(outside.mask.inverted(), true) : new Cleaned(mask, false);
    }

    /// Removes the islands of less than `area` pixels; if there are no others, all but the largest, which still counts as a change.
    public static Cleaned removeIslands(Rle mask, int area) {
        return large(mask, area, true);
    }

    private static Cleaned large(Rle mask, int area, boolean atLeastOne) {
        int[] runs = mask.runs(), region = regions(runs, mask.height()), size = new int[region.length];
        for (int i = 0; i < region.length; i++) size[region[i]] += runs[2 * i + 1] - runs[2 * i];
        boolean anySmall = false, anyLarge = false;
        for (int i = 0; i < region.length; i++) {
            anySmall |= size[region[i]] < area;
            anyLarge |= size[region[i]] >= area;
        }
        if (!anySmall) return new Cleaned(mask, false);
        int largest = atLeastOne && !anyLarge ? largest(mask, runs, region, size) : -1, n = 0;
        for (int i = 0; i < region.length; i++) {
            if (region[i] != largest && size[region[i]] < area) continue;
            runs[n++] = runs[2 * i];
            runs[n++] = runs[2 * i + 1];
        }
        return new Cleaned(Rle.ofRuns(mask.height(), mask.width(), Arrays.copyOf(runs, n)), true);
    }

    /// For each run the number of its region, which is that of the region's first run. Each run is joined with those that touch it in the column
    /// before. Because runs go down both columns, the search continues where it ended for the run above.
    private static int[] regions(int[] runs, int h) {
        int[] parent = new int[runs.length / 2];
        for (int i = 0, first = 0; i < parent.length; i++) {
            parent[i] = i;
            int column = runs[2 * i] / h * h, from = runs[2 * i] - h, to = runs[2 * i + 1] - h;       // in the column before
            while (runs[2 * first] < column - h || (runs[2 * first] < column && runs[2 * first + 1] < from)) first++;
            for (int k = first; runs[2 * k] < column && runs[2 * k] <= to; k++) join(parent, i, k);
        }
        for (int i = 0; i < parent.length; i++) parent[i] = parent[parent[i]];                        // a parent comes before its children
        return parent;
    }

    private static void join(int[] parent, int a, int b) {
        int one = root(parent, a), other = root(parent, b);
        parent[Math.max(one, other)] = Math.min(one, other);
    }

    private static int root(int[] parent, int i) {
        int root = i;
        while (parent[root] != root) {
            parent[root] = parent[parent[root]];
            root = parent[root];
        }
        return root;
    }

    /// The largest region; of several, the one that comes first if the mask is read in squares of 2 × 2 pixels, row by row. That is how OpenCV
    /// numbers regions.
    private static int largest(Rle mask, int[] runs, int[] region, int[] size) {
        int h = mask.height(), across = (mask.width() + 1) / 2, best = -1, bestPlace = 0;
        for (int i = 0; i < region.length; i++) {
            int place = runs[2 * i] % h / 2 * across + runs[2 * i] / h / 2, gain = best < 0 ? 1 : size[region[i]] - size[best];
            if (gain < 0 || (gain == 0 && place >= bestPlace)) continue;
            best = region[i];
            bestPlace = place;
        }
        return best;
    }
}
