package dev.samovar.models.metrics;

/// Tails of the two distributions that significance tests need.
final class Distributions {
    private static final double TINY = 1e-300, EXACT = 1e-15;
    private static final int MOST_TERMS = 10_000;
    private static final double[] LANCZOS = {76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155,
        0.1208650973866179e-2, -0.5395239384953e-5};

    private Distributions() {}

    /// The probability that a normal variable of mean 0 and variance 1 is at least as far from 0 as `z`, on either side: `erfc(|z| / √2)`.
    ///
    /// It uses `erfc(√x) = Q(½, x)`, computed by a series if x is small, otherwise by a continued fraction.
    /// Source: Abramowitz and Stegun, 6.5.29, 6.5.31.
    static double normal(double z) {
        double x = z * z / 2;
        if (x == 0) return 1;
        double front = StrictMath.exp(-x) * StrictMath.sqrt(x) / Math.sqrt(Math.PI);
        if (x < 1.5) {
            double term = 2, sum = 2;
            for (double a = 1.5; term > EXACT * sum; a++) {
                term *= x / a;
                sum += term;
            }
            return 1 - front * sum;
        }
        double b = x + 0.5, c = 1 / TINY, d = 1 / b, h = d;
        for (int i = 1; i < MOST_TERMS; i++) {
            double an = -i * (i - 0.5);
            b += 2;
            d = 1 / nonZero(an * d + b);
            c = nonZero(b + an / c);
            h *= d * c;
            if (Math.abs(d * c - 1) < EXACT) break;
        }
        return front * h;
    }

    /// The probability that a variable with Student's distribution is at least as far from 0 as `t`, on either side: `I(ν / (ν + t²); ν/2, ½)`.
    ///
    /// Source: Abramowitz and Stegun, 26.7.1 and 26.5.8; the continued fraction is evaluated by Lentz's method.
    ///
    /// @param freedom degrees of freedom, ν, from 1
    static double student(double t, double freedom) {
        if (t == 0) return 1;
        double x = freedom / (freedom + t * t), a = freedom / 2, b = 0.5;
        double front = StrictMath.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * StrictMath.log(x) + b * StrictMath.log1p(-x));
        return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b;
    }

    private static double fraction(double x, double a, double b) {
        double c = 1, d = 1 / nonZero(1 - (a + b) * x / (a + 1)), h = d;
        for (int m = 1; m < MOST_TERMS; m++) {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m
                    + 1));
            d = 1 / nonZero(1 + even * d);
            c = nonZero(1 + even / c);
            h *= d * c;
            d = 1 / nonZero(1 + odd * d);
            c = nonZero(1 + odd / c);
            h *= d * c;
            if (Math.abs(d * c - 1) < EXACT) break;
        }
        return h;
    }

    private static double nonZero(double x) {
        return Math.abs(x) < TINY ? TINY : x;
    }

    /// The logarithm of Γ(x), x > 0, with an error of 2e-10: Lanczos' approximation.
    private static double logGamma(double x) {
        double shifted = x + 5.5, sum = 1.000000000190015;
        for (int i = 0; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x + 1 + i);
        return (x + 0.5) * StrictMath.log(shifted) - shifted + StrictMath.log(2.5066282746310007 * sum / x);
    }
}
