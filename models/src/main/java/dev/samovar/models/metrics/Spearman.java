package dev.samovar.models.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Spearman's rank correlation, and the partial one, from which the influence of other variables is removed.
///
/// All variables are turned into ranks (equal values share the mean of their ranks). The controls are regressed out of both linearly, with a
/// constant; `rho` is Pearson's correlation of the residuals. The significance is that of `t = rho · √(f / (1 − rho²))` under Student's distribution
/// with `f = n − 2 − k` degrees of freedom, `k` controls. An observation of which a variable is not known, `NaN`, is left out.
///
/// Source: Kendall, *Partial rank correlation*, Biometrika 32 (1942); as Huang and others take it, *Segment anything model for medical images?*, Medical Image Analysis 92 (2024).
///
/// @param rho from -1 to 1; `NaN` if one of the variables, or its residual, is constant
/// @param p two-sided; `NaN` if `rho` is, or if no degree of freedom is left
/// @param n the number of observations that were not left out
public record Spearman(double rho, double p, int n) {
    private static final double NOTHING = 1e-9;                                    // of a variable's length: rounding

    /// The correlation of two variables.
    ///
    /// @throws IllegalArgumentException if they have different numbers of observations
    public static Spearman of(double[] x, double[] y) {
        return of(x, y, List.of());
    }

    /// The correlation of two variables with others kept constant.
    ///
    /// @throws IllegalArgumentException if they have different numbers of observations
    public static Spearman of(double[] x, double[] y, List<double[]> controls) {
        if (y.length != x.length || controls.stream().anyMatch(c -> c.length != x.length))
            throw new IllegalArgumentException("variables of " + x.length + ", " + y.length + " and other numbers of observations");
        int[] known = IntStream.range(0, x.length).filter(i -> !Double.isNaN(x[i] + y[i]) && controls.stream().noneMatch(c -> Double.isNaN(c[i])))
                .toArray();
        return of(chosen(x, known), chosen(y, known), known.length, controls.stream().map(c -> chosen(c, known)).toList());
    }

    private static double[] chosen(double[] values, int[] which) {
        return IntStream.of(which).mapToDouble(i -> values[i]).toArray();
    }

    private static Spearman of(double[] x, double[] y, int n, List<double[]> controls) {
        double[][] basis = new double[controls.size()][];
        int k = 0;
        for (double[] control : controls) {
            double[] left = residual(centred(ranks(control)), basis, k);
            if (length(left) > NOTHING * n) basis[k++] = scaled(left);
        }
        double[] a = residual(centred(ranks(x)), basis, k), b = residual(centred(ranks(y)), basis, k);
        if (length(a) <= NOTHING * n || length(b) <= NOTHING * n) return new Spearman(Double.NaN, Double.NaN, n);
        double rho = Math.clamp(dot(scaled(a), scaled(b)), -1, 1), freedom = n - 2 - k;
        double p = freedom < 1
                ? Double.NaN
                : Math.abs(rho) == 1 ? 0 : Distributions.student(rho * Math.sqrt(freedom / (1 - rho * rho)), freedom);
        return new Spearman(rho, Math.max(p, leastProbability(n - k)), n);
    }

    /// Of the `n!` orders of `n` observations, two agree with another variable as closely as can be, in one direction or the other: no test can find
    /// less by chance. For few observations, Student's distribution would give less.
    private static double leastProbability(int n) {
        double least = 2;
        for (int i = 2; i <= n; i++) least /= i;
        return least;
    }

    /// The rank of each value, from 1; equal values have the mean of their ranks.
    static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (i, k) -> Double.compare(values[i], values[k]));
        double[] ranks = new double[values.length];
        for (int from = 0, to; from < order.length; from = to) {
            for (to = from + 1; to < order.length && values[order[to]] == values[order[from]];) to++;
            for (int i = from; i < to; i++) ranks[order[i]] = (from + 1 + to) / 2.0;
        }
        return ranks;
    }

    private static double[] centred(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        return Arrays.stream(values).map(v -> v - mean).toArray();
    }

    /// The residual of a variable after the removal of `k` others, which are orthonormal. They are removed twice, to reduce rounding errors.
    private static double[] residual(double[] of, double[][] basis, int k) {
        double[] left = of.clone();
        for (int round = 0; round < 2; round++) for (int i = 0; i < k; i++) {
            double share = dot(left, basis[i]);
            for (int j = 0; j < left.length; j++) left[j] -= share * basis[i][j];
        }
        return left;
    }

    private static double[] scaled(double[] values) {
        double length = length(values);
        return Arrays.stream(values).map(v -> v / length).toArray();
    }

    private static double length(double[] values) {
        return Math.sqrt(dot(values, values));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }
}
