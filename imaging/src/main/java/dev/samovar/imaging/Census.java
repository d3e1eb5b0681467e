package dev.samovar.imaging;

import java.util.function.IntPredicate;

/// Counts numbers in one pass: how many there are, the least and the greatest, and, for whole numbers of up to 16 bits, how often each occurs.
///
/// Percentiles of such whole numbers follow from the counts; for others they take two more passes. NaN and infinities are not counted.
final class Census implements Numbers.Portion {
    private static final int LEAST = Short.MIN_VALUE, MOST = 65535, BYTE = 255, HALF = 16;

    private final long[] counts = new long[MOST - LEAST + 1];
    private final boolean onlyPositive;
    private long count, positive, negative, none;
    private boolean counted = true;
    private double min = Double.POSITIVE_INFINITY, max = Double.NEGATIVE_INFINITY;

    /// Counts numbers.
    ///
    /// @param onlyPositive whether the percentiles will be those of the numbers above 0 alone
    Census(Numbers numbers, boolean onlyPositive) {
        this.onlyPositive = onlyPositive;
        numbers.forEach(this);
        for (int i = 0; i < counts.length; i++) if (counts[i] > 0) add(i + LEAST, counts[i]);
    }

    @Override
    public void accept(float[] numbers, int n) {
        for (int i = 0; i < n; i++) {
            int whole = (int) numbers[i];
            if (whole == numbers[i] && whole >= LEAST && whole <= MOST) {
                counts[whole - LEAST]++;                                           // the rest follows from the counts
            } else if (Float.isFinite(numbers[i])) {
                counted = false;
                add(numbers[i], 1);
            } else {
                none++;
            }
        }
    }

    private void add(float number, long times) {
        count += times;
        if (number > 0) positive += times;
        if (number < 0) negative += times;
        min = Math.min(min, number);
        max = Math.max(max, number);
    }

    double min() {
        return min;
    }

    double max() {
        return max;
    }

    long positive() {
        return positive;
    }

    long negative() {
        return negative;
    }

    /// The remark on NaN and infinities among the numbers; empty if there are none.
    String remark() {
        return none == 0 ? "" : "; " + none + " of the numbers are NaN or infinite, and NaN is black";
    }

    /// Whether each is a whole number from 0 to 255.
    boolean fitsInBytes() {
        return counted && min >= 0 && max <= BYTE;
    }

    /// The number below which this share of all numbers lies, interpolated linearly between two of them, as NumPy's `percentile`.
    ///
    /// @param share from 0 to 1
    double percentile(Numbers numbers, double share) {
        long n = onlyPositive ? positive : count;
        double place = (n - 1) * share;
        long rank = (long) place;
        double a = ranked(numbers, rank), b = ranked(numbers, Math.min(rank + 1, n - 1)), t = place - rank;
        return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
    }

    /// The number with `rank` others before it in ascending order.
    private float ranked(Numbers numbers, long rank) {
        if (counted) {
            int i = onlyPositive ? 1 - LEAST : 0;
            for (; rank >= counts[i]; i++) rank -= counts[i];
            return i + LEAST;
        }
        long[] upper = new long[1 << HALF], lower = new long[1 << HALF];
        tally(numbers, upper, _ -> true, HALF);
        int high = 0, low = 0;
        for (; rank >= upper[high]; high++) rank -= upper[high];
        int found = high;
        tally(numbers, lower, key -> key >>> HALF == found, 0);
        for (; rank >= lower[low]; low++) rank -= lower[low];
        return number(high << HALF | low);
    }

    private void tally(Numbers numbers, long[] to, IntPredicate counts, int shift) {
        numbers.forEach((some, n) -> {
            for (int i = 0; i < n; i++) {
                if (!Float.isFinite(some[i]) || (onlyPositive && !(some[i] > 0))) continue;
                int key = key(some[i]);
                if (counts.test(key)) to[key >>> shift & (1 << HALF) - 1]++;
            }
        });
    }

    /// The bits of a number, changed so that, read as unsigned numbers, they sort as the numbers do.
    private static int key(float number) {
        int bits = Float.floatToIntBits(number);
        return bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE;
    }

    private static float number(int key) {
        return Float.intBitsToFloat(key < 0 ? key ^ Integer.MIN_VALUE : ~key);
    }
}
