package dev.samovar.models.metrics;

import java.util.Arrays;
import java.util.stream.IntStream;

/// Wilcoxon's signed-rank test of paired observations: whether one of two methods is better on the same cases; and Holm's correction for several tests.
///
/// Pairs without a difference are left out. The absolute differences are ranked (equal ones share the mean of their ranks), and the ranks of the
/// positive differences are summed. Up to 50 pairs, the distribution of this sum is computed exactly over all signs, including ties; beyond, it is
/// taken as normal, with its variance corrected for ties.
///
/// Source: Wilcoxon, *Individual comparisons by ranking methods*, Biometrics Bulletin 1 (1945); Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of
/// Statistics 6 (1979).
///
/// @param pairs with a difference
/// @param statistic the smaller of the sums of ranks, of positive and of negative differences
/// @param p two-sided; 1 if no pair has a difference
public record SignedRanks(int pairs, double statistic, double p) {
    private static final int COUNTED = 50;

    /// Tests whether two methods differ on the same cases.
    ///
    /// @throws IllegalArgumentException if they have different numbers of observations, or one is not a number
    public static SignedRanks of(double[] one, double[] other) {
        if (one.length != other.length)
            throw new IllegalArgumentException(one.length + " and " + other.length + " observations are no pairs");
        double[] differences = IntStream.range(0, one.length).mapToDouble(i -> one[i] - other[i]).filter(d -> d != 0).toArray();
        for (double d : differences) if (Double.isNaN(d)) throw new IllegalArgumentException("an observation is not a number");
        int n = differences.length;
        if (n == 0) return new SignedRanks(0, 0, 1);
        double[] ranks = Spearman.ranks(Arrays.stream(differences).map(Math::abs).toArray());
        double positive = 0, all = n * (n + 1) / 2.0;
        for (int i = 0; i < n; i++) if (differences[i] > 0) positive += ranks[i];
        double statistic = Math.min(positive, all - positive);
        return new SignedRanks(n, statistic, n <= COUNTED ? counted(ranks, statistic) : normal(ranks, statistic));
    }

    /// The probability that the smaller sum is this small or smaller, over all signs; ranks are counted in halves.
    private static double counted(double[] ranks, double statistic) {
        int n = ranks.length, most = n * (n + 1);
        double[] ways = new double[most + 1];
        ways[0] = 1;
        for (double rank : ranks) {
            int step = (int) Math.round(2 * rank);
            for (int sum = most; sum >= step; sum--) ways[sum] += ways[sum - step];
        }
        double tail = 0;
        for (int sum = 0; sum <= Math.round(2 * statistic); sum++) tail += ways[sum];
        return Math.min(1, 2 * tail * Math.pow(0.5, n));
    }

    private static double normal(double[] ranks, double statistic) {
        double n = ranks.length, squares = Arrays.stream(ranks).map(r -> r * r).sum();       // with ties, this is what is left of n(n+1)(2n+1)/6
        return Distributions.normal((statistic - n * (n + 1) / 4) / Math.sqrt(squares / 4));
    }

    /// Holm's correction: with `m` tests, the smallest p is multiplied by `m`, the next by `m − 1`, and so on; none becomes smaller than the one
    /// before it, or larger than 1. A `NaN` stays, and does not count as a test.
    public static double[] holm(double[] p) {
        Integer[] order = IntStream.range(0, p.length).filter(i -> !Double.isNaN(p[i])).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (i, k) -> Double.compare(p[i], p[k]));
        double[] adjusted = p.clone();
        double before = 0;
        for (int i = 0; i < order.length; i++) {
            before = Math.max(before, Math.min(1, (order.length - i) * p[order[i]]));
            adjusted[order[i]] = before;
        }
        return adjusted;
    }
}
