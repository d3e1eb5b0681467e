package dev.samovar.models.metrics;

import java.util.Arrays;

/// The mean of several scores, and how far they lie from it.
///
/// @param deviation sample standard deviation; `NaN` for a single score
public record Spread(double mean, double deviation) {

    /// The mean and the deviation of the scores that there are: `NaN` is left out. Both are `NaN` if there is none.
    public static Spread of(double... scores) {
        double[] known = Arrays.stream(scores).filter(score -> !Double.isNaN(score)).toArray();
        double mean = Arrays.stream(known).average().orElse(Double.NaN);
        double squares = Arrays.stream(known).map(score -> (score - mean) * (score - mean)).sum();
        return new Spread(mean, known.length < 2 ? Double.NaN : Math.sqrt(squares / (known.length - 1)));
    }

    /// The number below which a share of all numbers lie, interpolated linearly between the two closest.
    ///
    /// @param sorted ascending, at least one
    /// @param share from 0 to 1
    public static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place, above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
