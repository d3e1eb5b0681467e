package dev.samovar.core.kernel.cpu;

/// `exp` and the normal distribution in single precision, by additions, multiplications and fused multiply-adds without branches or tables;
/// and `sin` and `cos`, through double precision.
///
/// Every backend on the CPU evaluates these same polynomials, one number or one vector at a time, so results do not depend on how the
/// JIT compiler translates a library call. The coefficients are minimax fits, made with iteratively reweighted least squares in double precision.
///
/// | function | over | largest error, measured |
/// |---|---|---|
/// | [#exp] | −87 … 88 | 8e-8 relative |
/// | `exp2`, in vectors | −126 … 0 | 7e-8 relative |
/// | [#phi] | everywhere | 9e-8 absolute |
/// | [#phi] | −6 … 0 | 1.3e-6 relative |
/// | [#gelu] | everywhere | 8e-8 of the larger of 1 and `|x|` |
/// | [#gelu] | from −6 on | 1.3e-6 relative |
/// | [#geluSlope] | everywhere | 1.4e-7 absolute |
/// | [#sin], [#cos] | everywhere | 6e-8 absolute |
final class Approximations {
    /// Below this, `exp` is zero.
    static final float EXP_LOWEST = -88;
    /// Above this, `exp` is infinite. (It is infinite from 88.38 on, slightly before the range of floats ends.)
    static final float EXP_HIGHEST = 89;

    static final float LOG2_E = 1.442695f;
    /// ln 2 in two parts; the first has so few digits that its product with a small integer is exact.
    static final float LN2_HIGH = 355f / 512;
    static final float LN2_LOW = -0.00021219444f;
    /// 1.5 · 2²³: added to a small number, it leaves no room for a fraction, so the sum's lowest bits are the number rounded to an integer.
    static final float ROUND = 12582912f;

    /// `(exp(r) − 1 − r) / r²` for `|r| ≤ ln(2)/2`.
    static final float E2 = 0.49999994f;
    static final float E3 = 0.16666521f;
    static final float E4 = 0.041668393f;
    static final float E5 = 0.008368745f;
    static final float E6 = 0.0013814511f;

    /// Below this, `2^x` is not a normal number.
    static final float EXP2_LOWEST = -126;
    /// The coefficients of `2^f` for `|f| ≤ ½`, after the 1.
    static final float B1 = 0.6931472f;
    static final float B2 = 0.24022648f;
    static final float B3 = 0.0555036f;
    static final float B4 = 0.009618506f;
    static final float B5 = 0.0013390807f;
    static final float B6 = 0.00015326471f;

    /// `Φ(−a) · exp(a²/2)` as a polynomial in `u = a/(a + PHI_BEND)`, beginning with ½.
    static final float PHI_BEND = 3.4f;
    static final float P1 = -1.3564056f;
    static final float P2 = 1.53367f;
    static final float P3 = -0.8041213f;
    static final float P4 = -0.007025156f;
    static final float P5 = 0.13897805f;
    static final float P6 = 0.08643359f;
    static final float P7 = -0.13123485f;
    static final float P8 = 0.039725266f;
    /// From here on `exp(−a²/2)` is zero.
    static final float PHI_FURTHEST = 13.25f;

    /// `1/√(2π)`
    static final float DENSITY_AT_ZERO = 0.3989423f;

    /// π/2 minus its rounding to double precision.
    private static final double HALF_PI_LOW = 6.123233995736766e-17;
    /// From here on a double cannot hold the multiple of π/2 in a number exactly.
    private static final float TURNS_MOST = 1e12f;

    private Approximations() {}

    /// `sin(x)`, for any `x`.
    static float sin(float x) {
        return Math.abs(x) < TURNS_MOST ? turned(x, 0) : (float) StrictMath.sin(x);
    }

    /// `cos(x)`, for any `x`.
    static float cos(float x) {
        return Math.abs(x) < TURNS_MOST ? turned(x, 1) : (float) StrictMath.cos(x);
    }

    /// `sin(x + quarters · π/2)`. With `x = k · π/2 + r` it is the sine or the cosine of `r`, `|r| ≤ π/4`, or its negative; the series of both are
    /// cut off where further terms do not change a float.
    private static float turned(float x, int quarters) {
        double k = Math.rint(x * (2 / Math.PI)), r = Math.fma(-k, HALF_PI_LOW, Math.fma(-k, Math.PI / 2, x)), s = r * r;
        long turn = (long) k + quarters;
        double y = (turn & 1) == 0
                ? r * (1 - s * (1 / 6.0) * (1 - s * (1 / 20.0) * (1 - s * (1 / 42.0) * (1 - s * (1 / 72.0) * (1 - s * (1 / 110.0))))))
                : 1 - s * (1 / 2.0) * (1 - s * (1 / 12.0) * (1 - s * (1 / 30.0) * (1 - s * (1 / 56.0) * (1 - s * (1 / 90.0)))));
        return (float) ((turn & 2) == 0 ? y : -y);
    }

    /// `exp(x)` for any `x`.
    static float exp(float x) {
        return expWithin(Math.max(EXP_LOWEST, Math.min(x, EXP_HIGHEST)));
    }

    /// `exp(x)` for `EXP_LOWEST ≤ x ≤ EXP_HIGHEST`.
    ///
    /// With `n` the integer next to `x/ln 2` and `r = x − n·ln 2`, `exp(x) = 2ⁿ · exp(r)`, where `exp(r)` is a polynomial, and `2ⁿ` is made
    /// by writing `n + 127` into the exponent of a float. For `n = −127` that exponent means zero, for `n = 128` infinity.
    static float expWithin(float x) {
        float shifted = Math.fma(x, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(Math.fma(Math.fma(Math.fma(E6, r, E5), r, E4), r, E3), r, E2);
        p = Math.fma(Math.fma(p, r, 1), r, 1);
        return p * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) + 127) << 23);
    }

    /// `exp(−a²/2)` for `0 ≤ a ≤ PHI_FURTHEST`. The square is corrected for its rounding error, which matters in the tail.
    static float bell(float a) {
        float square = a * a;
        float rest = Math.fma(a, a, -square);
        float e = expWithin(-0.5f * square);
        return Math.fma(e, -0.5f * rest, e);
    }

    /// `Φ(−a)` from `a` and [#bell]`(a)`.
    static float tail(float a, float bell) {
        float u = a / (a + PHI_BEND);
        float p = Math.fma(Math.fma(Math.fma(Math.fma(P8, u, P7), u, P6), u, P5), u, P4);
        p = Math.fma(Math.fma(Math.fma(Math.fma(p, u, P3), u, P2), u, P1), u, 0.5f);
        return p * bell;
    }

    /// `Φ(x) = ½ (1 + erf(x/√2))`
    static float phi(float x) {
        float a = Math.min(Math.abs(x), PHI_FURTHEST);
        float tail = tail(a, bell(a));
        return x < 0 ? tail : 1 - tail;
    }

    /// `x · Φ(x) = max(x, 0) − |x| · Φ(−|x|)`
    static float gelu(float x) {
        float a = Math.min(Math.abs(x), PHI_FURTHEST);
        return Math.max(x, 0) - a * tail(a, bell(a));
    }

    /// `Φ(x) + x · φ(x)`, the derivative of [#gelu].
    static float geluSlope(float x) {
        float a = Math.min(Math.abs(x), PHI_FURTHEST);
        float bell = bell(a);
        float tail = tail(a, bell);
        return Math.fma(x * DENSITY_AT_ZERO, bell, x < 0 ? tail : 1 - tail);
    }
}
