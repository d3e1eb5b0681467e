package dev.samovar.core.kernel.cpu;

import static dev.samovar.core.kernel.cpu.Approximations.B1;
import static dev.samovar.core.kernel.cpu.Approximations.B2;
import static dev.samovar.core.kernel.cpu.Approximations.B3;
import static dev.samovar.core.kernel.cpu.Approximations.B4;
import static dev.samovar.core.kernel.cpu.Approximations.B5;
import static dev.samovar.core.kernel.cpu.Approximations.B6;
import static dev.samovar.core.kernel.cpu.Approximations.EXP2_LOWEST;
import static dev.samovar.core.kernel.cpu.Approximations.ROUND;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops over panels: [VectorGemm#NR] tokens (or queries) side by side, one row per channel (or key). A lane is a token, so sums over channels or
/// keys need no sum across lanes. The two vectors of a row are processed one after the other.
final class VectorPanels {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;
    private static final int MR = VectorGemm.MR;

    private VectorPanels() {}

    /// Starts scores with the terms of the relative positions, for the keys `first … first+n−1`: `scores[j] = byRow[row of key] + byColumn[column of
    /// key]`, for keys in rows of `width`. Rows of `scores` lie `ld` apart.
    static void positions(int n, int first, int width, float[] byRow, int r0, float[] byColumn, int c0, float[] scores, int s0, int ld) {
        for (int half = 0; half < NR; half += V) {
            for (int j = 0, row = first / width, column = first % width; j < n; row++, column = 0) {
                FloatVector r = FloatVector.fromArray(F, byRow, r0 + row * NR + half);
                int to = s0 + j * ld + half, from = c0 + column * NR + half, run = Math.min(n - j, width - column);
                for (int i = 0; i < run; i++) r.add(FloatVector.fromArray(F, byColumn, from + i * NR)).intoArray(scores, to + i * ld);
                j += run;
            }
        }
    }

    /// One step of a softmax over keys that come block by block. `scores (n, NR)`, in units of ln 2, become `2^(score − max)` with the largest score
    /// so far; `max` and `sum` of each lane are updated, and `factor` receives the number by which all earlier sums must be multiplied.
    static void softmaxStep(int n, float[] scores, float[] max, float[] sum, int at, float[] factor) {
        float[] total = Scratch.floats(Scratch.LANES, NR);
        System.arraycopy(max, at, factor, 0, NR);
        largest(n, scores, max, at);
        powersOf2(1, factor, max, at, total);
        powersOf2(n, scores, max, at, total);
        for (int half = 0; half < NR; half += V) {
            FloatVector.fromArray(F, sum, at + half).fma(FloatVector.fromArray(F, factor, half), FloatVector.fromArray(F, total, half))
                    .intoArray(sum, at + half);
        }
    }

    /// `max = max(max, scores)` for `n` rows; four chains side by side. A comparison and a blend take less time than the library's `max`, which takes
    /// care of signed zeros and NaN.
    private static void largest(int n, float[] scores, float[] max, int at) {
        FloatVector a = FloatVector.fromArray(F, max, at), b = FloatVector.fromArray(F, max, at + V), c = a, d = b;
        int i = 0;
        for (int end = (n & ~1) * NR; i < end; i += 2 * NR) {
            FloatVector x = FloatVector.fromArray(F, scores, i), y = FloatVector.fromArray(F, scores, i + V);
            FloatVector z = FloatVector.fromArray(F, scores, i + NR), w = FloatVector.fromArray(F, scores, i + NR + V);
            a = x.blend(a, x.compare(VectorOperators.LE, a));
            b = y.blend(b, y.compare(VectorOperators.LE, b));
            c = z.blend(c, z.compare(VectorOperators.LE, c));
            d = w.blend(d, w.compare(VectorOperators.LE, d));
        }
        if (n % 2 == 1) {
            FloatVector x = FloatVector.fromArray(F, scores, i), y = FloatVector.fromArray(F, scores, i + V);
            a = x.blend(a, x.compare(VectorOperators.LE, a));
            b = y.blend(b, y.compare(VectorOperators.LE, b));
        }
        a.blend(c, c.compare(VectorOperators.GT, a)).intoArray(max, at);
        b.blend(d, d.compare(VectorOperators.GT, b)).intoArray(max, at + V);
    }

    /// `score = 2^(score − max)` for `n` rows; `total` receives their sums. A power is at least 2⁻¹²⁶. With `k` the integer next to `x`,
    /// `2^x = 2ᵏ · 2^(x−k)`, a polynomial (relative error 7e-8) to whose exponent `k` is added.
    private static void powersOf2(int n, float[] scores, float[] max, int at, float[] total) {
        final FloatVector one = FloatVector.broadcast(F, 1);
        for (int half = 0; half < NR; half += V) {
            FloatVector m = FloatVector.fromArray(F, max, at + half), sum = FloatVector.zero(F);
            for (int i = half; i < n * NR; i += NR) {
                FloatVector y = FloatVector.fromArray(F, scores, i).sub(m), x = y.blend(EXP2_LOWEST, y.lt(EXP2_LOWEST)), shifted = x.add(ROUND);
                FloatVector f = x.sub(shifted.sub(ROUND));
                FloatVector p = FloatVector.broadcast(F, B6).fma(f, FloatVector.broadcast(F, B5)).fma(f, FloatVector.broadcast(F, B4))
                        .fma(f, FloatVector.broadcast(F, B3)).fma(f, FloatVector.broadcast(F, B2)).fma(f, FloatVector.broadcast(F, B1))
                        .fma(f, one);
                FloatVector e = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                        .reinterpretAsFloats();
                e.intoArray(scores, i);
                sum = e.add(sum);
            }
            sum.intoArray(total, half);
        }
    }

    /// `x[i] *= by[lane]` for `n` rows.
    static void scaleLanes(int n, float[] x, int x0, float[] by, int b0) {
        for (int half = 0; half < NR; half += V) {
            FloatVector b = FloatVector.fromArray(F, by, b0 + half);
            for (int i = x0 + half; i < x0 + n * NR; i += NR) FloatVector.fromArray(F, x, i).mul(b).intoArray(x, i);
        }
    }

    /// `y[i] += by[lane] · x[i]` for `n` rows.
    static void addScaled(int n, float[] x, int x0, float[] by, int b0, float[] y, int y0) {
        for (int half = 0; half < NR; half += V) {
            FloatVector b = FloatVector.fromArray(F, by, b0 + half);
            for (int i = half; i < n * NR; i += NR)
                FloatVector.fromArray(F, x, x0 + i).fma(b, FloatVector.fromArray(F, y, y0 + i)).intoArray(y, y0 + i);
        }
    }

    /// `y = by · x` for `n` values.
    static void scale(int n, float[] x, int x0, float by, float[] y, int y0) {
        for (int i = 0; i < n; i += V) FloatVector.fromArray(F, x, x0 + i).mul(by).intoArray(y, y0 + i);
    }

    /// `y[c] = bias[c]` in all lanes, for `n` channels from `b0` on.
    static void broadcast(int n, float[] bias, int b0, float[] y, int y0) {
        for (int c = 0, i = y0; c < n; c++, i += NR) {
            FloatVector b = FloatVector.broadcast(F, bias[b0 + c]);
            b.intoArray(y, i);
            b.intoArray(y, i + V);
        }
    }

    /// `y[c] += bias[c]` in all lanes, for `n` channels.
    static void addBias(int n, float[] bias, float[] y, int y0) {
        for (int c = 0, i = y0; c < n; c++, i += NR) {
            FloatVector b = FloatVector.broadcast(F, bias[c]);
            FloatVector.fromArray(F, y, i).add(b).intoArray(y, i);
            FloatVector.fromArray(F, y, i + V).add(b).intoArray(y, i + V);
        }
    }

    /// Layer norm over the `n` channels of every lane.
    static void layerNorm(int n, float eps, float[] weight, float[] bias, float[] x, int x0, float[] y, int y0) {
        float[] stats = Scratch.floats(Scratch.LANES, 2 * NR);
        for (int half = 0; half < NR; half += V) {
            mean(n, x, x0 + half, stats, half);
            spread(n, x, x0 + half, eps, stats, half);
            FloatVector mean = FloatVector.fromArray(F, stats, half), r = FloatVector.fromArray(F, stats, NR + half);
            for (int c = 0, i = half; c < n; c++, i += NR) {
                FloatVector.fromArray(F, x, x0 + i).sub(mean).mul(r).fma(FloatVector.broadcast(F, weight[c]), FloatVector.broadcast(F, bias[c]))
                        .intoArray(y, y0 + i);
            }
        }
    }

    /// The mean of each lane, written to `stats[at]`; four sums side by side, because short chains round less and run faster.
    private static void mean(int n, float[] x, int x0, float[] stats, int at) {
        FloatVector s0 = FloatVector.zero(F), s1 = s0, s2 = s0, s3 = s0;
        int c = 0;
        for (; c + 4 <= n; c += 4) {
            int i = x0 + c * NR;
            s0 = FloatVector.fromArray(F, x, i).add(s0);
            s1 = FloatVector.fromArray(F, x, i + NR).add(s1);
            s2 = FloatVector.fromArray(F, x, i + 2 * NR).add(s2);
            s3 = FloatVector.fromArray(F, x, i + 3 * NR).add(s3);
        }
        for (; c < n; c++) s0 = FloatVector.fromArray(F, x, x0 + c * NR).add(s0);
        s0.add(s1).add(s2.add(s3)).div(n).intoArray(stats, at);
    }

    /// `1/√(variance + eps)` of each lane, written to `stats[NR + at]`; the mean is in `stats[at]`.
    private static void spread(int n, float[] x, int x0, float eps, float[] stats, int at) {
        FloatVector s0 = FloatVector.zero(F), s1 = s0, s2 = s0, s3 = s0, mean = FloatVector.fromArray(F, stats, at);
        int c = 0;
        for (; c + 4 <= n; c += 4) {
            int i = x0 + c * NR;
            FloatVector d0 = FloatVector.fromArray(F, x, i).sub(mean), d1 = FloatVector.fromArray(F, x, i + NR).sub(mean);
            FloatVector d2 = FloatVector.fromArray(F, x, i + 2 * NR).sub(mean), d3 = FloatVector.fromArray(F, x, i + 3 * NR).sub(mean);
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
            s2 = d2.fma(d2, s2);
            s3 = d3.fma(d3, s3);
        }
        for (; c < n; c++) {
            FloatVector d = FloatVector.fromArray(F, x, x0 + c * NR).sub(mean);
            s0 = d.fma(d, s0);
        }
        FloatVector.broadcast(F, 1).div(s0.add(s1).add(s2.add(s3)).div(n).add(eps).sqrt()).intoArray(stats, NR + at);
    }

    /// `p = 2^(score − logSumExp)` and `ds = p · (ds − delta)`, where `ds` is `dout · v` before, for `n` rows of a panel; scores and `logSumExp` in
    /// units of ln 2.
    static void softmaxGrad(int n, float[] p, float[] ds, int at, float[] logSumExp, float[] delta, int l0) {
        final FloatVector one = FloatVector.broadcast(F, 1);
        for (int half = 0; half < NR; half += V) {
            FloatVector m = FloatVector.fromArray(F, logSumExp, l0 + half), by = FloatVector.fromArray(F, delta, l0 + half);
            for (int i = at + half; i < at + n * NR; i += NR) {
                FloatVector y = FloatVector.fromArray(F, p, i).sub(m), x = y.blend(EXP2_LOWEST, y.lt(EXP2_LOWEST)), shifted = x.add(ROUND);
                FloatVector f = x.sub(shifted.sub(ROUND));
                FloatVector q = FloatVector.broadcast(F, B6).fma(f, FloatVector.broadcast(F, B5)).fma(f, FloatVector.broadcast(F, B4))
                        .fma(f, FloatVector.broadcast(F, B3)).fma(f, FloatVector.broadcast(F, B2)).fma(f, FloatVector.broadcast(F, B1))
                        .fma(f, one);
                FloatVector e = q.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                        .reinterpretAsFloats();
                e.intoArray(p, i);
                FloatVector.fromArray(F, ds, i).sub(by).mul(e).intoArray(ds, i);
            }
        }
    }

    /// The transpose of [#positions]: `sums[row of key] += scores[j]`, from `r0` on, and `sums[column of key] += scores[j]`, from `c0` on.
    static void sumPositions(int n, int first, int width, float[] scores, int s0, float[] sums, int r0, int c0) {
        for (int half = 0; half < NR; half += V) {
            for (int j = 0, row = first / width, column = first % width; j < n; row++, column = 0) {
                int from = s0 + j * NR + half, to = c0 + column * NR + half, run = Math.min(n - j, width - column), at = r0 + row * NR
                        + half;
                FloatVector sum = FloatVector.fromArray(F, sums, at);
                for (int i = 0; i < run * NR; i += NR) {
                    FloatVector x = FloatVector.fromArray(F, scores, from + i);
                    sum = x.add(sum);
                    FloatVector.fromArray(F, sums, to + i).add(x).intoArray(sums, to + i);
                }
                sum.intoArray(sums, at);
                j += run;
            }
        }
    }

    // ---- panels as operands

    /// `y = x + z` for `n` values, whole vectors of them.
    static void sum(int n, float[] x, int x0, float[] z, int z0, float[] y, int y0) {
        for (int i = 0; i < n; i += V) FloatVector.fromArray(F, x, x0 + i).add(FloatVector.fromArray(F, z, z0 + i)).intoArray(y, y0 + i);
    }

    /// `y[c] = x[c] + bias[c]` in all lanes, for `n` channels.
    static void withBias(int n, float[] x, int x0, float[] bias, float[] y, int y0) {
        for (int c = 0, i = 0; c < n; c++, i += NR) {
            FloatVector b = FloatVector.broadcast(F, bias[c]);
            FloatVector.fromArray(F, x, x0 + i).add(b).intoArray(y, y0 + i);
            FloatVector.fromArray(F, x, x0 + i + V).add(b).intoArray(y, y0 + i + V);
        }
    }

    /// Turns some panels into an A in strips: its rows are the `c` channels, its columns all lanes.
    static void toStrips(int c, int panels, float[] x, int x0, float[] strips) {
        for (int i = 0, h; i < c; i += h) {
            h = VectorGemm.height(c - i);
            for (int j = 0; j < panels; j++) {
                int from = x0 + (j * c + i) * NR, to = (i * panels + j * h) * NR;
                if (h == MR) {                                                     // constant steps
                    for (int r = 0; r < MR; r++) for (int p = 0; p < NR; p++) strips[to + p * MR + r] = x[from + r * NR + p];
                } else {
                    for (int r = 0; r < h; r++) for (int p = 0; p < NR; p++) strips[to + p * h + r] = x[from + r * NR + p];
                }
            }
        }
    }
}
