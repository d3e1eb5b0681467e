package dev.samovar.benchmarks;

import dev.samovar.core.io.Json;
import java.util.Arrays;
import java.util.Locale;

/// The median of ratios of neighbouring measurements, with the interval that holds the true median in at least 95 of 100 cases
/// (with fewer than six ratios: their whole range, which holds it less often).
///
/// The interval is bounded by two of the ratios themselves, whose ranks follow from the binomial distribution: nothing is assumed about how they are spread.
///
/// @param median the middle ratio, or the mean of the middle two
/// @param low the interval's lower end
/// @param high its upper end
/// @param pairs how many ratios there were
public record Ratio(double median, double low, double high, int pairs) {

    /// The median of `a[i]/b[i]`, with its interval.
    public static Ratio of(double[] a, double[] b) {
        double[] ratios = new double[a.length];
        for (int i = 0; i < a.length; i++) ratios[i] = a[i] / b[i];
        Arrays.sort(ratios);
        int rank = rank(ratios.length);
        return new Ratio(median(ratios), ratios[rank], ratios[ratios.length - 1 - rank], ratios.length);
    }

    /// How many of the smallest ratios, and of the largest, the interval leaves out: the largest number such that `n` tosses of a fair coin give
    /// at most that many heads in no more than 2.5 of 100 cases. It is 0 for fewer than 9.
    static int rank(int n) {
        double below = 0, term = Math.pow(0.5, n);                                 // the chance of exactly k heads
        for (int k = 0;; k++) {
            below += term;
            if (below > 0.025) return Math.max(0, k - 1);
            term *= (double) (n - k) / (k + 1);
        }
    }

    /// The middle number, or the mean of the middle two.
    public static double median(double[] x) {
        double[] sorted = x.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    Json json() {
        return Json.object().with("median", median).with("low", low).with("high", high).with("pairs", pairs);
    }

    static Ratio of(Json json) {
        return new Ratio(json.at("median").number(), json.at("low").number(), json.at("high").number(), json.at("pairs").integer());
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f [%.2f, %.2f]", median, low, high);
    }
}
