package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.core.kernel.cpu.ScalarMatmul.View;
import java.util.Arrays;

/// Attention between two sequences of tokens, a block of queries of one head at a time; heads are read and written in place.
final class ScalarMultiHead {
    /// The approximate number of scores in a block.
    private static final int SCORES = 1 << 15;

    private ScalarMultiHead() {}

    private static int block(MultiHeadShape s) {
        return Math.clamp(SCORES / s.keys(), 1, s.queries());
    }

    private static View queries(MultiHeadShape s, float[] x, int group) {
        return new View(x, s.queryStart(group), s.width(), 1);
    }

    private static View keys(MultiHeadShape s, float[] x, int group) {
        return new View(x, s.keyStart(group), s.width(), 1);
    }

    static void forward(Parallel parallel, MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats) {
        int block = block(s), blocks = Math.ceilDiv(s.queries(), block), keys = s.keys(), d = s.dim();
        Split.run(parallel, s.groups() * blocks, 2L * block * keys * (d + 8), (from, to) -> {
            float[] p = new float[block * keys];
            for (int piece = from; piece < to; piece++) {
                int group = piece / blocks, first = piece % blocks * block, n = Math.min(block, s.queries() - first);
                View scores = new View(p, 0, keys, 1), y = queries(s, out, group).from(first, 0);
                Arrays.fill(p, 0, n * keys, 0);
                ScalarMatmul.addProduct(n, keys, d, queries(s, q, group).from(first, 0), keys(s, k, group).transposed(), scores);
                for (int i = 0; i < n; i++) {
                    softmax(keys, p, i * keys, (float) s.scale(), stats, group * s.queries() + first + i, s.groups() * s.queries());
                    Arrays.fill(out, y.at() + i * y.row(), y.at() + i * y.row() + d, 0);
                }
                ScalarMatmul.addProduct(n, d, keys, scores, keys(s, v, group), y);
            }
        });
    }

    /// Turns unscaled scores into their softmax; `stats[row]` receives the largest, and `stats[row + far]` the sum.
    private static void softmax(int n, float[] x, int at, float scale, float[] stats, int row, int far) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = at; j < at + n; j++) {
            x[j] *= scale;
            max = Math.max(max, x[j]);
        }
        for (int j = at; j < at + n; j++) x[j] = Approximations.exp(x[j] - max);
        float sum = (float) Sums.sum(x, at, at + n), by = 1 / sum;
        stats[row] = max;
        stats[far + row] = sum;
        for (int j = at; j < at + n; j++) x[j] *= by;
    }

    static void backward(Parallel parallel, MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats, float[] dout,
            float[] dq, float[] dk, float[] dv) {
        int block = block(s), keys = s.keys(), d = s.dim();
        float scale = (float) s.scale();
        Split.run(parallel, s.groups(), 5L * s.queries() * keys * (d + 8), (from, to) -> {
            float[] p = new float[block * keys], ds = new float[block * keys];
            for (int group = from; group < to; group++) {
                clear(s.keys(), d, keys(s, dk, group));
                clear(s.keys(), d, keys(s, dv, group));
                clear(s.queries(), d, queries(s, dq, group));
                for (int first = 0; first < s.queries(); first += block) {
                    int n = Math.min(block, s.queries() - first);
                    View x = queries(s, q, group).from(first, 0), dy = queries(s, dout, group).from(first, 0);
                    View scores = new View(p, 0, keys, 1), slopes = new View(ds, 0, keys, 1);
                    Arrays.fill(p, 0, n * keys, 0);
                    Arrays.fill(ds, 0, n * keys, 0);
                    ScalarMatmul.addProduct(n, keys, d, x, keys(s, k, group).transposed(), scores);
                    ScalarMatmul.addProduct(n, keys, d, dy, keys(s, v, group).transposed(), slopes);
                    for (int i = 0; i < n; i++) {
                        int row = group * s.queries() + first + i;
                        float max = stats[row], by = 1 / stats[s.groups() * s.queries() + row];
                        float dot = (float) Sums.dot(d, dout, dy.at() + i * dy.row(), out, dy.at() + i * dy.row());
                        for (int j = i * keys; j < (i + 1) * keys; j++) {
                            p[j] = Approximations.exp(p[j] * scale - max) * by;
                            ds[j] = p[j] * (ds[j] - dot) * scale;
                        }
                    }
                    ScalarMatmul.addProduct(keys, d, n, scores.transposed(), dy, keys(s, dv, group));
                    ScalarMatmul.addProduct(keys, d, n, slopes.transposed(), x, keys(s, dk, group));
                    ScalarMatmul.addProduct(n, d, keys, slopes, keys(s, k, group), queries(s, dq, group).from(first, 0));
                }
            }
        });
    }

    private static void clear(int m, int n, View x) {
        for (int i = 0; i < m; i++) Arrays.fill(x.data(), x.at() + i * x.row(), x.at() + i * x.row() + n, 0);
    }
}
