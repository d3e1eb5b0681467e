package dev.samovar.core.kernel.cpu;

import static dev.samovar.core.kernel.cpu.Approximations.B1;
import static dev.samovar.core.kernel.cpu.Approximations.B2;
import static dev.samovar.core.kernel.cpu.Approximations.B3;
import static dev.samovar.core.kernel.cpu.Approximations.B4;
import static dev.samovar.core.kernel.cpu.Approximations.B5;
import static dev.samovar.core.kernel.cpu.Approximations.B6;
import static dev.samovar.core.kernel.cpu.Approximations.DENSITY_AT_ZERO;
import static dev.samovar.core.kernel.cpu.Approximations.E2;
import static dev.samovar.core.kernel.cpu.Approximations.E3;
import static dev.samovar.core.kernel.cpu.Approximations.E4;
import static dev.samovar.core.kernel.cpu.Approximations.E5;
import static dev.samovar.core.kernel.cpu.Approximations.E6;
import static dev.samovar.core.kernel.cpu.Approximations.EXP2_LOWEST;
import static dev.samovar.core.kernel.cpu.Approximations.EXP_HIGHEST;
import static dev.samovar.core.kernel.cpu.Approximations.EXP_LOWEST;
import static dev.samovar.core.kernel.cpu.Approximations.LN2_HIGH;
import static dev.samovar.core.kernel.cpu.Approximations.LN2_LOW;
import static dev.samovar.core.kernel.cpu.Approximations.LOG2_E;
import static dev.samovar.core.kernel.cpu.Approximations.P1;
import static dev.samovar.core.kernel.cpu.Approximations.P2;
import static dev.samovar.core.kernel.cpu.Approximations.P3;
import static dev.samovar.core.kernel.cpu.Approximations.P4;
import static dev.samovar.core.kernel.cpu.Approximations.P5;
import static dev.samovar.core.kernel.cpu.Approximations.P6;
import static dev.samovar.core.kernel.cpu.Approximations.P7;
import static dev.samovar.core.kernel.cpu.Approximations.P8;
import static dev.samovar.core.kernel.cpu.Approximations.PHI_BEND;
import static dev.samovar.core.kernel.cpu.Approximations.PHI_FURTHEST;
import static dev.samovar.core.kernel.cpu.Approximations.ROUND;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Approximations], a vector at a time, and the loops over one row that softmax, GELU and layer norm are made of.
///
/// Only exact operations are used: on this JDK `lanewise(EXP)` and float `reduceLanes(ADD)` give other last bits once they are compiled.
/// Lanes are summed in their order, after the loop.
final class VectorMath {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;

    private VectorMath() {}

    /// The sum of a vector's lanes, first to last.
    static float fold(FloatVector x) {
        float sum = 0;
        for (int i = 0; i < V; i++) sum += x.lane(i);
        return sum;
    }

    /// `max x[from … from+n−1]`
    static float max(float[] x, int from, int n) {
        FloatVector m = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + V <= n; i += V) m = m.max(FloatVector.fromArray(F, x, from + i));
        float max = m.reduceLanes(VectorOperators.MAX);                            // exact, so its order does not matter
        for (; i < n; i++) max = Math.max(max, x[from + i]);
        return max;
    }

    /// `x[i] = exp(x[i] − shift)` in place; returns their sum.
    static float expMinus(float[] x, int from, int n, float shift) {
        FloatVector sum = FloatVector.zero(F);
        int i = 0;
        for (; i + V <= n; i += V) {
            FloatVector e = exp(FloatVector.fromArray(F, x, from + i).sub(shift));
            e.intoArray(x, from + i);
            sum = sum.add(e);
        }
        float rest = 0;
        for (; i < n; i++) {
            float e = Approximations.exp(x[from + i] - shift);
            x[from + i] = e;
            rest += e;
        }
        return fold(sum) + rest;
    }

    /// `x[i] = exp(x[i] − shift)` in place, where `n` is a multiple of the lanes.
    static void exp(float[] x, int from, int n, float shift) {
        for (int i = from; i < from + n; i += V) exp(FloatVector.fromArray(F, x, i).sub(shift)).intoArray(x, i);
    }

    /// `y = exp(x)`
    static void exp(float[] x, float[] y, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) exp(FloatVector.fromArray(F, x, i)).intoArray(y, i);
        for (; i < to; i++) y[i] = Approximations.exp(x[i]);
    }

    /// `y = max(x, 0)`
    static void relu(float[] x, float[] y, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) FloatVector.fromArray(F, x, i).max(0).intoArray(y, i);
        for (; i < to; i++) y[i] = Math.max(x[i], 0);
    }

    /// `dx = dy` where `y > 0`, else 0
    static void reluGrad(float[] y, float[] dy, float[] dx, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector.zero(F).blend(FloatVector.fromArray(F, dy, i), FloatVector.fromArray(F, y, i).compare(VectorOperators.GT, 0))
                    .intoArray(
                            dx, i);
        }
        for (; i < to; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
    }

    /// `dx = dy` where `low < x < high`, else `slope · dy`
    static void clampGrad(float low, float high, float slope, float[] x, float[] dy, float[] dx, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector v = FloatVector.fromArray(F, x, i), d = FloatVector.fromArray(F, dy, i);
            d.mul(slope).blend(d, v.compare(VectorOperators.GT, low).and(v.compare(VectorOperators.LT, high))).intoArray(dx, i);
        }
        for (; i < to; i++) dx[i] = low < x[i] && x[i] < high ? dy[i] : slope * dy[i];
    }

    /// `y = x · Φ(x) = max(x, 0) − |x| · Φ(−|x|)`
    static void gelu(float[] x, float[] y, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector v = FloatVector.fromArray(F, x, i), a = v.abs().min(PHI_FURTHEST);
            v.max(0).sub(a.mul(tail(a, bell(a)))).intoArray(y, i);
        }
        for (; i < to; i++) y[i] = Approximations.gelu(x[i]);
    }

    /// `dx = dy · (Φ(x) + x · φ(x))`
    static void geluGrad(float[] x, float[] dy, float[] dx, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector v = FloatVector.fromArray(F, x, i), a = v.abs().min(PHI_FURTHEST), bell = bell(a), tail = tail(a, bell);
            FloatVector phi = FloatVector.broadcast(F, 1).sub(tail).blend(tail, v.lt(0));
            FloatVector.fromArray(F, dy, i).mul(v.mul(DENSITY_AT_ZERO).fma(bell, phi)).intoArray(dx, i);
        }
        for (; i < to; i++) dx[i] = dy[i] * Approximations.geluSlope(x[i]);
    }

    private static FloatVector exp(FloatVector x) {
        return expWithin(x.min(EXP_HIGHEST).max(EXP_LOWEST));
    }

    /// `exp(x)` for `x` that are not much above 0.
    static FloatVector expOfNegative(FloatVector x) {
        return expWithin(x.max(EXP_LOWEST));
    }

    /// `2^x` for `x ≤ 0`; where the result would be less than 2⁻¹²⁶, it is that. With `n` the integer next to `x`, `2^x = 2ⁿ · 2^(x−n)`, a polynomial (relative error 7e-8) to
    /// whose exponent `n` is added.
    static FloatVector exp2(FloatVector x) {
        FloatVector bounded = x.max(EXP2_LOWEST), shifted = bounded.add(ROUND), f = bounded.sub(shifted.sub(ROUND));
        FloatVector p = FloatVector.broadcast(F, B6).fma(f, FloatVector.broadcast(F, B5)).fma(f, FloatVector.broadcast(F, B4))
                .fma(f, FloatVector.broadcast(F, B3)).fma(f, FloatVector.broadcast(F, B2)).fma(f, FloatVector.broadcast(F, B1))
                .fma(f, FloatVector.broadcast(F, 1));
        return p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
    }

    private static FloatVector expWithin(FloatVector x) {
        FloatVector shifted = x.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_LOW), n.fma(FloatVector.broadcast(F, -LN2_HIGH), x));
        FloatVector p = FloatVector.broadcast(F, E6).fma(r, FloatVector.broadcast(F, E5)).fma(r, FloatVector.broadcast(F, E4))
                .fma(r, FloatVector.broadcast(F, E3)).fma(r, FloatVector.broadcast(F, E2));
        FloatVector one = FloatVector.broadcast(F, 1);
        p = p.fma(r, one).fma(r, one);
        return p.mul(shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    }

    private static FloatVector bell(FloatVector a) {
        FloatVector square = a.mul(a), rest = a.fma(a, square.neg());
        FloatVector e = expWithin(square.mul(-0.5f));
        return e.fma(rest.mul(-0.5f), e);
    }

    private static FloatVector tail(FloatVector a, FloatVector bell) {
        FloatVector u = a.div(a.add(PHI_BEND));
        FloatVector p = FloatVector.broadcast(F, P8).fma(u, FloatVector.broadcast(F, P7)).fma(u, FloatVector.broadcast(F, P6))
                .fma(u, FloatVector.broadcast(F, P5)).fma(u, FloatVector.broadcast(F, P4)).fma(u, FloatVector.broadcast(F, P3))
                .fma(u, FloatVector.broadcast(F, P2)).fma(u, FloatVector.broadcast(F, P1)).fma(u, FloatVector.broadcast(F, 0.5f));
        return p.mul(bell);
    }

    /// Layer norm of one row; returns its mean and what it was multiplied by in `stats[at]` of each array.
    static void layerNorm(float[] x, int from, int n, float eps, float[] weight, float[] bias, float[] y, float[] mean, float[] rstd,
            int at) {
        FloatVector sum = FloatVector.zero(F);
        int i = 0, whole = F.loopBound(n);
        for (; i < whole; i += V) sum = sum.add(FloatVector.fromArray(F, x, from + i));
        float rest = 0;
        for (; i < n; i++) rest += x[from + i];
        float mu = (fold(sum) + rest) / n;
        FloatVector squares = FloatVector.zero(F);
        for (i = 0; i < whole; i += V) {
            FloatVector c = FloatVector.fromArray(F, x, from + i).sub(mu);
            squares = c.fma(c, squares);
        }
        rest = 0;
        for (i = whole; i < n; i++) rest = Math.fma(x[from + i] - mu, x[from + i] - mu, rest);
        float r = (float) (1 / Math.sqrt((fold(squares) + rest) / n + (double) eps));
        for (i = 0; i < whole; i += V) {
            FloatVector.fromArray(F, x, from + i).sub(mu).mul(r).fma(FloatVector.fromArray(F, weight, i), FloatVector.fromArray(F, bias, i))
                    .intoArray(y, from + i);
        }
        for (; i < n; i++) y[from + i] = Math.fma((x[from + i] - mu) * r, weight[i], bias[i]);
        mean[at] = mu;
        rstd[at] = r;
    }
}
