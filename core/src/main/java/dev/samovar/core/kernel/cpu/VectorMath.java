package dev.samovar.core.kernel.cpu;

import static dev.samovar.core.kernel.cpu.Approximations.DENSITY_AT_ZERO;
import static dev.samovar.core.kernel.cpu.Approximations.E2;
import static dev.samovar.core.kernel.cpu.Approximations.E3;
import static dev.samovar.core.kernel.cpu.Approximations.E4;
import static dev.samovar.core.kernel.cpu.Approximations.E5;
import static dev.samovar.core.kernel.cpu.Approximations.E6;
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

/// [Approximations], a vector at a time, and the loops over one row that make up softmax, GELU and layer norm.
///
/// Vectors never leave the method that made them, and none is passed in: if the compiler does not inline a method, every vector that it takes or
/// returns is allocated as an object, each time. So `exp` is written out in each of the loops that need it.
///
/// The receiver is a vector that the loop has just made, and the one that it carries is the argument (`sum = x.add(sum)`): the compiler always knows the
/// class of the former.
///
/// Only exact operations are used: on this JDK `lanewise(EXP)` and float `reduceLanes(ADD)` give other last bits once they are compiled.
/// Lanes are summed in their order, after the loop.
final class VectorMath {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;

    private VectorMath() {}

    /// `x[from] + … + x[from+V−1]`, first to last.
    static float fold(float[] x, int from) {
        float sum = 0;
        for (int i = from; i < from + V; i++) sum += x[i];
        return sum;
    }

    /// `max x[from … from+n−1]`
    static float max(float[] x, int from, int n) {
        FloatVector m = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + V <= n; i += V) m = FloatVector.fromArray(F, x, from + i).max(m);
        float max = m.reduceLanes(VectorOperators.MAX);                            // exact, so its order does not matter
        for (; i < n; i++) max = Math.max(max, x[from + i]);
        return max;
    }

    /// `x[i] = exp(x[i] − shift)` in place; returns their sum.
    static float expMinus(float[] x, int from, int count, float shift) {
        final FloatVector one = FloatVector.broadcast(F, 1);
        FloatVector sum = FloatVector.zero(F);
        int i = from, end = from + count;
        for (; i + V <= end; i += V) {
            FloatVector u = FloatVector.fromArray(F, x, i).sub(shift), v = u.blend(EXP_HIGHEST, u.compare(VectorOperators.GT, EXP_HIGHEST))
                    .blend(EXP_LOWEST, u.lt(EXP_LOWEST));
            FloatVector shifted = v.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND)), n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_LOW), n.fma(FloatVector.broadcast(F, -LN2_HIGH), v));
            FloatVector p = FloatVector.broadcast(F, E6).fma(r, FloatVector.broadcast(F, E5)).fma(r, FloatVector.broadcast(F, E4))
                    .fma(r, FloatVector.broadcast(F, E3)).fma(r, FloatVector.broadcast(F, E2)).fma(r, one).fma(r, one);
            FloatVector e = p.mul(shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            e.intoArray(x, i);
            sum = e.add(sum);
        }
        float rest = 0;
        for (; i < end; i++) {
            x[i] = Approximations.exp(x[i] - shift);
            rest += x[i];
        }
        float[] lanes = Scratch.floats(Scratch.LANES, V);
        sum.intoArray(lanes, 0);
        return fold(lanes, 0) + rest;
    }

    /// `y[to+i] = exp(x[from+i])`
    static void exp(float[] x, int from, float[] y, int to, int count) {
        final FloatVector one = FloatVector.broadcast(F, 1);
        int i = 0;
        for (; i + V <= count; i += V) {
            FloatVector u = FloatVector.fromArray(F, x, from + i), v = u.blend(EXP_HIGHEST, u.compare(VectorOperators.GT, EXP_HIGHEST))
                    .blend(EXP_LOWEST, u.lt(EXP_LOWEST));
            FloatVector shifted = v.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND)), n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_LOW), n.fma(FloatVector.broadcast(F, -LN2_HIGH), v));
            FloatVector p = FloatVector.broadcast(F, E6).fma(r, FloatVector.broadcast(F, E5)).fma(r, FloatVector.broadcast(F, E4))
                    .fma(r, FloatVector.broadcast(F, E3)).fma(r, FloatVector.broadcast(F, E2)).fma(r, one).fma(r, one);
            FloatVector e = p.mul(shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            e.intoArray(y, to + i);
        }
        for (; i < count; i++) y[to + i] = Approximations.exp(x[from + i]);
    }

    /// `y = max(x, 0)`
    static void relu(float[] x, float[] y, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            v.blend(0, v.compare(VectorOperators.LE, 0)).intoArray(y, i);
        }
        for (; i < to; i++) y[i] = Math.max(x[i], 0);
    }

    /// `dx = dy` where `y > 0`, else 0
    static void reluGrad(float[] y, float[] dy, float[] dx, int from, int to) {
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector.zero(F).blend(FloatVector.fromArray(F, dy, i), FloatVector.fromArray(F, y, i).compare(VectorOperators.GT, 0)).intoArray(dx,
                    i);
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
        final FloatVector one = FloatVector.broadcast(F, 1);
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector v = FloatVector.fromArray(F, x, i), size = v.abs(), a = size.blend(PHI_FURTHEST, size.compare(VectorOperators.GT,
                    PHI_FURTHEST));
            FloatVector square = a.mul(a), bounded = square.mul(-0.5f);
            FloatVector shifted = bounded.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND)), n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_LOW), n.fma(FloatVector.broadcast(F, -LN2_HIGH), bounded));
            FloatVector p = FloatVector.broadcast(F, E6).fma(r, FloatVector.broadcast(F, E5)).fma(r, FloatVector.broadcast(F, E4))
                    .fma(r, FloatVector.broadcast(F, E3)).fma(r, FloatVector.broadcast(F, E2)).fma(r, one).fma(r, one);
            FloatVector e = p.mul(shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            FloatVector bell = e.fma(a.fma(a, square.neg()).mul(-0.5f), e), u = a.div(a.add(PHI_BEND));
            FloatVector tail = FloatVector.broadcast(F, P8).fma(u, FloatVector.broadcast(F, P7)).fma(u, FloatVector.broadcast(F, P6))
                    .fma(u, FloatVector.broadcast(F, P5)).fma(u, FloatVector.broadcast(F, P4)).fma(u, FloatVector.broadcast(F, P3))
                    .fma(u, FloatVector.broadcast(F, P2)).fma(u, FloatVector.broadcast(F, P1)).fma(u, FloatVector.broadcast(F, 0.5f))
                    .mul(bell);
            v.blend(0, v.compare(VectorOperators.LE, 0)).sub(a.mul(tail)).intoArray(y, i);
        }
        for (; i < to; i++) y[i] = Approximations.gelu(x[i]);
    }

    /// `dx = dy · (Φ(x) + x · φ(x))`
    static void geluGrad(float[] x, float[] dy, float[] dx, int from, int to) {
        final FloatVector one = FloatVector.broadcast(F, 1);
        int i = from;
        for (; i + V <= to; i += V) {
            FloatVector v = FloatVector.fromArray(F, x, i), size = v.abs(), a = size.blend(PHI_FURTHEST, size.compare(VectorOperators.GT,
                    PHI_FURTHEST));
            FloatVector square = a.mul(a), bounded = square.mul(-0.5f);
            FloatVector shifted = bounded.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND)), n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_LOW), n.fma(FloatVector.broadcast(F, -LN2_HIGH), bounded));
            FloatVector p = FloatVector.broadcast(F, E6).fma(r, FloatVector.broadcast(F, E5)).fma(r, FloatVector.broadcast(F, E4))
                    .fma(r, FloatVector.broadcast(F, E3)).fma(r, FloatVector.broadcast(F, E2)).fma(r, one).fma(r, one);
            FloatVector e = p.mul(shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            FloatVector bell = e.fma(a.fma(a, square.neg()).mul(-0.5f), e), u = a.div(a.add(PHI_BEND));
            FloatVector tail = FloatVector.broadcast(F, P8).fma(u, FloatVector.broadcast(F, P7)).fma(u, FloatVector.broadcast(F, P6))
                    .fma(u, FloatVector.broadcast(F, P5)).fma(u, FloatVector.broadcast(F, P4)).fma(u, FloatVector.broadcast(F, P3))
                    .fma(u, FloatVector.broadcast(F, P2)).fma(u, FloatVector.broadcast(F, P1)).fma(u, FloatVector.broadcast(F, 0.5f))
                    .mul(bell);
            FloatVector phi = one.sub(tail).blend(tail, v.lt(0));
            FloatVector.fromArray(F, dy, i).mul(v.mul(DENSITY_AT_ZERO).fma(bell, phi)).intoArray(dx, i);
        }
        for (; i < to; i++) dx[i] = dy[i] * Approximations.geluSlope(x[i]);
    }

    /// Layer norm of one row; its mean and its factor `1/√(σ² + eps)` are returned in `mean[at]` and `rstd[at]`.
    static void layerNorm(float[] x, int from, int n, float eps, float[] weight, float[] bias, float[] y, float[] mean, float[] rstd,
            int at) {
        FloatVector sum = FloatVector.zero(F);
        int i = 0, whole = F.loopBound(n);
        for (; i < whole; i += V) sum = FloatVector.fromArray(F, x, from + i).add(sum);
        float rest = 0;
        for (; i < n; i++) rest += x[from + i];
        float[] lanes = Scratch.floats(Scratch.LANES, V);
        sum.intoArray(lanes, 0);
        float mu = (fold(lanes, 0) + rest) / n;
        FloatVector squares = FloatVector.zero(F);
        for (i = 0; i < whole; i += V) {
            FloatVector c = FloatVector.fromArray(F, x, from + i).sub(mu);
            squares = c.fma(c, squares);
        }
        rest = 0;
        for (i = whole; i < n; i++) rest = Math.fma(x[from + i] - mu, x[from + i] - mu, rest);
        squares.intoArray(lanes, 0);
        float r = (float) (1 / Math.sqrt((fold(lanes, 0) + rest) / n + (double) eps));
        for (i = 0; i < whole; i += V) {
            FloatVector.fromArray(F, x, from + i).sub(mu).mul(r).fma(FloatVector.fromArray(F, weight, i), FloatVector.fromArray(F, bias, i))
                    .intoArray(y, from + i);
        }
        for (; i < n; i++) y[from + i] = Math.fma((x[from + i] - mu) * r, weight[i], bias[i]);
        mean[at] = mu;
        rstd[at] = r;
    }
}
