package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.AttentionShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Attention with decomposed relative positions. Scores are stored transposed, with keys down and queries across, so queries are the lanes of
/// vectors: the softmax of a query runs down a lane, and no sum is taken across lanes.
///
/// A task does [#PANELS] panels of queries with all keys of their group, [#KEYS] keys at a time: `scores = K · Qᵀ` starts from the terms of the
/// relative positions, the softmax is updated from block to block (Milakov and Gimelshein, 2018), and `out = Vᵀ · P` is accumulated. A block of keys
/// and values (120 KiB for 64 channels) stays in the second cache for all panels of the task, the scores of one panel (15 KiB at 256 bits) in the
/// first. Keys and values are packed into strips once per group.
///
/// The terms of the relative positions are two small products of the unscaled queries with the tables, `(2·height−1, queries)` and `(2·width−1,
/// queries)`, of which each query uses a contiguous part.
///
/// The backward pass recomputes the scores of a few panels of queries with a block of keys, as small as in the forward pass, so that they never leave
/// the second cache. A group is one task, which does its blocks one after another, so sums over queries have a fixed order; the tables' gradients are
/// summed within each group first, then over groups.
final class VectorAttention {
    /// Panels of queries of a task.
    static final int PANELS = 8;
    /// Keys of a block; a multiple of the height of a strip.
    static final int KEYS = 240;
    private static final int NR = VectorGemm.NR;
    private static final int QUERIES = PANELS * NR;
    private static final double LN_2 = 0.6931471805599453;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorAttention(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    /// The tables of relative positions in strips.
    static final class Tables {
        final float[] high;
        final float[] wide;

        Tables(float[] high, float[] wide) {
            this.high = high;
            this.wide = wide;
        }

        /// In arrays from a pool, which [#giveTo] gives back.
        static Tables pack(AttentionShape s, float[] relH, float[] relW, CpuMemory pool) {
            float[] high = pool.take(relH.length), wide = pool.take(relW.length);
            VectorGemm.packStrips(2 * s.height() - 1, s.dim(), relH, 0, s.dim(), 1, high, 0);
            VectorGemm.packStrips(2 * s.width() - 1, s.dim(), relW, 0, s.dim(), 1, wide, 0);
            return new Tables(high, wide);
        }

        /// Transposed tables, `(dim, offsets)`.
        static Tables packDown(AttentionShape s, float[] relH, float[] relW, CpuMemory pool) {
            float[] high = pool.take(relH.length), wide = pool.take(relW.length);
            VectorGemm.packStrips(s.dim(), 2 * s.height() - 1, relH, 0, 1, s.dim(), high, 0);
            VectorGemm.packStrips(s.dim(), 2 * s.width() - 1, relW, 0, 1, s.dim(), wide, 0);
            return new Tables(high, wide);
        }

        void giveTo(CpuMemory pool) {
            pool.give(high);
            pool.give(wide);
        }
    }

    void forward(AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp) {
        final int t = s.tokens(), d = s.dim(), blocks = Math.ceilDiv(t, QUERIES), k0 = s.groups() * t * d, v0 = 2 * k0;
        float[] keys = pool.take(k0), values = pool.take(k0);
        Tables tables = Tables.pack(s, relH, relW, pool);
        try {
            parallel.run(s.groups(), 8L * s.groups() * t * d, g -> {
                VectorGemm.packStrips(t, d, qkv, k0 + g * t * d, d, 1, keys, g * t * d);
                VectorGemm.packStrips(d, t, qkv, v0 + g * t * d, 1, d, values, g * t * d);
            });
            parallel.run(s.groups() * blocks, 2L * s.groups() * t * t * d, task -> {
                int g = task / blocks, q0 = task % blocks * QUERIES, n = Math.min(QUERIES, t - q0), at = (g * t + q0) * d;
                float[] q = Scratch.floats(Scratch.QUERIES, QUERIES * d), y = Scratch.floats(Scratch.OUT, QUERIES * d),
                        lse = Scratch.floats(Scratch.ROW, QUERIES);
                VectorGemm.packTransposed(d, n, qkv, at, d, q, 0);
                attend(s, n, null, q0, q, keys, g * t * d, values, g * t * d, tables, y, lse);
                for (int i = 0; i < n; i += NR) VectorGemm.unpackTransposed(d, Math.min(NR, n - i), y, i * d, out, at + i * d, d);
                System.arraycopy(lse, 0, logSumExp, g * t + q0, n);
            });
        } finally {
            pool.give(keys);
            pool.give(values);
            tables.giveTo(pool);
        }
    }

    /// `out = softmax(scores) · v` for the `n ≤ PANELS · NR` queries in panels `q`, against the keys (strips of `(tokens, dim)`) and values (strips of `(dim, tokens)`) of their group.
    ///
    /// Query `i` is at place `places[first + i]` of the grid, or, without `places`, at `first + i`. `logSumExp` receives one value per query.
    static void attend(AttentionShape s, int n, int @Nullable [] places, int first, float[] q, float[] keys, int k0, float[] values, int v0,
            Tables tables, float[] out, float @Nullable [] logSumExp) {
        final int t = s.tokens(), d = s.dim(), panels = VectorGemm.panels(n), h = s.height() * NR, w = s.width() * NR;
        float[] byRow = Scratch.floats(Scratch.REL_H, PANELS * h), byColumn = Scratch.floats(Scratch.REL_W, PANELS * w);
        float[] qLog2 = Scratch.floats(Scratch.SCALED, QUERIES * d), scores = Scratch.floats(Scratch.SCORES, KEYS * NR);
        VectorPanels.scale(panels * d * NR, q, 0, Approximations.LOG2_E, qLog2, 0);           // q · log₂e, because exp(x) = 2^(x · log₂e)
        relativePositions(s, n, places, first, qLog2, tables, byRow, byColumn);    // … not yet divided by √d
        VectorPanels.scale(panels * d * NR, qLog2, 0, (float) s.scale(), qLog2, 0);           // q · log₂e/√d, for the products with keys
        float[] max = Scratch.floats(Scratch.MAX, QUERIES), sum = Scratch.floats(Scratch.SUM, QUERIES), factor = Scratch.floats(Scratch.FACTOR, NR);
        Arrays.fill(max, 0, panels * NR, Float.NEGATIVE_INFINITY);
        Arrays.fill(sum, 0, panels * NR, 0);
        Arrays.fill(out, 0, panels * d * NR, 0);
        for (int kb = 0; kb < t; kb += KEYS) {
            int kc = Math.min(KEYS, t - kb);
            for (int j = 0; j < panels; j++) {
                VectorPanels.positions(kc, kb, s.width(), byRow, j * h, byColumn, j * w, scores, 0, NR);
                VectorGemm.multiplyStrips(kc, NR, d, keys, k0 + kb * d, qLog2, j * d * NR, 0, scores, 0, NR);
                VectorPanels.softmaxStep(kc, scores, max, sum, j * NR, factor);
                if (kb > 0) VectorPanels.scaleLanes(d, out, j * d * NR, factor, 0);
                VectorGemm.multiplyStrips(d, NR, kc, values, v0, t, kb, scores, 0, 0, out, j * d * NR, NR, NR);
            }
        }
        for (int i = 0; i < panels * NR; i++) {
            if (logSumExp != null) logSumExp[i] = (float) (max[i] * LN_2 + StrictMath.log(sum[i]));
            sum[i] = 1 / sum[i];
        }
        for (int j = 0; j < panels; j++) VectorPanels.scaleLanes(d, out, j * d * NR, sum, j * NR);
    }

    /// `byRow[panel][kh] = q · relH[h − kh + height − 1]` and `byColumn[panel][kw] = q · relW[w − kw + width − 1]` for the queries of a few panels.
    private static void relativePositions(AttentionShape s, int n, int @Nullable [] places, int first, float[] q, Tables tables,
            float[] byRow,
            float[] byColumn) {
        final int h = s.height(), w = s.width(), d = s.dim();
        float[] offsets = Scratch.floats(Scratch.OFFSETS, 2 * Math.max(h, w) * NR);
        for (int i = 0; i < n; i += NR) {
            int lanes = Math.min(NR, n - i);
            Arrays.fill(offsets, 0, 2 * h * NR, 0);
            VectorGemm.multiplyStrips(2 * h - 1, NR, d, tables.high, 0, q, i * d, 0, offsets, 0, NR);
            for (int lane = 0; lane < lanes; lane++) {
                int from = (place(places, first + i + lane) / w + h - 1) * NR + lane, to = i * h + lane;
                for (int kh = 0; kh < h; kh++) byRow[to + kh * NR] = offsets[from - kh * NR];
            }
            Arrays.fill(offsets, 0, 2 * w * NR, 0);
            VectorGemm.multiplyStrips(2 * w - 1, NR, d, tables.wide, 0, q, i * d, 0, offsets, 0, NR);
            for (int lane = 0; lane < lanes; lane++) {
                int from = (place(places, first + i + lane) % w + w - 1) * NR + lane, to = i * w + lane;
                for (int kw = 0; kw < w; kw++) byColumn[to + kw * NR] = offsets[from - kw * NR];
            }
            for (int lane = lanes; lane < NR; lane++) {                            // lanes without a query: any finite number will do
                for (int kh = 0; kh < h; kh++) byRow[i * h + kh * NR + lane] = 0;
                for (int kw = 0; kw < w; kw++) byColumn[i * w + kw * NR + lane] = 0;
            }
        }
    }

    private static int place(int @Nullable [] places, int i) {
        return places == null ? i : places[i];
    }

    void backward(AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp, float[] dout, float[] dqkv,
            float[] drelH, float[] drelW) {
        float[] perGroupH = pool.take(s.groups() * relH.length), perGroupW = pool.take(s.groups() * relW.length);
        Tables tables = Tables.pack(s, relH, relW, pool), down = Tables.packDown(s, relH, relW, pool);
        try {
            parallel.run(s.groups(), 8L * s.groups() * s.tokens() * s.tokens() * s.dim(), g -> {
                var group = new Backward(s, g, qkv, tables, down, perGroupH, perGroupW, pool);
                try {
                    group.run(out, logSumExp, dout, dqkv);
                } finally {
                    group.giveTo(pool);
                }
            });
            sumGroups(s.groups(), perGroupH, drelH);
            sumGroups(s.groups(), perGroupW, drelW);
        } finally {
            tables.giveTo(pool);
            down.giveTo(pool);
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

    /// The backward pass of one group: the derivative of each step of the forward pass, for some queries and keys at a time. `s`, `p` and `ds` are
    /// `(keys, queries)`, in panels of queries:
    ///
    ///     s = k·(scale·q)ᵀ + bias    so   dqᵀ += scale · kᵀ·ds,   dk += scale · ds·q
    ///     p = exp(s − lse)           so   ds = p · (dp − Σ dout·out)
    ///     o = pᵀ·v                   so   dp = v·doutᵀ,   dv += p·dout
    ///     bias[j, i] = q·rel[offset]  so  dqᵀ += relᵀ·dbias,  drel += dbias·q, where dbias sums ds over the keys of an offset
    private static final class Backward {
        private final AttentionShape s;
        private final int g;
        private final float[] qkv;
        private final Tables tables;
        private final Tables down;
        private final float[] drelH;
        private final float[] drelW;
        private final int t;
        private final int d;
        private final float[] keys;                                                // A = k, in strips
        private final float[] values;                                              // A = v, in strips
        private final float[] keysDown;                                            // A = kᵀ, in strips
        private final float[] dk;
        private final float[] dv;

        Backward(AttentionShape s, int g, float[] qkv, Tables tables, Tables down, float[] drelH, float[] drelW, CpuMemory pool) {
            this.s = s;
            this.g = g;
            this.qkv = qkv;
            this.tables = tables;
            this.down = down;
            this.drelH = drelH;
            this.drelW = drelW;
            t = s.tokens();
            d = s.dim();
            keys = pool.take(t * d);
            values = pool.take(t * d);
            keysDown = pool.take(t * d);
            dk = pool.take(t * d);
            dv = pool.take(t * d);
            Arrays.fill(dk, 0);
            Arrays.fill(dv, 0);
        }

        void giveTo(CpuMemory pool) {
            pool.give(keys);
            pool.give(values);
            pool.give(keysDown);
            pool.give(dk);
            pool.give(dv);
        }

        void run(float[] out, float[] logSumExp, float[] dout, float[] dqkv) {
            final int k0 = (s.groups() + g) * t * d, v0 = (2 * s.groups() + g) * t * d, high = (2 * s.height() - 1) * d,
                    wide = (2 * s.width() - 1) * d;
            VectorGemm.packStrips(t, d, qkv, k0, d, 1, keys, 0);
            VectorGemm.packStrips(t, d, qkv, v0, d, 1, values, 0);
            VectorGemm.packStrips(d, t, qkv, k0, 1, d, keysDown, 0);
            Arrays.fill(drelH, g * high, (g + 1) * high, 0);
            Arrays.fill(drelW, g * wide, (g + 1) * wide, 0);
            for (int q0 = 0; q0 < t; q0 += QUERIES) queries(q0, Math.min(QUERIES, t - q0), out, logSumExp, dout, dqkv);
            final float scale = (float) s.scale();
            for (int i = 0; i < t * d; i++) dk[i] *= scale;
            System.arraycopy(dk, 0, dqkv, k0, t * d);
            System.arraycopy(dv, 0, dqkv, v0, t * d);
        }

        /// The queries `q0 … q0+n−1` with every key.
        private void queries(int q0, int n, float[] out, float[] logSumExp, float[] dout, float[] dqkv) {
            final int at = (g * t + q0) * d, panels = VectorGemm.panels(n), h = s.height() * NR, w = s.width() * NR;
            float[] lse = Scratch.floats(Scratch.MAX, QUERIES), delta = Scratch.floats(Scratch.SUM, QUERIES);
            Arrays.fill(lse, n, panels * NR, 0);
            Arrays.fill(delta, n, panels * NR, 0);
            for (int i = 0; i < n; i++) {
                float sum = 0;
                for (int c = at + i * d; c < at + (i + 1) * d; c++) sum = Math.fma(dout[c], out[c], sum);
                delta[i] = sum;
                lse[i] = (float) (logSumExp[g * t + q0 + i] / LN_2);
            }
            float[] q = Scratch.floats(Scratch.QUERIES, QUERIES * d), qAcross = Scratch.floats(Scratch.NORMED, VectorGemm.padded(d) * n);
            float[] grad = Scratch.floats(Scratch.SCALED, QUERIES * d), gradAcross = Scratch.floats(Scratch.PANELS, VectorGemm.padded(d)
                    * n);
            VectorGemm.packTransposed(d, n, qkv, at, d, q, 0);
            VectorGemm.packTransposed(d, n, dout, at, d, grad, 0);
            VectorGemm.pack(n, d, qkv, at, d, qAcross, 0);
            VectorGemm.pack(n, d, dout, at, d, gradAcross, 0);
            float[] byRow = Scratch.floats(Scratch.REL_H, PANELS * h), byColumn = Scratch.floats(Scratch.REL_W, PANELS * w);
            VectorPanels.scale(panels * d * NR, q, 0, Approximations.LOG2_E, q, 0);
            VectorAttention.relativePositions(s, n, null, q0, q, tables, byRow, byColumn);
            VectorPanels.scale(panels * d * NR, q, 0, (float) s.scale(), q, 0);

            float[] dq = Scratch.floats(Scratch.OUT, QUERIES * d), dbias = Scratch.floats(Scratch.HIDDEN, PANELS * (h + w));
            Arrays.fill(dq, 0, panels * d * NR, 0);
            Arrays.fill(dbias, 0, panels * (h + w), 0);
            float[] p = Scratch.floats(Scratch.SCORES, KEYS * QUERIES), ds = Scratch.floats(Scratch.MORE_SCORES, KEYS * QUERIES);
            for (int kb = 0; kb < t; kb += KEYS) {
                final int kc = Math.min(KEYS, t - kb), panel = kc * NR;
                for (int j = 0; j < panels; j++)
                    VectorPanels.positions(kc, kb, s.width(), byRow, j * h, byColumn, j * w, p, j * panel, NR);
                VectorGemm.multiplyStrips(kc, panels * NR, d, keys, kb * d, d, 0, q, 0, d * NR, p, 0, NR, panel);
                Arrays.fill(ds, 0, panels * panel, 0);
                VectorGemm.multiplyStrips(kc, panels * NR, d, values, kb * d, d, 0, grad, 0, d * NR, ds, 0, NR, panel);
                for (int j = 0; j < panels; j++) {
                    VectorPanels.softmaxGrad(kc, p, ds, j * panel, lse, delta, j * NR);
                    VectorPanels.sumPositions(kc, kb, s.width(), ds, j * panel, dbias, j * (h + w), j * (h + w) + h);
                }
                VectorGemm.multiplyStrips(d, panels * NR, kc, keysDown, 0, t, kb, ds, 0, panel, dq, 0, NR, d * NR);
                VectorGemm.multiplyPanels(kc, d, n, p, 0, panel, gradAcross, 0, n * NR, dv, kb * d, d);
                VectorGemm.multiplyPanels(kc, d, n, ds, 0, panel, qAcross, 0, n * NR, dk, kb * d, d);
            }
            VectorPanels.scale(panels * d * NR, dq, 0, (float) s.scale(), dq, 0);
            relativePositions(q0, n, dbias, qAcross, dq);
            for (int i = 0; i < n; i += NR) VectorGemm.unpackTransposed(d, Math.min(NR, n - i), dq, i * d, dqkv, at + i * d, d);
        }

        /// What the relative positions add to `dq`, and the gradients of their tables.
        private void relativePositions(int q0, int n, float[] dbias, float[] qAcross, float[] dq) {
            final int h = s.height(), w = s.width();
            for (int j = 0; j * NR < n; j++) {
                int lanes = Math.min(NR, n - j * NR), first = q0 + j * NR, from = j * (h + w) * NR;
                float[] offsets = Scratch.floats(Scratch.OFFSETS, 2 * Math.max(h, w) * NR);
                Arrays.fill(offsets, 0, (2 * h - 1) * NR, 0);
                for (int lane = 0; lane < lanes; lane++) {
                    int to = ((first + lane) / w + h - 1) * NR + lane;
                    for (int kh = 0; kh < h; kh++) offsets[to - kh * NR] = dbias[from + kh * NR + lane];
                }
                table(2 * h - 1, n, j, offsets, down.high, qAcross, dq, drelH);
                Arrays.fill(offsets, 0, (2 * w - 1) * NR, 0);
                for (int lane = 0; lane < lanes; lane++) {
                    int to = ((first + lane) % w + w - 1) * NR + lane;
                    for (int kw = 0; kw < w; kw++) offsets[to - kw * NR] = dbias[from + (h + kw) * NR + lane];
                }
                table(2 * w - 1, n, j, offsets, down.wide, qAcross, dq, drelW);
            }
        }

        /// One table's share for panel `j` of `n` queries.
        private void table(int rows, int n, int j, float[] offsets, float[] table, float[] qAcross, float[] dq, float[] drel) {
            VectorGemm.multiplyStrips(d, NR, rows, table, 0, offsets, 0, rows * NR, dq, j * d * NR, NR);
            VectorGemm.multiply(rows, d, Math.min(NR, n - j * NR), offsets, 0, NR, 1, qAcross, j * NR * NR, n * NR, drel, g * rows * d, d);
        }
    }
}
