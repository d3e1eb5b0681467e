package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.TwoWayShape;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Attention between the few tokens of prompts and the many positions of an image, in both directions, without projecting a position: with `r` a row, a token of one head, and `W` the positions' projection,
///
///     score = r · (W·x) = (rᵀW) · x        Σ p · (W·x) = W · Σ p·x
///
/// so tokens go through `W` once, and positions are multiplied with as many rows as there are heads and tokens. A bias of the keys adds the same to all scores of a query, and changes nothing.
///
/// Towards the image, a task is a part of the positions of one prompt, with a softmax of its own; parts are put together in their order. Away from it, a task is some panels of positions, from the scores to the norm.
final class VectorTwoWay {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;
    /// Positions of a part.
    private static final int PART = 1024;
    /// Panels of positions that are multiplied at a time.
    private static final int PANELS = 4;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorTwoWay(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    // ---- tokens to image

    void tokensToImage(TwoWayShape s, float[] q, float[] x, float[] pe, float[] keys, float[] values, float[] valueBias, float[] out) {
        final int c = s.channels(), rows = s.rows(), parts = Math.ceilDiv(s.positions(), PART), size = rows * (c + 2);
        float[] through = pool.take(s.batch() * rows * c), sums = pool.take(Math.multiplyExact(s.batch() * parts, size));
        try {
            project(s, q, keys, through);
            parallel.run(s.batch() * parts, 2L * s.batch() * rows * c * s.positions(), task -> {
                int prompt = task / parts, first = task % parts * PART, n = Math.min(PART, s.positions() - first);
                part(s, through, prompt, first, n, x, pe, sums, task * size);
            });
            parallel.run(s.batch(), (long) s.batch() * rows * c * (parts + s.dim()), prompt -> together(s, prompt, parts, sums, values,
                    valueBias, out));
        } finally {
            pool.give(through);
            pool.give(sums);
        }
    }

    /// Tokens `(batch, tokens, inner)` through a projection `(inner, channels)`, as strips of `(rows, channels)` for each prompt, scaled.
    private void project(TwoWayShape s, float[] tokens, float[] weight, float[] strips) {
        final int c = s.channels(), rows = s.rows(), d = s.dim();
        final float scale = (float) s.scale();
        parallel.run(s.batch(), (long) s.batch() * rows * c * d, prompt -> {
            float[] plain = Scratch.floats(Scratch.OUT, rows * c);
            Arrays.fill(plain, 0, rows * c, 0);
            for (int r = 0; r < rows; r++) {
                int head = r / s.tokens(), token = (prompt * s.tokens() + r % s.tokens()) * s.inner() + head * d;
                for (int e = 0; e < d; e++) add(c, scale * tokens[token + e], weight, (head * d + e) * c, plain, r * c);
            }
            VectorGemm.packStrips(rows, c, plain, 0, c, 1, strips, prompt * rows * c);
        });
    }

    /// `y += by · x` for `n` values.
    private static void add(int n, float by, float[] x, int x0, float[] y, int y0) {
        for (int i = 0; i < n; i++) y[y0 + i] = Math.fma(by, x[x0 + i], y[y0 + i]);
    }

    /// Of some positions, for each row: `Σ exp(score − largest)·x`, then the largest score, then `Σ exp(score − largest)`.
    private static void part(TwoWayShape s, float[] through, int prompt, int first, int n, float[] x, float[] pe, float[] sums, int to) {
        final int c = s.channels(), rows = s.rows(), image = prompt % s.images() * s.positions() + first, step = PANELS * NR;
        float[] scores = Scratch.floats(Scratch.SCORES, rows * PART), panels = Scratch.floats(Scratch.PANELS, Math.max(step * c,
                VectorGemm.KC * VectorGemm.padded(c)));
        Arrays.fill(scores, 0, rows * PART, 0);
        for (int j = 0; j < n; j += step) {
            int some = Math.min(step, n - j);
            atPlace(image + j, first + j, some, x, pe, c, panels);
            VectorGemm.multiplyStrips(rows, some, c, through, prompt * rows * c, panels, 0, c * NR, scores, j, PART);
        }
        for (int r = 0; r < rows; r++) {
            float max = VectorMath.max(scores, r * PART, n);
            sums[to + rows * c + r] = max;
            sums[to + rows * (c + 1) + r] = VectorMath.expMinus(scores, r * PART, n, max);
        }
        Arrays.fill(sums, to, to + rows * c, 0);
        for (int j = 0; j < n; j += VectorGemm.KC) {
            int some = Math.min(VectorGemm.KC, n - j);
            VectorGemm.pack(some, c, x, (image + j) * c, c, panels, 0);
            VectorGemm.multiply(rows, c, some, scores, j, PART, panels, 0, some * NR, sums, to, c);
        }
    }

    /// Panels of `n` positions, with their encoding.
    private static void atPlace(int position, int place, int n, float[] x, float[] pe, int c, float[] panels) {
        float[] rows = Scratch.floats(Scratch.TILE, NR * c);
        for (int j = 0; j < n; j += NR) {
            int some = Math.min(NR, n - j);
            for (int i = 0, a = (position + j) * c, b = (place + j) * c; i < some * c; i++) rows[i] = x[a + i] + pe[b + i];
            VectorGemm.packTransposed(c, some, rows, 0, c, panels, j * c);
        }
    }

    /// The parts of a prompt in one, through the projection of the values.
    private static void together(TwoWayShape s, int prompt, int parts, float[] sums, float[] values, float[] bias, float[] out) {
        final int c = s.channels(), rows = s.rows(), size = rows * (c + 2), d = s.dim();
        float[] seen = Scratch.floats(Scratch.ROW, c);
        for (int r = 0; r < rows; r++) {
            float max = Float.NEGATIVE_INFINITY, total = 0;
            for (int part = 0; part < parts; part++) max = Math.max(max, sums[(prompt * parts + part) * size + rows * c + r]);
            Arrays.fill(seen, 0, c, 0);
            for (int part = 0; part < parts; part++) {
                int at = (prompt * parts + part) * size;
                float by = Approximations.exp(sums[at + rows * c + r] - max);
                total = Math.fma(by, sums[at + rows * (c + 1) + r], total);
                add(c, by, sums, at + r * c, seen, 0);
            }
            int head = r / s.tokens(), to = (prompt * s.tokens() + r % s.tokens()) * s.inner() + head * d;
            for (int e = 0; e < d; e++)
                out[to + e] = (float) (Sums.dot(c, seen, 0, values, (head * d + e) * c) / total) + bias[head * d + e];
        }
    }

    // ---- image to tokens

    void imageToTokens(TwoWayShape s, float[] x, float[] pe, float[] k, float[] v, List<float[]> p, float[] y) {
        final int c = s.channels(), rows = s.rows(), step = PANELS * NR, blocks = Math.ceilDiv(s.positions(), step);
        float[] keys = pool.take(s.batch() * rows * c), values = pool.take(s.batch() * rows * c), bias = pool.take(s.batch() * rows);
        try {
            project(s, k, p.get(0), keys);
            tokens(s, k, v, p.get(1), p.get(2), bias, values);
            parallel.run(s.batch() * blocks, 2L * s.batch() * rows * c * s.positions(), task -> {
                final int prompt = task / blocks, first = task % blocks * step, n = Math.min(step, s.positions() - first),
                        panels = VectorGemm
                                .panels(n), lanes = panels * NR, image = prompt % s.images() * s.positions() + first;
                float[] there = Scratch.floats(Scratch.PANELS, step * c), z = Scratch.floats(Scratch.NORMED, step * c);
                float[] scores = Scratch.floats(Scratch.SCORES, step * rows);
                atPlace(image, first, n, x, pe, c, there);
                for (int j = 0; j < panels; j++) VectorPanels.broadcast(rows, bias, prompt * rows, scores, j * rows * NR);
                VectorGemm.multiplyStrips(rows, lanes, c, keys, prompt * rows * c, c, 0, there, 0, c * NR, scores, 0, NR, rows * NR);
                for (int group = 0; group < panels * s.heads(); group++) softmax(s.tokens(), scores, group * s.tokens() * NR);
                for (int j = 0; j < panels; j++) {
                    VectorGemm.packTransposed(c, Math.min(NR, n - j * NR), x, (image + j * NR) * c, c, z, j * c * NR);
                    VectorPanels.addBias(c, p.get(3), z, j * c * NR);
                }
                VectorGemm.multiplyStrips(c, lanes, rows, values, prompt * rows * c, rows, 0, scores, 0, rows * NR, z, 0, NR, c * NR);
                for (int j = 0; j < panels; j++) {
                    VectorPanels.layerNorm(c, s.eps(), p.get(4), p.get(5), z, j * c * NR, z, j * c * NR);
                    ScalarCopy.transpose(c, Math.min(NR, n - j * NR), z, j * c * NR, NR, y, (prompt * s.positions() + first + j * NR) * c,
                            c);
                }
            });
        } finally {
            pool.give(keys);
            pool.give(values);
            pool.give(bias);
        }
    }

    /// What the queries' bias adds to each row's scores; and the values through the projection of the outputs `(channels, inner)`, as strips of `(channels, rows)` for each prompt.
    private void tokens(TwoWayShape s, float[] k, float[] v, float[] queryBias, float[] proj, float[] bias, float[] strips) {
        final int c = s.channels(), rows = s.rows(), d = s.dim();
        parallel.run(s.batch(), (long) s.batch() * rows * c * d, prompt -> {
            float[] plain = Scratch.floats(Scratch.OUT, rows * c);
            for (int r = 0; r < rows; r++) {
                int head = r / s.tokens(), token = (prompt * s.tokens() + r % s.tokens()) * s.inner() + head * d;
                bias[prompt * rows + r] = (float) (s.scale() * Sums.dot(d, queryBias, head * d, k, token));
                for (int i = 0; i < c; i++) plain[i * rows + r] = (float) Sums.dot(d, proj, i * s.inner() + head * d, v, token);
            }
            VectorGemm.packStrips(c, rows, plain, 0, rows, 1, strips, prompt * rows * c);
        });
    }

    /// Down `n` rows, in every lane.
    private static void softmax(int n, float[] scores, int at) {
        for (int half = at; half < at + NR; half += V) {
            FloatVector max = FloatVector.fromArray(F, scores, half);
            for (int i = 1; i < n; i++) max = max.max(FloatVector.fromArray(F, scores, half + i * NR));
            for (int i = 0; i < n; i++) FloatVector.fromArray(F, scores, half + i * NR).sub(max).intoArray(scores, half + i * NR);
        }
        VectorMath.exp(scores, at, scores, at, n * NR);
        for (int half = at; half < at + NR; half += V) {
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < n; i++) sum = sum.add(FloatVector.fromArray(F, scores, half + i * NR));
            for (int i = 0; i < n; i++) FloatVector.fromArray(F, scores, half + i * NR).div(sum).intoArray(scores, half + i * NR);
        }
    }
}
