package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.AttentionShape;
import java.util.Arrays;

/// Attention with decomposed relative positions, a block of [#QUERIES] queries at a time against all keys.
///
/// Per group (picture × head), keys and values are packed into panels once. A task takes one block of queries: its scores (24 × 4096 floats, 393 KB, for SAM's
/// global blocks) stay in the second-level cache from the first product over the softmax to the second. The terms of the relative positions are two
/// small products of the unscaled queries with the tables, `(queries, 2·height−1)` and `(queries, 2·width−1)`, of which each query reads a window.
///
/// Backward recomputes the scores block by block. A group is one task, its blocks one after the other, so sums over queries have one order;
/// the tables' gradients are summed per group first, then over groups.
final class VectorAttention {
    static final int QUERIES = 24;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorAttention(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    void forward(AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp) {
        final int t = s.tokens(), d = s.dim(), blocks = (t + QUERIES - 1) / QUERIES, keySize = padded(t) * d, valueSize = padded(d) * t;
        float[] keys = pool.take(Math.multiplyExact(s.groups(), keySize)), values = pool.take(Math.multiplyExact(s.groups(), valueSize));
        try {
            final float[] tableH = packTable(relH, s.height(), d), tableW = packTable(relW, s.width(), d);
            final int k0 = s.groups() * t * d, v0 = 2 * k0;
            parallel.run(s.groups(), 8L * s.groups() * t * d, g -> {
                VectorGemm.packTransposed(d, t, qkv, k0 + g * t * d, d, keys, g * keySize);
                VectorGemm.pack(t, d, qkv, v0 + g * t * d, d, values, g * valueSize);
            });
            parallel.run(s.groups() * blocks, 2L * s.groups() * t * t * d, task -> {
                int g = task / blocks, q0 = task % blocks * QUERIES, n = Math.min(QUERIES, t - q0), at = (g * t + q0) * d;
                float[] scores = scores(s, qkv, at, q0, n, keys, g * keySize, tableH, tableW);
                Arrays.fill(out, at, at + n * d, 0);
                float[] sums = Scratch.floats(Scratch.ROW, QUERIES);
                for (int i = 0; i < n; i++) {
                    float max = VectorMath.max(scores, i * padded(t), t);
                    sums[i] = VectorMath.expMinus(scores, i * padded(t), t, max);
                    logSumExp[g * t + q0 + i] = (float) (max + StrictMath.log(sums[i]));
                }
                VectorGemm.multiply(n, d, t, scores, 0, padded(t), values, g * valueSize, t * VectorGemm.NR, out, at, d);
                for (int i = 0; i < n; i++) scale(out, at + i * d, d, 1 / sums[i]);
            });
        } finally {
            pool.give(keys);
            pool.give(values);
        }
    }

    void backward(AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp, float[] dout, float[] dqkv,
            float[] drelH,
            float[] drelW) {
        final int d = s.dim(), sizeH = relH.length, sizeW = relW.length;
        float[] perGroupH = pool.take(s.groups() * sizeH), perGroupW = pool.take(s.groups() * sizeW);
        try {
            final float[] tableH = packTable(relH, s.height(), d), tableW = packTable(relW, s.width(), d);
            parallel.run(s.groups(), 8L * s.groups() * s.tokens() * s.tokens() * d, g -> {
                var group = new Backward(s, g, qkv, relH, relW, tableH, tableW, perGroupH, perGroupW);
                group.run(out, logSumExp, dout, dqkv);
            });
            sumGroups(s.groups(), perGroupH, drelH);
            sumGroups(s.groups(), perGroupW, drelW);
        } finally {
            pool.give(perGroupH);
            pool.give(perGroupW);
        }
    }

    private static void sumGroups(int groups, float[] parts, float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            double total = 0;
            for (int g = 0; g < groups; g++) total += parts[g * sum.length + i];
            sum[i] = (float) total;
        }
    }

    /// The backward pass of one group. `∂` of what the forward pass did, block by block of queries:
    ///
    ///     s = scale·q·kᵀ + bias      so   dq += scale · ds·k,   dk += scale · dsᵀ·q
    ///     p = exp(s − lse)           so   ds = p · (dp − Σ dout·out)
    ///     o = p·v                    so   dp = dout·vᵀ,   dv += pᵀ·dout
    ///     bias[i, j] = q·relH[offset]  so  dq += dbiasH·relH,  drelH += dbiasHᵀ·q, where dbiasH sums ds over the keys of an offset
    private static final class Backward {
        private final AttentionShape s;
        private final int g;
        private final float[] qkv;
        private final float[] relH;
        private final float[] relW;
        private final float[] tableH;
        private final float[] tableW;
        private final float[] drelH;
        private final float[] drelW;
        private final int t;
        private final int d;
        private final int wide;
        private final float[] keysAcross;                                          // B = kᵀ: d rows, t columns
        private final float[] valuesAcross;                                        // B = vᵀ
        private final float[] keysDown;                                            // B = k: t rows, d columns
        private final float[] dk;
        private final float[] dv;

        Backward(AttentionShape s, int g, float[] qkv, float[] relH, float[] relW, float[] tableH, float[] tableW, float[] drelH,
                float[] drelW) {
            this.s = s;
            this.g = g;
            this.qkv = qkv;
            this.relH = relH;
            this.relW = relW;
            this.tableH = tableH;
            this.tableW = tableW;
            this.drelH = drelH;
            this.drelW = drelW;
            t = s.tokens();
            d = s.dim();
            wide = padded(t);
            keysAcross = new float[wide * d];
            valuesAcross = new float[wide * d];
            keysDown = new float[padded(d) * t];
            dk = new float[t * d];
            dv = new float[t * d];
        }

        void run(float[] out, float[] logSumExp, float[] dout, float[] dqkv) {
            int k0 = (s.groups() + g) * t * d, v0 = (2 * s.groups() + g) * t * d;
            VectorGemm.packTransposed(d, t, qkv, k0, d, keysAcross, 0);
            VectorGemm.packTransposed(d, t, qkv, v0, d, valuesAcross, 0);
            VectorGemm.pack(t, d, qkv, k0, d, keysDown, 0);
            Arrays.fill(drelH, g * relH.length, (g + 1) * relH.length, 0);
            Arrays.fill(drelW, g * relW.length, (g + 1) * relW.length, 0);
            for (int q0 = 0; q0 < t; q0 += QUERIES) block(q0, Math.min(QUERIES, t - q0), out, logSumExp, dout, dqkv);
            System.arraycopy(dk, 0, dqkv, k0, t * d);
            System.arraycopy(dv, 0, dqkv, v0, t * d);
        }

        private void block(int q0, int n, float[] out, float[] logSumExp, float[] dout, float[] dqkv) {
            final int at = (g * t + q0) * d;
            final float scale = (float) s.scale();
            float[] p = scores(s, qkv, at, q0, n, keysAcross, 0, tableH, tableW);
            float[] ds = Scratch.floats(Scratch.MORE_SCORES, QUERIES * wide);
            Arrays.fill(ds, 0, n * wide, 0);
            VectorGemm.multiply(n, wide, d, dout, at, d, valuesAcross, 0, d * VectorGemm.NR, ds, 0, wide);
            for (int i = 0; i < n; i++) {
                VectorMath.expMinus(p, i * wide, t, logSumExp[g * t + q0 + i]);
                float delta = 0;
                for (int c = 0; c < d; c++) delta = Math.fma(dout[at + i * d + c], out[at + i * d + c], delta);
                for (int j = i * wide; j < i * wide + t; j++) ds[j] = p[j] * (ds[j] - delta);
            }
            accumulate(p, n, dout, at, dv);
            for (int i = 0; i < n * d; i++) dqkv[at + i] = 0;
            VectorGemm.multiply(n, d, t, ds, 0, wide, keysDown, 0, t * VectorGemm.NR, dqkv, at, d);
            for (int i = 0; i < n * d; i++) dqkv[at + i] *= scale;
            relativePositions(q0, n, ds, dqkv, at);
            for (int i = 0; i < n; i++) scale(ds, i * wide, t, scale);
            accumulate(ds, n, qkv, at, dk);
        }

        /// `sum (t, d) += xᵀ · y`, `x (n, t)` with rows `wide` apart, `y (n, d)`.
        private void accumulate(float[] x, int n, float[] y, int y0, float[] sum) {
            float[] turned = Scratch.floats(Scratch.TRANSPOSED, t * QUERIES), panels = Scratch.floats(Scratch.PANELS, padded(d) * QUERIES);
            VectorGemm.transpose(n, t, x, 0, wide, turned, 0, n);
            VectorGemm.pack(n, d, y, y0, d, panels, 0);
            VectorGemm.multiply(t, d, n, turned, 0, n, panels, 0, n * VectorGemm.NR, sum, 0, d);
        }

        private void relativePositions(int q0, int n, float[] ds, float[] dqkv, int at) {
            int h = s.height(), w = s.width();
            float[] byRow = Scratch.floats(Scratch.REL_H, 2 * h), byColumn = Scratch.floats(Scratch.REL_W, 2 * w);
            for (int i = 0; i < n; i++) {
                Arrays.fill(byRow, 0, h, 0);
                Arrays.fill(byColumn, 0, w, 0);
                for (int kh = 0, j = i * wide; kh < h; kh++) {
                    float sum = 0;
                    for (int kw = 0; kw < w; kw++, j++) {
                        sum += ds[j];
                        byColumn[kw] += ds[j];
                    }
                    byRow[kh] = sum;
                }
                int row = (q0 + i) / w, column = (q0 + i) % w, q = at + i * d;
                for (int kh = 0; kh < h; kh++) offset(byRow[kh], relH, drelH, row - kh + h - 1, q, dqkv);
                for (int kw = 0; kw < w; kw++) offset(byColumn[kw], relW, drelW, column - kw + w - 1, q, dqkv);
            }
        }

        /// One offset's share: `dq += b · rel[offset]`, `drel[offset] += b · q`.
        private void offset(float b, float[] rel, float[] drel, int offset, int q, float[] dqkv) {
            int table = offset * d, part = g * rel.length + table;
            for (int c = 0; c < d; c++) {
                dqkv[q + c] = Math.fma(b, rel[table + c], dqkv[q + c]);
                drel[part + c] = Math.fma(b, qkv[q + c], drel[part + c]);
            }
        }
    }

    /// Scores of `n` queries from `q0` on with every key, relative positions included: `(n, padded(t))` in this thread's scratch.
    private static float[] scores(AttentionShape s, float[] qkv, int at, int q0, int n, float[] keys, int keys0, float[] tableH,
            float[] tableW) {
        final int t = s.tokens(), d = s.dim(), wide = padded(t), h = s.height(), w = s.width();
        final float scale = (float) s.scale();
        float[] scores = Scratch.floats(Scratch.SCORES, QUERIES * wide), q = Scratch.floats(Scratch.QUERIES, QUERIES * d);
        for (int i = 0; i < n * d; i++) q[i] = qkv[at + i] * scale;
        Arrays.fill(scores, 0, n * wide, 0);
        VectorGemm.multiply(n, wide, d, q, 0, d, keys, keys0, d * VectorGemm.NR, scores, 0, wide);

        int wideH = padded(2 * h - 1), wideW = padded(2 * w - 1);
        float[] byH = Scratch.floats(Scratch.REL_H, QUERIES * wideH), byW = Scratch.floats(Scratch.REL_W, QUERIES * wideW + w);
        Arrays.fill(byH, 0, n * wideH, 0);
        Arrays.fill(byW, 0, n * wideW, 0);
        VectorGemm.multiply(n, wideH, d, qkv, at, d, tableH, 0, d * VectorGemm.NR, byH, 0, wideH);       // unscaled q
        VectorGemm.multiply(n, wideW, d, qkv, at, d, tableW, 0, d * VectorGemm.NR, byW, 0, wideW);
        int turned = QUERIES * wideW;                                              // one query's row terms, by key column
        for (int i = 0; i < n; i++) {
            int row = (q0 + i) / w, column = (q0 + i) % w;
            for (int kw = 0; kw < w; kw++) byW[turned + kw] = byW[i * wideW + column - kw + w - 1];
            for (int kh = 0, j = i * wide; kh < h; kh++, j += w) {
                float b = byH[i * wideH + row - kh + h - 1];
                for (int kw = 0; kw < w; kw++) scores[j + kw] += b + byW[turned + kw];
            }
        }
        return scores;
    }

    private static float[] packTable(float[] table, int side, int d) {
        float[] panels = new float[padded(2 * side - 1) * d];
        VectorGemm.packTransposed(d, 2 * side - 1, table, 0, d, panels, 0);
        return panels;
    }

    private static int padded(int n) {
        return VectorGemm.panels(n) * VectorGemm.NR;
    }

    private static void scale(float[] x, int x0, int n, float by) {
        for (int i = 0; i < n; i++) x[x0 + i] *= by;
    }
}
