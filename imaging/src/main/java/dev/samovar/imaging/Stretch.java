package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;

/// Cuts the numbers of a volume at two limits and stretches the rest to 8 bits.
final class Stretch {
    private static final int HALF = 16;                                 // bits of a float

    private Stretch() {}

    static Volume apply(Volume volume, double lower, double upper) {
        float[] from = volume.voxels(), to = new float[from.length];
        double min = Double.POSITIVE_INFINITY, max = Double.NEGATIVE_INFINITY;
        for (float v : from) {
            min = Math.min(min, v);
            max = Math.max(max, v);
        }
        min = Math.clamp(min, lower, upper);
        double range = Math.clamp(max, lower, upper) - min;
        if (range > 0) for (int i = 0; i < to.length; i++) to[i] = (int) ((Math.clamp(from[i], lower, upper) - min) / range * 255);
        return new Volume(volume.geometry(), volume.channels(), to);
    }

    static Volume percentiles(Volume volume, double low, double high) {
        float[] from = volume.voxels();
        long above = 0, below = 0;
        for (float v : from) {
            if (v > 0) above++;
            if (v < 0) below++;
        }
        if (above == 0 && below > 0)
            throw new FormatException("none of its voxels is above 0, so there are no percentiles of them; choose a window LEVEL,WIDTH");
        if (above == 0) return new Volume(volume.geometry(), volume.channels(), new float[from.length]);
        Volume stretched = apply(volume, percentile(from, above, low), percentile(from, above, high));
        for (int i = 0; i < from.length; i++) if (from[i] == 0) stretched.voxels()[i] = 0;
        return stretched;
    }

    /// The number below which lies a share of those above 0, between two of them on the straight line, as NumPy's.
    private static double percentile(float[] x, long above, double share) {
        double place = (above - 1) * share;
        long rank = (long) place;
        double a = positive(x, rank), b = positive(x, Math.min(rank + 1, above - 1)), t = place - rank;
        return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
    }

    /// The number above 0 that has `rank` others before it in their order, which is that of their bits: counted by the upper half of them, then by the lower.
    private static float positive(float[] x, long rank) {
        int[] upper = new int[1 << HALF], lower = new int[1 << HALF];
        for (float v : x) if (v > 0) upper[Float.floatToRawIntBits(v) >>> HALF]++;
        int high = 0, low = 0;
        for (; rank >= upper[high]; high++) rank -= upper[high];
        for (float v : x) if (v > 0 && Float.floatToRawIntBits(v) >>> HALF == high) lower[Float.floatToRawIntBits(v) & (1 << HALF) - 1]++;
        for (; rank >= lower[low]; low++) rank -= lower[low];
        return Float.intBitsToFloat(high << HALF | low);
    }
}
