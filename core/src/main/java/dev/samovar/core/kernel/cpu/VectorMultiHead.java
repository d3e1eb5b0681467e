package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.MultiHeadShape;
import java.util.Arrays;

/// Attention between two sequences of tokens of any length; [VectorFewTokens] is quicker where one is short and the other long. Heads are read and
/// written in place, side by side.
///
/// Forward, keys and values are packed into panels once; a task does a block of queries of [#HEADS] heads, whose scores stay in the second-level
/// cache from the first product through the softmax to the second. Backward, a task does all queries of [#HEADS] heads, and computes the scores
/// again, for [#ROWS] queries and [#ROWS] keys at a time: as it goes over the keys, their gradients become complete, and those of the queries are
/// accumulated, always in the same order.
final class VectorMultiHead {
    /// Heads of a task. A token's values for all of them are in the same cache lines or the next ones.
    private static final int HEADS = 4;
    /// Tokens of a block.
    private static final int ROWS = 128;
    /// The approximate number of scores in a block: 256 KiB.
    private static final int SCORES = 1 << 16;
    private static final int NR = VectorGemm.NR;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorMultiHead(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    void forward(MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats) {
        final int keys = s.keys(), d = s.dim(), wide = VectorGemm.padded(keys), keySize = wide * d, valueSize = VectorGemm.padded(d) * keys;
        final int block = Math.clamp(SCORES / wide, 4, ROWS), blocks = Math.ceilDiv(s.queries(), block), parts = Math.ceilDiv(s.heads(), HEADS);
        float[] keyPanels = pool.take(Math.multiplyExact(s.groups(), keySize));
        float[] valuePanels = pool.take(Math.multiplyExact(s.groups(), valueSize));
        try {
            final int pieces = Math.ceilDiv(keys, ROWS);
            parallel.run(s.batch() * pieces, 8L * s.groups() * keys * d, task -> {
                int first = task % pieces * ROWS, n = Math.min(ROWS, keys - first);
                for (int j = first; j < first + n; j += NR) {
                    for (int h = 0; h < s.heads(); h++) {
                        int group = task / pieces * s.heads() + h, at = s.keyStart(group) + j * s.width();
                        VectorGemm.packTransposed(d, Math.min(NR, keys - j), k, at, s.width(), keyPanels, group * keySize + j * d);
                        values(Math.min(NR, keys - j), j, s, v, at, valuePanels, group * valueSize);
                    }
                }
            });
            parallel.run(s.batch() * blocks * parts, 2L * s.groups() * s.queries() * keys * d, task -> {
                int first = task / parts % blocks * block, n = Math.min(block, s.queries() - first), head = task % parts * HEADS;
                for (int h = head; h < Math.min(head + HEADS, s.heads()); h++) {
                    int group = task / parts / blocks * s.heads() + h, at = s.queryStart(group) + first * s.width();
                    float[] scores = scores(s, q, at, n, keyPanels, group * keySize, keys);
                    int row = group * s.queries() + first;
                    softmax(n, keys, wide, scores, 0, stats, row, s.groups() * s.queries());
                    clear(n, d, out, at, s.width());
                    VectorGemm.multiply(n, d, keys, scores, 0, wide, valuePanels, group * valueSize, keys * NR, out, at, s.width());
                }
            });
        } finally {
            pool.give(keyPanels);
            pool.give(valuePanels);
        }
    }

    /// Rows `j … j+n−1` of the panels of a head's values.
    private static void values(int n, int j, MultiHeadShape s, float[] v, int at, float[] panels, int to) {
        for (int c = 0; c < s.dim(); c += NR) {
            int width = Math.min(NR, s.dim() - c), start = to + c * s.keys() + j * NR;
            for (int i = 0; i < n; i++) {
                System.arraycopy(v, at + i * s.width() + c, panels, start + i * NR, width);
                if (width < NR) Arrays.fill(panels, start + i * NR + width, start + (i + 1) * NR, 0);
            }
        }
    }

    /// Scaled scores of `n` queries with some keys, in rows as long as the panels: in this thread's scratch.
    private static float[] scores(MultiHeadShape s, float[] q, int at, int n, float[] keyPanels, int keys0, int keys) {
        final int d = s.dim(), wide = VectorGemm.padded(keys);
        final float scale = (float) s.scale();
        float[] scores = Scratch.floats(Scratch.SCORES, n * wide);
        Arrays.fill(scores, 0, n * wide, 0);
        VectorGemm.multiply(n, wide, d, q, at, s.width(), keyPanels, keys0, d * NR, scores, 0, wide);
        for (int j = 0; j < n * wide; j++) scores[j] *= scale;
        return scores;
    }

    /// Softmax of `n` rows from `first` on, `wide` apart; `stats` receives the largest of each from `at` on, and the sum `far` behind it.
    static void softmax(int n, int keys, int wide, float[] x, int first, float[] stats, int at, int far) {
        for (int i = 0, row = first; i < n; i++, row += wide) {
            float max = Float.NEGATIVE_INFINITY, sum = 0;
            if (keys > NR) {
                max = VectorMath.max(x, row, keys);
                sum = VectorMath.expMinus(x, row, keys, max);
            } else {                                                               // the values between the keys and the end of the panel do not matter
                for (int j = row; j < row + keys; j++) max = Math.max(max, x[j]);
                VectorMath.expMinus(x, row, wide, max);
                for (int j = row; j < row + keys; j++) sum += x[j];
            }
            stats[at + i] = max;
            stats[far + at + i] = sum;
            float by = 1 / sum;
            for (int j = row; j < row + wide; j++) x[j] *= by;
        }
    }

    void backward(MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats, float[] dout, float[] dq, float[] dk,
            float[] dv) {
        final int parts = Math.ceilDiv(s.heads(), HEADS);
        parallel.run(s.batch() * parts, 5L * s.groups() * s.queries() * s.keys() * s.dim(), task -> {
            int first = task / parts * s.heads() + task % parts * HEADS, heads = Math.min(HEADS, s.heads() - task % parts * HEADS);
            clear(s.queries(), heads * s.dim(), dq, s.queryStart(first), s.width());
            clear(s.keys(), heads * s.dim(), dk, s.keyStart(first), s.width());
            clear(s.keys(), heads * s.dim(), dv, s.keyStart(first), s.width());
            for (int j = 0; j < s.keys(); j += ROWS) {
                for (int i = 0; i < s.queries(); i += ROWS) {
                    for (int group = first; group < first + heads; group++) {
                        block(s, group, i, Math.min(ROWS, s.queries() - i), j, Math.min(ROWS, s.keys() - j), q, k, v, out, stats, dout, dq,
                                dk, dv);
                    }
                }
            }
        });
    }

    /// The contributions of `n` queries from `i` on and `keys` keys from `j` on to each other's gradients.
    private static void block(MultiHeadShape s, int group, int i, int n, int j, int keys, float[] q, float[] k, float[] v, float[] out,
            float[] stats, float[] dout, float[] dq, float[] dk, float[] dv) {
        final int d = s.dim(), width = s.width(), at = s.queryStart(group) + i * width, key = s.keyStart(group) + j * width;
        final int wide = VectorGemm.padded(keys), row = group * s.queries() + i, far = s.groups() * s.queries();
        final float scale = (float) s.scale();
        float[] panels = Scratch.floats(Scratch.PANELS, VectorGemm.padded(Math.max(ROWS, d)) * Math.max(ROWS, d));
        VectorGemm.packTransposed(d, keys, k, key, width, panels, 0);
        float[] p = scores(s, q, at, n, panels, 0, keys), ds = Scratch.floats(Scratch.MORE_SCORES, n * wide);
        VectorGemm.packTransposed(d, keys, v, key, width, panels, 0);
        Arrays.fill(ds, 0, n * wide, 0);
        VectorGemm.multiply(n, wide, d, dout, at, width, panels, 0, d * NR, ds, 0, wide);
        for (int e = 0; e < n; e++) {
            VectorMath.expMinus(p, e * wide, wide, stats[row + e]);
            float dot = (float) Sums.dot(d, dout, at + e * width, out, at + e * width);
            slopes(wide, p, ds, e * wide, 1 / stats[far + row + e], dot, scale);
        }
        VectorGemm.pack(keys, d, k, key, width, panels, 0);
        VectorGemm.multiply(n, d, keys, ds, 0, wide, panels, 0, keys * NR, dq, at, width);
        VectorGemm.pack(n, d, dout, at, width, panels, 0);
        VectorGemm.multiply(keys, d, n, p, 0, 1, wide, panels, 0, n * NR, dv, key, width);
        VectorGemm.pack(n, d, q, at, width, panels, 0);
        VectorGemm.multiply(keys, d, n, ds, 0, 1, wide, panels, 0, n * NR, dk, key, width);
    }

    /// `p = p · by` and `ds = p · (ds − dot) · scale`
    static void slopes(int n, float[] p, float[] ds, int at, float by, float dot, float scale) {
        for (int j = at; j < at + n; j++) {
            p[j] *= by;
            ds[j] = p[j] * (ds[j] - dot) * scale;
        }
    }

    private static void clear(int m, int n, float[] x, int at, int row) {
        for (int i = 0; i < m; i++) Arrays.fill(x, at + i * row, at + i * row + n, 0);
    }
}
