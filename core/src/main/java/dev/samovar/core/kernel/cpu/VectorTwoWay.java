package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.ImageToTokensWeights;
import dev.samovar.core.kernel.TokensToImageWeights;
import dev.samovar.core.kernel.TwoWayShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Attention between the few tokens of prompts and the many positions of an image, in both directions, without projecting the positions. If `r` is a
/// row, that is, one head of a token, and `W` the positions' projection,
///
///     score = r · (W·x) = (rᵀW) · x        Σ p · (W·x) = W · Σ p·x
///
/// so tokens go through `W` once, and positions are multiplied by one row for each head and token. A bias of the keys adds the same number to all
/// scores of a query, and so changes nothing.
///
/// The image is read and written in panels of positions, which are multiplied without packing. A task is some panels of one image, for all prompts
/// about it. From tokens to image, a task computes a softmax over its own positions, and these parts are combined in order. From image to tokens, a
/// task does everything from the scores to the norm.
final class VectorTwoWay {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;
    /// Positions of a part: with 256 channels they fill a quarter of a second cache of 1 MB as panels, and another quarter as strips.
    private static final int PART = 256;
    /// Panels of positions that are multiplied at a time.
    private static final int PANELS = 4;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorTwoWay(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    // ---- tokens to image

    void tokensToImage(TwoWayShape s, float[] q, float[] x, float[] pe, TokensToImageWeights<float[]> p, float[] out) {
        final int c = s.channels(), rows = s.rows(), inner = s.inner(), wide = VectorGemm.padded(rows), parts = Math.ceilDiv(s.positions(),
                PART), size = wide * (c + 2);
        float[] weights = pool.take(2 * inner * c), through = pool.take(s.batch() * rows * c);
        float[] sums = pool.take(Math.multiplyExact(s.batch() * parts, size));
        try {
            VectorGemm.packStrips(c, inner, p.keys().weight(), 0, 1, c, weights, 0);
            VectorGemm.packStrips(inner, c, p.values().weight(), 0, c, 1, weights, inner * c);
            parallel.run(s.batch(), (long) s.batch() * wide * c * inner, prompt -> {
                float[] plain = project(s, q, prompt, (float) s.scale(), weights);
                VectorGemm.packStrips(rows, c, plain, 0, 1, wide, through, prompt * rows * c);
            });
            parallel.run(s.images() * parts, 2L * s.batch() * rows * c * s.positions(), task -> part(s, through, task / parts, task % parts,
                    parts, x, pe, sums));
            parallel.run(s.batch(), (long) s.batch() * wide * c * (parts + inner), prompt -> together(s, prompt, parts, sums, weights,
                    p.values().bias(), out));
        } finally {
            pool.give(weights);
            pool.give(through);
            pool.give(sums);
        }
    }

    /// Tokens `(batch, tokens, inner)` of one prompt, times `by`, through a projection in strips of `(channels, inner)`. The result is `(channels,
    /// rows)`, with rows padded to whole panels, in this thread's scratch. Every row has its own head's numbers and zeros for the other heads, so
    /// that one product does the work of eight.
    private static float[] project(TwoWayShape s, float[] tokens, int prompt, float by, float[] weight) {
        final int c = s.channels(), rows = s.rows(), d = s.dim(), inner = s.inner(), wide = VectorGemm.padded(rows);
        float[] heads = Scratch.floats(Scratch.QUERIES, inner * wide), plain = Scratch.floats(Scratch.OUT, c * wide);
        Arrays.fill(heads, 0, inner * wide, 0);
        Arrays.fill(plain, 0, c * wide, 0);
        for (int r = 0; r < rows; r++) {
            int first = r / s.tokens() * d, from = (prompt * s.tokens() + r % s.tokens()) * inner + first, to = (r / NR * inner + first)
                    * NR + r % NR;
            for (int e = 0; e < d; e++) heads[to + e * NR] = by * tokens[from + e];
        }
        VectorGemm.multiplyStrips(c, wide, inner, weight, 0, heads, 0, inner * NR, plain, 0, wide);
        return plain;
    }

    /// For some positions of an image, and for each row of each prompt about it: `Σ exp(score − largest)·x`, as panels of rows, then the largest
    /// scores, then `Σ exp(score − largest)`.
    private static void part(TwoWayShape s, float[] through, int image, int part, int parts, float[] x, float[] pe, float[] sums) {
        final int c = s.channels(), rows = s.rows(), positions = s.positions(), wide = VectorGemm.padded(rows), size = wide * (c + 2);
        final int first = part * PART, n = Math.min(PART, positions - first), from = (image * positions + first) * c, prompts = s.batch()
                / s.images();
        float[] scores = Scratch.floats(Scratch.SCORES, rows * PART), there = Scratch.floats(Scratch.PANELS, PART * c);
        float[] strips = Scratch.floats(Scratch.HIDDEN, PART * c), shares = Scratch.floats(Scratch.MORE_SCORES, PART * wide);
        VectorPanels.sum(n * c, x, from, pe, first * c, there, 0);
        VectorPanels.toStrips(c, n / NR, x, from, strips);
        for (int prompt = image * prompts; prompt < (image + 1) * prompts; prompt++) {
            int to = (prompt * parts + part) * size;
            Arrays.fill(scores, 0, rows * PART, 0);
            VectorGemm.multiplyStrips(rows, n, c, through, prompt * rows * c, there, 0, c * NR, scores, 0, PART);
            for (int r = 0; r < rows; r++) {
                float max = VectorMath.max(scores, r * PART, n);
                sums[to + wide * c + r] = max;
                sums[to + wide * (c + 1) + r] = VectorMath.expMinus(scores, r * PART, n, max);
            }
            VectorGemm.packTransposed(n, rows, scores, 0, PART, shares, 0);
            Arrays.fill(sums, to, to + wide * c, 0);
            VectorGemm.multiplyStrips(c, wide, n, strips, 0, n, 0, shares, 0, n * NR, sums, to, NR, c * NR);
        }
    }

    /// Combines the parts of a prompt, and takes the result through the projection of the values, whose strips of `(inner, channels)` follow those of
    /// the keys.
    private static void together(TwoWayShape s, int prompt, int parts, float[] sums, float[] weights, float[] bias, float[] out) {
        final int c = s.channels(), rows = s.rows(), d = s.dim(), inner = s.inner(), wide = VectorGemm.padded(rows), size = wide * (c + 2);
        float[] seen = Scratch.floats(Scratch.PANELS, wide * c), all = Scratch.floats(Scratch.OUT, inner * wide);
        float[] max = Scratch.floats(Scratch.MAX, wide), total = Scratch.floats(Scratch.SUM, wide), by = Scratch.floats(Scratch.FACTOR, wide);
        Arrays.fill(max, 0, rows, Float.NEGATIVE_INFINITY);
        for (int part = 0, at = prompt * parts * size + wide * c; part < parts; part++, at += size)
            for (int r = 0; r < rows; r++) max[r] = Math.max(max[r], sums[at + r]);
        Arrays.fill(seen, 0, wide * c, 0);
        Arrays.fill(total, 0, rows, 0);
        Arrays.fill(by, rows, wide, 0);
        for (int part = 0, at = prompt * parts * size; part < parts; part++, at += size) {
            for (int r = 0; r < rows; r++) {
                by[r] = Approximations.exp(sums[at + wide * c + r] - max[r]);
                total[r] = Math.fma(by[r], sums[at + wide * (c + 1) + r], total[r]);
            }
            for (int panel = 0; panel < wide; panel += NR) VectorPanels.addScaled(c, sums, at + panel * c, by, panel, seen, panel * c);
        }
        Arrays.fill(all, 0, inner * wide, 0);
        VectorGemm.multiplyStrips(inner, wide, c, weights, inner * c, seen, 0, c * NR, all, 0, wide);
        for (int r = 0; r < rows; r++) {
            int first = r / s.tokens() * d, to = (prompt * s.tokens() + r % s.tokens()) * inner + first;
            for (int e = 0; e < d; e++) out[to + e] = all[(first + e) * wide + r] / total[r] + bias[first + e];
        }
    }

    // ---- image to tokens

    void imageToTokens(TwoWayShape s, float[] x, float[] pe, float[] k, float[] v, ImageToTokensWeights<float[]> p, float[] y) {
        final int c = s.channels(), rows = s.rows(), inner = s.inner(), step = PANELS * NR, blocks = Math.ceilDiv(s.positions(), step);
        float[] weights = pool.take(inner * c), proj = pool.take(inner * c);
        float[] keys = pool.take(s.batch() * rows * c), values = pool.take(s.batch() * rows * c), bias = pool.take(s.batch() * rows);
        try {
            VectorGemm.packStrips(c, inner, p.queries().weight(), 0, 1, c, weights, 0);
            VectorGemm.packStrips(c, inner, p.proj().weight(), 0, inner, 1, proj, 0);
            parallel.run(s.batch(), 2L * s.batch() * VectorGemm.padded(rows) * c * inner, prompt -> tokens(s, prompt, k, v, weights, p.queries()
                    .bias(), proj, keys, bias, values));
            parallel.run(s.images() * blocks, 2L * s.batch() * rows * c * s.positions(), task -> block(s, task / blocks, task % blocks
                    * step, x, pe, keys, bias, values, p, y));
        } finally {
            pool.give(weights);
            pool.give(proj);
            pool.give(keys);
            pool.give(values);
            pool.give(bias);
        }
    }

    /// For one prompt: the keys as strips of `(rows, channels)`; the number that the queries' bias adds to each row's scores; and the values, through
    /// the projection of the outputs, as strips of `(channels, rows)`.
    private static void tokens(TwoWayShape s, int prompt, float[] k, float[] v, float[] weights, float[] queryBias, float[] proj,
            float[] keys, float[] bias, float[] values) {
        final int c = s.channels(), rows = s.rows(), d = s.dim(), wide = VectorGemm.padded(rows);
        VectorGemm.packStrips(rows, c, project(s, k, prompt, (float) s.scale(), weights), 0, 1, wide, keys, prompt * rows * c);
        VectorGemm.packStrips(c, rows, project(s, v, prompt, 1, proj), 0, wide, 1, values, prompt * rows * c);
        for (int r = 0; r < rows; r++) {
            int head = r / s.tokens(), token = (prompt * s.tokens() + r % s.tokens()) * s.inner() + head * d;
            bias[prompt * rows + r] = (float) (s.scale() * Sums.dot(d, queryBias, head * d, k, token));
        }
    }

    /// The output for some positions of an image, for each prompt about it.
    private static void block(TwoWayShape s, int image, int first, float[] x, float[] pe, float[] keys, float[] bias, float[] values,
            ImageToTokensWeights<float[]> p, float[] y) {
        final int c = s.channels(), rows = s.rows(), positions = s.positions(), n = Math.min(PANELS * NR, positions - first);
        final int panels = n / NR, from = (image * positions + first) * c, prompts = s.batch() / s.images();
        float[] there = Scratch.floats(Scratch.PANELS, n * c), scores = Scratch.floats(Scratch.SCORES, n * rows);
        VectorPanels.sum(n * c, x, from, pe, first * c, there, 0);
        for (int prompt = image * prompts; prompt < (image + 1) * prompts; prompt++) {
            int to = (prompt * positions + first) * c;
            for (int j = 0; j < panels; j++) VectorPanels.broadcast(rows, bias, prompt * rows, scores, j * rows * NR);
            VectorGemm.multiplyStrips(rows, n, c, keys, prompt * rows * c, c, 0, there, 0, c * NR, scores, 0, NR, rows * NR);
            for (int group = 0; group < panels * s.heads(); group++) softmax(s.tokens(), scores, group * s.tokens() * NR);
            for (int j = 0; j < panels; j++) VectorPanels.withBias(c, x, from + j * c * NR, p.proj().bias(), y, to + j * c * NR);
            VectorGemm.multiplyStrips(c, n, rows, values, prompt * rows * c, rows, 0, scores, 0, rows * NR, y, to, NR, c * NR);
            for (int j = 0; j < panels; j++)
                VectorPanels.layerNorm(c, s.eps(), p.norm().weight(), p.norm().bias(), y, to + j * c * NR, y, to + j * c * NR);
        }
    }

    /// Softmax down `n` rows, in every lane.
    private static void softmax(int n, float[] scores, int at) {
        for (int half = at; half < at + NR; half += V) {
            FloatVector max = FloatVector.fromArray(F, scores, half);
            for (int i = 1; i < n; i++) max = FloatVector.fromArray(F, scores, half + i * NR).max(max);
            for (int i = 0; i < n; i++) FloatVector.fromArray(F, scores, half + i * NR).sub(max).intoArray(scores, half + i * NR);
        }
        VectorMath.exp(scores, at, scores, at, n * NR);
        for (int half = at; half < at + NR; half += V) {
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < n; i++) sum = FloatVector.fromArray(F, scores, half + i * NR).add(sum);
            for (int i = 0; i < n; i++) FloatVector.fromArray(F, scores, half + i * NR).div(sum).intoArray(scores, half + i * NR);
        }
    }
}
