package dev.samovar.core.kernel.reference;

/// The normal distribution in double precision: what the exact GELU is made of.
///
/// Formulas: M. Abramowitz and I. Stegun, *Handbook of Mathematical Functions*, 7.1.6 (series) and 7.1.14 (continued fraction).
/// The absolute error is about 1e-15; far in the tail, where `erfc` itself is tiny, the relative error stays below 1e-13.
public final class Erf {
    private Erf() {}

    /// `erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt`
    public static double erf(double x) {
        return Math.abs(x) < 1 ? series(x) : x > 0 ? 1 - fraction(x) : fraction(-x) - 1;
    }

    /// `erfc(x) = 1 − erf(x)`, without cancellation where `x` is large.
    public static double erfc(double x) {
        return Math.abs(x) < 1 ? 1 - series(x) : x > 0 ? fraction(x) : 2 - fraction(-x);
    }

    /// `Φ(x) = ½ (1 + erf(x/√2))`, the probability that a standard normal variable is below `x`.
    public static double phi(double x) {
        return 0.5 * erfc(-x / Math.sqrt(2));
    }

    /// `φ(x) = exp(−x²/2) / √(2π)`, the derivative of [#phi].
    public static double density(double x) {
        return StrictMath.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    }

    /// `erf(x) = 2/√π · exp(−x²) · Σₙ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n+1))`: all terms have the same sign, so nothing cancels. For small `x`.
    private static double series(double x) {
        double term = x, sum = x;
        for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-x * x) * sum;
    }

    /// `erfc(x) = exp(−x²)/√π · 1/(x + ½/(x + 1/(x + (3/2)/(x + 2/(x + …)))))`, from the inside out. For `x ≥ 1`.
    ///
    /// Cut off after `n` levels the fraction is wrong by about `exp(−2x√(2n))`, so `n = 200/x²` is enough for any `x`.
    private static double fraction(double x) {
        if (Double.isNaN(x) || x > 28) return x > 28 ? 0 : x;                       // exp(−28²) is less than the smallest double
        double f = x;
        for (int n = 10 + (int) (200 / (x * x)); n > 0; n--) f = x + 0.5 * n / f;
        return StrictMath.exp(-x * x) / (Math.sqrt(Math.PI) * f);
    }
}
