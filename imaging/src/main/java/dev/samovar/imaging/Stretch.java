package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;

/// Cuts the numbers of a volume at two limits and stretches the rest to 8 bits.
final class Stretch {
    private static final int HALF = 16;                                 // bits of a float

    private Stretch() {}

    static Volume apply(Volume volume, double lower, double upper) {
        Limits all = new Limits();
        volume.scan(plane -> {
            for (float v : plane) {
                all.min = Math.min(all.min, v);
                all.max = Math.max(all.max, v);
            }
        });
        return apply(volume, all, lower, upper);
    }

    private static Volume apply(Volume volume, Limits all, double lower, double upper) {
        double min = Math.clamp(all.min, lower, upper), range = Math.clamp(all.max, lower, upper) - min;
        return volume.map(v -> range > 0 ? (int) ((Math.clamp(v, lower, upper) - min) / range * 255) : 0);
    }

    private static final class Limits {
        double min = Double.POSITIVE_INFINITY, max = Double.NEGATIVE_INFINITY;
        long above, below;
    }

    static Volume percentiles(Volume volume, double low, double high) {
        Limits all = new Limits();
        int[] upper = new int[1 << HALF];
        volume.scan(plane -> {
            for (float v : plane) {
                all.min = Math.min(all.min, v);
                all.max = Math.max(all.max, v);
                if (v > 0) {
                    all.above++;
                    upper[Float.floatToRawIntBits(v) >>> HALF]++;
                }
                if (v < 0) all.below++;
            }
        });
        if (all.above == 0 && all.below > 0)
            throw new FormatException("none of its voxels is above 0, so there are no percentiles of them; choose a window LEVEL,WIDTH");
        if (all.above == 0) return volume.map(_ -> 0);
        double from = percentile(volume, upper, all.above, low), to = percentile(volume, upper, all.above, high);
        double min = Math.clamp(all.min, from, to), range = Math.clamp(all.max, from, to) - min;
        return volume.map(v -> v != 0 && range > 0 ? (int) ((Math.clamp(v, from, to) - min) / range * 255) : 0);
    }

    /// The number below which lies a share of those above 0, between two of them on the straight line, as NumPy's.
    private static double percentile(Volume volume, int[] upper, long above, double share) {
        double place = (above - 1) * share;
        long rank = (long) place, next = Math.min(rank + 1, above - 1);
        double[] two = positive(volume, upper, rank, next);
        double a = two[0], b = two[1], t = place - rank;
        return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
    }

    /// The numbers above 0 that have so many others before them in their order, which is that of their bits: counted by the upper half of them, then by the
    /// lower, in one more pass.
    private static double[] positive(Volume volume, int[] upper, long... ranks) {
        int[] high = new int[ranks.length];
        for (int n = 0; n < ranks.length; n++) for (; ranks[n] >= upper[high[n]]; high[n]++) ranks[n] -= upper[high[n]];
        int[][] lower = new int[ranks.length][1 << HALF];
        volume.scan(plane -> {
            for (float v : plane) {
                if (!(v > 0)) continue;
                int bits = Float.floatToRawIntBits(v);
                for (int n = 0; n < high.length; n++) if (bits >>> HALF == high[n]) lower[n][bits & (1 << HALF) - 1]++;
            }
        });
        double[] found = new double[ranks.length];
        for (int n = 0; n < ranks.length; n++) {
            int low = 0;
            for (; ranks[n] >= lower[n][low]; low++) ranks[n] -= lower[n][low];
            found[n] = Float.intBitsToFloat(high[n] << HALF | low);
        }
        return found;
    }
}
