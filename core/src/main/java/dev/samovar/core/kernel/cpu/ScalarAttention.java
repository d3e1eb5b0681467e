package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.cpu.ScalarMatmul.View;
import java.util.Arrays;

/// Attention with relative positions for a block of [#QUERIES] queries at a time: their scores with all keys are one matrix product,
/// small enough for scratch memory; then come two passes of softmax, and one more product.
final class ScalarAttention {
    /// Queries of a block. With 4096 keys, its scores take 1 MiB.
    private static final int QUERIES = 64;

    private ScalarAttention() {}

    static void forward(Parallel parallel, AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp) {
        int tokens = s.tokens(), d = s.dim(), blocks = Math.ceilDiv(tokens, QUERIES);
        Split.run(parallel, s.groups() * blocks, 2L * Math.min(tokens, QUERIES) * tokens * d, (from, to) -> {
            float[] scores = new float[Math.min(tokens, QUERIES) * tokens];
            for (int block = from; block < to; block++) {
                int group = block / blocks, query = block % blocks * QUERIES, count = Math.min(QUERIES, tokens - query);
                scores(s, qkv, relH, relW, group, query, count, scores);
                int first = group * tokens + query;
                for (int i = 0; i < count; i++) logSumExp[first + i] = softmaxRow(tokens, scores, i * tokens);
                Arrays.fill(out, first * d, (first + count) * d, 0);
                View values = new View(qkv, (2 * s.groups() + group) * tokens * d, d, 1);
                ScalarMatmul.addProduct(count, d, tokens, new View(scores, 0, tokens, 1), values, new View(out, first * d, d, 1));
            }
        });
    }

    /// `scores (count, tokens)`, each `(q · k)/√dim + q · relH[…] + q · relW[…]`, for queries from `query` on.
    private static void scores(AttentionShape s, float[] qkv, float[] relH, float[] relW, int group, int query, int count, float[] scores) {
        int tokens = s.tokens(), d = s.dim(), height = s.height(), width = s.width();
        float scale = (float) s.scale();
        int q = (group * tokens + query) * d, k = (s.groups() + group) * tokens * d;
        Arrays.fill(scores, 0, count * tokens, 0);
        ScalarMatmul.addProduct(count, tokens, d, new View(qkv, q, d, 1), new View(qkv, k, 1, d), new View(scores, 0, tokens, 1));
        float[] columns = new float[width];
        for (int i = 0; i < count; i++) {
            int h = (query + i) / width, w = (query + i) % width;
            for (int col = 0; col < width; col++) columns[col] = (float) Sums.dot(d, qkv, q + i * d, relW, (w - col + width - 1) * d);
            for (int row = 0; row < height; row++) {
                float ofRow = (float) Sums.dot(d, qkv, q + i * d, relH, (h - row + height - 1) * d);
                int at = i * tokens + row * width;
                for (int col = 0; col < width; col++) scores[at + col] = Math.fma(scores[at + col], scale, ofRow + columns[col]);
            }
        }
    }

    /// Softmax in place; returns `log Σ exp`.
    private static float softmaxRow(int n, float[] x, int at) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = at; j < at + n; j++) max = Math.max(max, x[j]);
        for (int j = at; j < at + n; j++) x[j] = Approximations.exp(x[j] - max);
        double sum = Sums.sum(x, at, at + n);
        float scale = (float) (1 / sum);
        for (int j = at; j < at + n; j++) x[j] *= scale;
        return (float) (max + StrictMath.log(sum));
    }

    /// Groups run in parallel. `drelH` and `drelW` get contributions from all groups, so every group fills a copy of its own, and the copies are
    /// summed in order.
    static void backward(Parallel parallel, AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp,
            float[] dout,
            float[] dqkv, float[] drelH, float[] drelW) {
        float[][] ofGroupH = new float[s.groups()][drelH.length], ofGroupW = new float[s.groups()][drelW.length];
        Split.run(parallel, s.groups(), 5L * s.tokens() * s.tokens() * s.dim(), (from, to) -> {
            for (int group = from; group < to; group++) {
                backwardOfGroup(s, qkv, relH, relW, out, logSumExp, dout, dqkv, ofGroupH[group], ofGroupW[group], group);
            }
        });
        addUp(ofGroupH, drelH);
        addUp(ofGroupW, drelW);
    }

    private static void addUp(float[][] parts, float[] y) {
        double[] sum = new double[y.length];
        for (float[] part : parts) {
            for (int i = 0; i < sum.length; i++) sum[i] += part[i];
        }
        for (int i = 0; i < sum.length; i++) y[i] = (float) sum[i];
    }

    private static void backwardOfGroup(AttentionShape s, float[] qkv, float[] relH, float[] relW, float[] out, float[] logSumExp,
            float[] dout,
            float[] dqkv, float[] drelH, float[] drelW, int group) {
        int tokens = s.tokens(), d = s.dim();
        int q = group * tokens * d, k = (s.groups() + group) * tokens * d, v = (2 * s.groups() + group) * tokens * d;
        float scale = (float) s.scale();
        Arrays.fill(dqkv, q, q + tokens * d, 0);
        Arrays.fill(dqkv, k, k + tokens * d, 0);
        Arrays.fill(dqkv, v, v + tokens * d, 0);
        float[] p = new float[Math.min(tokens, QUERIES) * tokens], ds = new float[p.length];
        for (int query = 0; query < tokens; query += QUERIES) {
            int count = Math.min(QUERIES, tokens - query), mine = q + query * d;
            scores(s, qkv, relH, relW, group, query, count, p);
            for (int i = 0; i < count; i++) {
                float lse = logSumExp[group * tokens + query + i];
                for (int j = i * tokens; j < (i + 1) * tokens; j++) p[j] = Approximations.exp(p[j] - lse);
            }

            // In the forward pass this was out = p · v, so now we have dv = pᵀ · dout and dp = dout · vᵀ.
            View probabilities = new View(p, 0, tokens, 1), scoreGrads = new View(ds, 0, tokens, 1), grads = new View(dout, mine, d, 1);
            ScalarMatmul.addProduct(tokens, d, count, probabilities.transposed(), grads, new View(dqkv, v, d, 1));
            Arrays.fill(ds, 0);
            ScalarMatmul.addProduct(count, tokens, d, grads, new View(qkv, v, 1, d), scoreGrads);

            // In the forward pass this was p = softmax(score), so now we have ds = p · (dp − Σ dp · p), and Σ dp · p is dout · out.
            for (int i = 0; i < count; i++) {
                float dot = (float) Sums.dot(d, dout, mine + i * d, out, mine + i * d);
                for (int j = i * tokens; j < (i + 1) * tokens; j++) ds[j] = p[j] * (ds[j] - dot);
            }

            // In the forward pass this was score = scale · (q · k) + positions, so now we have dq = scale · ds · k and dk = scale · dsᵀ · q.
            ScalarMatmul.addProduct(count, d, tokens, scoreGrads, new View(qkv, k, d, 1), new View(dqkv, mine, d, 1));
            ScalarMatmul.addProduct(tokens, d, count, scoreGrads.transposed(), new View(qkv, mine, d, 1), new View(dqkv, k, d, 1));
            for (int i = mine; i < mine + count * d; i++) dqkv[i] *= scale;
            for (int i = 0; i < count; i++) {
                positions(s, query + i, ds, i * tokens, qkv, dqkv, mine + i * d, relH, relW, drelH, drelW);
            }
        }
        for (int i = k; i < k + tokens * d; i++) dqkv[i] *= scale;
    }

    /// In the forward pass this query met one `relH` for each row of keys and one `relW` for each column. So their gradients come from the sums of
    /// `ds` over that row or column, and `dq` grows by these sums times the vectors that it met.
    private static void positions(AttentionShape s, int query, float[] ds, int dsAt, float[] qkv, float[] dqkv, int q, float[] relH,
            float[] relW,
            float[] drelH, float[] drelW) {
        int d = s.dim(), height = s.height(), width = s.width();
        float[] columns = new float[width];
        for (int row = 0; row < height; row++) {
            float sum = 0;
            for (int col = 0; col < width; col++) {
                float g = ds[dsAt + row * width + col];
                sum += g;
                columns[col] += g;
            }
            position(d, sum, qkv, dqkv, q, relH, drelH, (query / width - row + height - 1) * d);
        }
        for (int col = 0; col < width; col++) position(d, columns[col], qkv, dqkv, q, relW, drelW, (query % width - col + width - 1) * d);
    }

    private static void position(int d, float g, float[] qkv, float[] dqkv, int q, float[] rel, float[] drel, int r) {
        for (int c = 0; c < d; c++) {
            dqkv[q + c] = Math.fma(g, rel[r + c], dqkv[q + c]);
            drel[r + c] = Math.fma(g, qkv[q + c], drel[r + c]);
        }
    }
}
