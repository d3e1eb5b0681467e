package dev.samovar.core.kernel.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Layer norm and softmax over the middle axis of `(outer, n, inner)`, where the values to be summed are not contiguous.
///
/// A piece of work is a strip of up to [#WIDE] neighbours along `inner`, with all `n` values of each: its rows are read along memory, and lanes run
/// along `inner`, so that sums run down the lanes. Only the sums over neighbours, for the weights' gradients, go across lanes. A strip that does not
/// end with a whole vector is copied and padded.
final class VectorStrips {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int WIDE = 256;
    /// The largest `n`: more values would be too many to copy.
    private static final int LONGEST = 2048;

    private final Parallel parallel;
    private final CpuMemory pool;

    /// Works on strip `number`: `count` neighbours along `inner`. The first of them, at index 0 of the middle axis, is at `from`; its index in
    /// `(outer, inner)` is `stat`.
    @FunctionalInterface
    private interface Strip {
        void run(int number, int from, int stat, int count);
    }

    VectorStrips(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    /// Whether there are enough neighbours for a vector, and not too many in a sum.
    static boolean handles(int n, int inner) {
        return inner >= V && n <= LONGEST;
    }

    private void strips(int outer, int n, int inner, Strip strip) {
        int across = Math.ceilDiv(inner, WIDE);
        Split.run(parallel, outer * across, (long) n * Math.min(inner, WIDE), (from, to) -> {
            for (int number = from; number < to; number++) {
                int o = number / across, i = number % across * WIDE;
                strip.run(number, o * n * inner + i, o * inner + i, Math.min(WIDE, inner - i));
            }
        });
    }

    /// `n` rows of `count` numbers that lie `step` apart, each filled up to whole vectors with zeros.
    private static float[] filled(int slot, int n, int step, float[] x, int from, int count) {
        int whole = whole(count);
        float[] copy = Scratch.floats(slot, n * whole);
        for (int j = 0; j < n; j++) {
            System.arraycopy(x, from + j * step, copy, j * whole, count);
            Arrays.fill(copy, j * whole + count, (j + 1) * whole, 0);
        }
        return copy;
    }

    /// Copies the rows back, without the padding.
    private static void emptied(int n, int step, float[] copy, float[] x, int to, int count) {
        for (int j = 0; j < n; j++) System.arraycopy(copy, j * whole(count), x, to + j * step, count);
    }

    private static int whole(int count) {
        return Math.ceilDiv(count, V) * V;
    }

    // ---- layer norm

    /// [dev.samovar.core.kernel.Kernels#layerNorm]
    void layerNorm(int outer, int n, int inner, float eps, float[] x, float[] weight, float[] bias, float[] y, float[] mean, float[] rstd) {
        strips(outer, n, inner, (_, from, stat, count) -> {
            int whole = whole(count);
            float[] mu = Scratch.floats(Scratch.SUM, WIDE), r = Scratch.floats(Scratch.FACTOR, WIDE);
            if (whole == count) {
                layerNorm(n, count, eps, x, from, inner, weight, bias, y, mu, r);
            } else {
                float[] strip = filled(Scratch.STRIPS, n, inner, x, from, count);
                layerNorm(n, whole, eps, strip, 0, whole, weight, bias, strip, mu, r);
                emptied(n, inner, strip, y, from, count);
            }
            System.arraycopy(mu, 0, mean, stat, count);
            System.arraycopy(r, 0, rstd, stat, count);
        });
    }

    private static void layerNorm(int n, int count, float eps, float[] x, int from, int step, float[] weight, float[] bias, float[] y,
            float[] mu, float[] r) {
        Arrays.fill(mu, 0, count, 0);
        for (int j = 0; j < n; j += 4) addSums(Math.min(4, n - j), count, x, from + j * step, step, mu);
        for (int c = 0; c < count; c += V) FloatVector.fromArray(F, mu, c).div(n).intoArray(mu, c);
        Arrays.fill(r, 0, count, 0);
        for (int j = 0; j < n; j += 4) addSquares(Math.min(4, n - j), count, x, from + j * step, step, mu, r);
        FloatVector one = FloatVector.broadcast(F, 1);
        for (int c = 0; c < count; c += V) one.div(FloatVector.fromArray(F, r, c).div(n).add(eps).sqrt()).intoArray(r, c);
        for (int j = 0, at = from; j < n; j++, at += step) {
            FloatVector w = FloatVector.broadcast(F, weight[j]), b = FloatVector.broadcast(F, bias[j]);
            for (int c = 0; c < count; c += V) {
                FloatVector.fromArray(F, x, at + c).sub(FloatVector.fromArray(F, mu, c)).mul(FloatVector.fromArray(F, r, c)).fma(w, b)
                        .intoArray(y, at + c);
            }
        }
    }

    /// `sums += Σ x` of up to four rows, in pairs.
    private static void addSums(int rows, int count, float[] x, int at, int step, float[] sums) {
        if (rows == 4) {
            for (int c = 0, i = at; c < count; c += V, i += V) {
                FloatVector pairs = FloatVector.fromArray(F, x, i).add(FloatVector.fromArray(F, x, i + step))
                        .add(FloatVector.fromArray(F, x, i + 2 * step).add(FloatVector.fromArray(F, x, i + 3 * step)));
                FloatVector.fromArray(F, sums, c).add(pairs).intoArray(sums, c);
            }
        } else {
            for (int j = 0; j < rows; j++) {
                for (int c = 0, i = at + j * step; c < count; c += V, i += V) {
                    FloatVector.fromArray(F, sums, c).add(FloatVector.fromArray(F, x, i)).intoArray(sums, c);
                }
            }
        }
    }

    /// `sums += Σ (x − centre)²` of up to four rows, in pairs.
    private static void addSquares(int rows, int count, float[] x, int at, int step, float[] centre, float[] sums) {
        if (rows == 4) {
            for (int c = 0, i = at; c < count; c += V, i += V) {
                FloatVector mu = FloatVector.fromArray(F, centre, c);
                FloatVector a = FloatVector.fromArray(F, x, i).sub(mu), b = FloatVector.fromArray(F, x, i + step).sub(mu);
                FloatVector d = FloatVector.fromArray(F, x, i + 2 * step).sub(mu), e = FloatVector.fromArray(F, x, i + 3 * step).sub(mu);
                FloatVector.fromArray(F, sums, c).add(a.fma(a, b.mul(b)).add(d.fma(d, e.mul(e)))).intoArray(sums, c);
            }
        } else {
            for (int j = 0; j < rows; j++) {
                for (int c = 0, i = at + j * step; c < count; c += V, i += V) {
                    FloatVector a = FloatVector.fromArray(F, x, i).sub(FloatVector.fromArray(F, centre, c));
                    a.fma(a, FloatVector.fromArray(F, sums, c)).intoArray(sums, c);
                }
            }
        }
    }

    /// [dev.samovar.core.kernel.Kernels#layerNormGrad]. Each strip leaves its part of the weights' gradients; they are summed in the strips' order.
    void layerNormGrad(int outer, int n, int inner, float[] x, float[] weight, float[] mean, float[] rstd, float[] dy, float[] dx,
            float[] dweight, float[] dbias) {
        final int parts = outer * Math.ceilDiv(inner, WIDE);
        float[] weights = pool.take(Math.multiplyExact(n, parts)), biases = pool.take(n * parts);
        try {
            strips(outer, n, inner, (number, from, stat, count) -> {
                int whole = whole(count);
                float[] mu = filled(Scratch.SUM, 1, 0, mean, stat, count), r = filled(Scratch.FACTOR, 1, 0, rstd, stat, count);
                if (whole == count) {
                    gradOfWeight(n, count, x, dy, from, inner, mu, r, weight, weights, biases, number, parts);
                    gradOfInput(n, count, x, dy, from, inner, mu, r, weight, dx);
                } else {
                    float[] strip = filled(Scratch.STRIPS, n, inner, x, from, count), d = filled(Scratch.PANELS, n, inner, dy, from, count);
                    gradOfWeight(n, whole, strip, d, 0, whole, mu, r, weight, weights, biases, number, parts);
                    gradOfInput(n, whole, strip, d, 0, whole, mu, r, weight, d);
                    emptied(n, inner, d, dx, from, count);
                }
            });
            Split.run(parallel, n, 2L * parts, (from, to) -> {
                for (int j = from; j < to; j++) {
                    dweight[j] = (float) Sums.sum(weights, j * parts, (j + 1) * parts);
                    dbias[j] = (float) Sums.sum(biases, j * parts, (j + 1) * parts);
                }
            });
        } finally {
            pool.give(weights);
            pool.give(biases);
        }
    }

    /// Writes this strip's part of `Σ dy · x̂` and `Σ dy` for each row; and leaves in scratch `Σ g` and `Σ g · x̂` of each neighbour, with `g = dy ·
    /// weight`.
    private static void gradOfWeight(int n, int count, float[] x, float[] dy, int from, int step, float[] mu, float[] r, float[] weight,
            float[] weights, float[] biases, int part, int parts) {
        float[] sums = Scratch.floats(Scratch.MAX, WIDE), along = Scratch.floats(Scratch.ROW, WIDE);
        float[] lanes = Scratch.floats(Scratch.LANES, 2 * V);
        Arrays.fill(sums, 0, count, 0);
        Arrays.fill(along, 0, count, 0);
        for (int j = 0, at = from; j < n; j++, at += step) {
            FloatVector dw = FloatVector.zero(F), db = dw, w = FloatVector.broadcast(F, weight[j]);
            for (int c = 0; c < count; c += V) {
                FloatVector d = FloatVector.fromArray(F, dy, at + c), g = d.mul(w);
                FloatVector normal = FloatVector.fromArray(F, x, at + c).sub(FloatVector.fromArray(F, mu, c)).mul(FloatVector.fromArray(F,
                        r, c));
                dw = d.fma(normal, dw);
                db = d.add(db);
                FloatVector.fromArray(F, sums, c).add(g).intoArray(sums, c);
                g.fma(normal, FloatVector.fromArray(F, along, c)).intoArray(along, c);
            }
            dw.intoArray(lanes, 0);
            db.intoArray(lanes, V);
            weights[j * parts + part] = VectorMath.fold(lanes, 0);
            biases[j * parts + part] = VectorMath.fold(lanes, V);
        }
    }

    /// In the forward pass this was `y = x̂ · w + b` with `x̂ = (x − μ) · r`, so now we have `g = dy · w` for `x̂`, minus the shares of `μ` and `r`:
    /// `dx = r · (g − Σ g / n − x̂ · Σ (g · x̂) / n)`, with the sums that [#gradOfWeight] left.
    private static void gradOfInput(int n, int count, float[] x, float[] dy, int from, int step, float[] mu, float[] r, float[] weight,
            float[] dx) {
        float[] sums = Scratch.floats(Scratch.MAX, WIDE), along = Scratch.floats(Scratch.ROW, WIDE);
        for (int c = 0; c < count; c += V) {                                       // dx = r · g · w − (x − μ) · along − sums
            FloatVector by = FloatVector.fromArray(F, r, c).div(n);
            FloatVector.fromArray(F, sums, c).mul(by).intoArray(sums, c);
            FloatVector.fromArray(F, along, c).mul(by).mul(FloatVector.fromArray(F, r, c)).intoArray(along, c);
        }
        for (int j = 0, at = from; j < n; j++, at += step) {
            FloatVector w = FloatVector.broadcast(F, weight[j]);
            for (int c = 0; c < count; c += V) {
                FloatVector taken = FloatVector.fromArray(F, x, at + c).sub(FloatVector.fromArray(F, mu, c))
                        .fma(FloatVector.fromArray(F, along, c), FloatVector.fromArray(F, sums, c));
                FloatVector.fromArray(F, dy, at + c).mul(w).mul(FloatVector.fromArray(F, r, c)).sub(taken).intoArray(dx, at + c);
            }
        }
    }

    // ---- softmax

    /// [dev.samovar.core.kernel.Kernels#softmax]
    void softmax(int outer, int n, int inner, float[] x, float[] y) {
        strips(outer, n, inner, (_, from, _, count) -> {
            int whole = whole(count);
            if (whole == count) {
                softmax(n, count, x, from, inner, y);
            } else {
                float[] strip = filled(Scratch.STRIPS, n, inner, x, from, count);
                softmax(n, whole, strip, 0, whole, strip);
                emptied(n, inner, strip, y, from, count);
            }
        });
    }

    private static void softmax(int n, int count, float[] x, int from, int step, float[] y) {
        float[] max = Scratch.floats(Scratch.MAX, WIDE), sums = Scratch.floats(Scratch.SUM, WIDE);
        System.arraycopy(x, from, max, 0, count);
        for (int j = 1, at = from + step; j < n; j++, at += step) {
            for (int c = 0; c < count; c += V) {
                FloatVector m = FloatVector.fromArray(F, max, c), v = FloatVector.fromArray(F, x, at + c);
                m.blend(v, v.compare(VectorOperators.GT, m)).intoArray(max, c);
            }
        }
        Arrays.fill(sums, 0, count, 0);
        for (int j = 0, at = from; j < n; j++, at += step) {
            for (int c = 0; c < count; c += V)
                FloatVector.fromArray(F, x, at + c).sub(FloatVector.fromArray(F, max, c)).intoArray(y, at + c);
            VectorMath.exp(y, at, y, at, count);
            for (int c = 0; c < count; c += V)
                FloatVector.fromArray(F, sums, c).add(FloatVector.fromArray(F, y, at + c)).intoArray(sums, c);
        }
        FloatVector one = FloatVector.broadcast(F, 1);
        for (int c = 0; c < count; c += V) one.div(FloatVector.fromArray(F, sums, c)).intoArray(sums, c);
        for (int j = 0, at = from; j < n; j++, at += step) {
            for (int c = 0; c < count; c += V)
                FloatVector.fromArray(F, y, at + c).mul(FloatVector.fromArray(F, sums, c)).intoArray(y, at + c);
        }
    }
}
