package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.MultiHeadShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Attention between a few tokens and the many positions of an image, in either direction: the few may be the queries, or the keys and values.
///
/// A head of a few tokens fills neither strips nor panels of a product. So all heads are multiplied at once: each head of each of the few tokens is a
/// row of its own, with zeros for the other heads, `(heads·few, width)`. This multiplies `heads` times as much as needed, and is still quicker. In
/// scores `(heads·few, positions)` the positions lie side by side in the lanes.
///
/// A task does [#PART] positions of one image. What it adds to sums over all positions goes to a place of its own; these places are added in order.
/// Forward, all sums have the same terms in the same order as [VectorMultiHead]'s, which takes over where the tokens of several prompts about one image
/// are no longer few: the answers to them have the bits of each by itself.
final class VectorFewTokens {
    /// Rows at most. With more, the zeros cost more than they save.
    private static final int ROWS = 128;
    /// Positions at least.
    private static final int POSITIONS = 64;
    /// Positions of a part: as many terms as a product adds up in one go.
    private static final int PART = VectorGemm.KC;
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorFewTokens(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    /// Whether it is quicker, and gives the same bits: few keys fit a panel, since [VectorMultiHead] adds up the probabilities of more in another order.
    static boolean handles(MultiHeadShape s) {
        return few(s) * s.heads() <= ROWS && many(s) >= POSITIONS && (s.queries() <= s.keys() || s.keys() <= NR);
    }

    private static int few(MultiHeadShape s) {
        return Math.min(s.queries(), s.keys());
    }

    private static int many(MultiHeadShape s) {
        return Math.max(s.queries(), s.keys());
    }

    private static int rows(MultiHeadShape s) {
        return s.heads() * few(s);
    }

    private static int parts(MultiHeadShape s) {
        return Math.ceilDiv(many(s), PART);
    }

    /// Multiply-adds of one product of all rows with all positions.
    private static long product(MultiHeadShape s) {
        return (long) s.batch() * rows(s) * many(s) * s.width();
    }

    // ---- forward

    void forward(MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats) {
        if (s.queries() <= s.keys()) ofFewQueries(s, q, k, v, out, stats);
        else toFewKeys(s, q, k, v, out, stats);
    }

    /// All scores, then their softmax, then each part's share of the sums of values.
    private void ofFewQueries(MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats) {
        final int rows = rows(s), w = s.width(), parts = parts(s), keys = s.keys(), wide = VectorGemm.padded(keys);
        float[] strips = pool.take(s.batch() * rows * w), scores = pool.take(Math.multiplyExact(s.batch() * rows, wide));
        float[] sums = pool.take(Math.multiplyExact(s.batch() * parts, rows * w));
        try {
            parallel.run(s.batch(), (long) s.batch() * rows * w, b -> strips(s, q, b, strips));
            parallel.run(s.batch() * parts, product(s), task -> {
                int b = task / parts, first = task % parts * PART, n = Math.min(PART, keys - first);
                scores(s, strips, b, n, k, (b * keys + first) * w, scores, b * rows * wide + first, wide);
            });
            Split.run(parallel, s.batch() * rows, 20L * keys, (from, to) -> VectorMultiHead.softmax(to - from, keys, wide, scores, from * wide,
                    stats, from, s.batch() * rows));
            parallel.run(s.batch() * parts, product(s), task -> {
                int b = task / parts, first = task % parts * PART, n = Math.min(PART, keys - first);
                sum(s, scores, b * rows * wide + first, wide, n, v, (b * keys + first) * w, sums, task * rows * w);
            });
            together(s, sums, out);
        } finally {
            pool.give(strips);
            pool.give(scores);
            pool.give(sums);
        }
    }

    private void toFewKeys(MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats) {
        final int rows = rows(s), w = s.width(), parts = parts(s), queries = s.queries(), panels = rows * VectorGemm.padded(w);
        float[] strips = pool.take(s.batch() * rows * w), values = pool.take(s.batch() * panels);
        try {
            parallel.run(s.batch(), 2L * s.batch() * rows * w, b -> {
                strips(s, k, b, strips);
                panels(s, v, b, values);
            });
            parallel.run(s.batch() * parts, 2 * product(s), task -> {
                int b = task / parts, first = task % parts * PART, n = Math.min(PART, queries - first), at = (b * queries + first) * w;
                float[] p = Scratch.floats(Scratch.SCORES, rows * PART);
                float[] max = Scratch.floats(Scratch.MAX, PART), total = Scratch.floats(Scratch.SUM, PART);
                scores(s, strips, b, n, q, at, p, 0, PART);
                for (int h = 0; h < s.heads(); h++) {
                    softmax(s.keys(), VectorGemm.padded(n), p, h * s.keys() * PART, max, total);
                    int to = (b * s.heads() + h) * queries + first;
                    System.arraycopy(max, 0, stats, to, n);
                    System.arraycopy(total, 0, stats, s.groups() * queries + to, n);
                }
                back(s, p, n, values, b * panels, out, at);
            });
        } finally {
            pool.give(strips);
            pool.give(values);
        }
    }

    // ---- backward

    /// In both directions `x` are the many that scores are made of, keys or queries, and `t` the few; `y` and `u` are the others, whose products are
    /// the gradients of the probabilities `p`: values and the output's gradient, or the reverse. With `ds`, the scores' gradient, `dx = dsᵀ·t`
    /// and `dt = ds·x`. The values' gradient is `dy = pᵀ·u` if they are many, and `du = p·y` if they are few.
    void backward(MultiHeadShape s, float[] q, float[] k, float[] v, float[] out, float[] stats, float[] dout, float[] dq, float[] dk,
            float[] dv) {
        final boolean fewQueries = s.queries() <= s.keys();
        final float[] x = fewQueries ? k : q, t = fewQueries ? q : k, y = fewQueries ? v : dout, u = fewQueries ? dout : v;
        final float[] dx = fewQueries ? dk : dq, dt = fewQueries ? dq : dk;
        final int rows = rows(s), w = s.width(), parts = parts(s), many = many(s), strip = rows * w, panel = rows * VectorGemm.padded(w);
        float[] tStrips = pool.take(s.batch() * strip), uStrips = pool.take(s.batch() * strip), tPanels = pool.take(s.batch() * panel);
        float[] uPanels = pool.take(s.batch() * panel), dots = pool.take(s.batch() * rows);
        float[] dts = pool.take(Math.multiplyExact(s.batch() * parts, strip)), dus = pool.take(fewQueries ? 0 : dts.length);
        try {
            parallel.run(s.batch(), 4L * s.batch() * strip, b -> {
                strips(s, t, b, tStrips);
                strips(s, u, b, uStrips);
                panels(s, t, b, tPanels);
                if (fewQueries) {
                    panels(s, u, b, uPanels);
                    dots(s, dout, out, b, dots);
                }
            });
            parallel.run(s.batch() * parts, 5 * product(s), task -> {
                int b = task / parts, first = task % parts * PART, n = Math.min(PART, many - first), at = (b * many + first) * w;
                float[] p = Scratch.floats(Scratch.SCORES, rows * PART), ds = Scratch.floats(Scratch.MORE_SCORES, rows * PART);
                scores(s, tStrips, b, n, x, at, p, 0, PART);
                ahead(s, uStrips, b, n, y, at, ds, 0, PART);
                if (fewQueries) slopesOfFewQueries(s, b, n, stats, dots, p, ds);
                else slopesToFewKeys(s, b, first, n, stats, p, ds);
                back(s, ds, n, tPanels, b * panel, dx, at);
                sum(s, ds, 0, PART, n, x, at, dts, task * strip);
                if (fewQueries) back(s, p, n, uPanels, b * panel, dv, at);
                else sum(s, p, 0, PART, n, y, at, dus, task * strip);
            });
            together(s, dts, dt);
            if (!fewQueries) together(s, dus, dv);
        } finally {
            for (float[] taken : new float[][]{tStrips, uStrips, tPanels, uPanels, dots, dts, dus}) pool.give(taken);
        }
    }

    /// `Σ dout·out` of each row.
    private static void dots(MultiHeadShape s, float[] dout, float[] out, int b, float[] dots) {
        for (int r = 0; r < rows(s); r++) {
            int at = token(s, b, r);
            dots[b * rows(s) + r] = (float) Sums.dot(s.dim(), dout, at, out, at);
        }
    }

    /// From scores and the probabilities' gradients to probabilities and the scores' gradients, `ds = p · (dp − Σ dout·out) / √d`, row by row.
    private static void slopesOfFewQueries(MultiHeadShape s, int b, int n, float[] stats, float[] dots, float[] p, float[] ds) {
        final int rows = rows(s), all = s.batch() * rows;
        final float scale = (float) s.scale();
        for (int r = 0; r < rows; r++) {
            int row = b * rows + r;
            VectorMath.expMinus(p, r * PART, n, stats[row]);
            VectorMultiHead.slopes(n, p, ds, r * PART, 1 / stats[all + row], dots[row], scale);
        }
    }

    /// The same where every position is a query: its `Σ dout·out` is `Σ p·dp` over the few keys of a head.
    private static void slopesToFewKeys(MultiHeadShape s, int b, int first, int n, float[] stats, float[] p, float[] ds) {
        final int few = s.keys(), queries = s.queries();
        final float scale = (float) s.scale();
        float[] dot = Scratch.floats(Scratch.SUM, PART);
        for (int h = 0; h < s.heads(); h++) {
            int from = h * few * PART, max = (b * s.heads() + h) * queries + first, total = s.groups() * queries + max;
            for (int f = 0; f < few; f++) for (int i = 0, at = from + f * PART; i < n; i++) p[at + i] -= stats[max + i];
            for (int f = 0; f < few; f++) VectorMath.exp(p, from + f * PART, p, from + f * PART, n);
            Arrays.fill(dot, 0, n, 0);
            for (int f = 0; f < few; f++) {
                int at = from + f * PART;
                for (int i = 0; i < n; i++) p[at + i] /= stats[total + i];
                for (int i = 0; i < n; i++) dot[i] += p[at + i] * ds[at + i];
            }
            for (int f = 0; f < few; f++)
                for (int i = 0, at = from + f * PART; i < n; i++) ds[at + i] = p[at + i] * (ds[at + i] - dot[i]) * scale;
        }
    }

    // ---- the few as matrices

    /// Where the head of row `r` begins in the token that the row belongs to, in image `b`: rows are ordered by heads.
    private static int token(MultiHeadShape s, int b, int r) {
        int few = few(s);
        return (b * few + r % few) * s.width() + r / few * s.dim();
    }

    /// The few of one image, `(few, width)`, as `(rows, width)`: each row has its own head's numbers, and zeros for the others.
    private static float[] apart(MultiHeadShape s, float[] few, int b) {
        final int rows = rows(s), w = s.width();
        float[] apart = Scratch.floats(Scratch.QUERIES, rows * w);
        Arrays.fill(apart, 0, rows * w, 0);
        for (int r = 0; r < rows; r++) System.arraycopy(few, token(s, b, r), apart, r * w + r / few(s) * s.dim(), s.dim());
        return apart;
    }

    private static void strips(MultiHeadShape s, float[] few, int b, float[] strips) {
        final int rows = rows(s), w = s.width();
        VectorGemm.packStrips(rows, w, apart(s, few, b), 0, w, 1, strips, b * rows * w);
    }

    private static void panels(MultiHeadShape s, float[] few, int b, float[] panels) {
        final int rows = rows(s), w = s.width();
        VectorGemm.pack(rows, w, apart(s, few, b), 0, w, panels, b * rows * VectorGemm.padded(w));
    }

    // ---- products

    /// Scores `(rows, n) = few · manyᵀ/√d`, in rows `wide` apart. Of the last panel all lanes are written.
    private static void scores(MultiHeadShape s, float[] strips, int b, int n, float[] many, int at, float[] scores, int to, int wide) {
        ahead(s, strips, b, n, many, at, scores, to, wide);
        final int lanes = VectorGemm.padded(n);
        final float scale = (float) s.scale();
        for (int r = 0; r < rows(s); r++) for (int i = to + r * wide; i < to + r * wide + lanes; i++) scores[i] *= scale;
    }

    /// `y (rows, n) = few · manyᵀ`
    private static void ahead(MultiHeadShape s, float[] strips, int b, int n, float[] many, int at, float[] y, int to, int wide) {
        final int rows = rows(s), w = s.width(), lanes = VectorGemm.padded(n);
        float[] panels = Scratch.floats(Scratch.PANELS, PART * VectorGemm.padded(w));
        VectorGemm.packTransposed(w, n, many, at, w, panels, 0);
        for (int r = 0; r < rows; r++) Arrays.fill(y, to + r * wide, to + r * wide + lanes, 0);
        VectorGemm.multiplyStrips(rows, lanes, w, strips, b * rows * w, panels, 0, w * NR, y, to, wide);
    }

    /// `sums (rows, width) = p · many`, for probabilities or their gradients in rows `wide` apart.
    private static void sum(MultiHeadShape s, float[] p, int from, int wide, int n, float[] many, int at, float[] sums, int to) {
        final int rows = rows(s), w = s.width();
        float[] panels = Scratch.floats(Scratch.PANELS, PART * VectorGemm.padded(w));
        VectorGemm.pack(n, w, many, at, w, panels, 0);
        Arrays.fill(sums, to, to + rows * w, 0);
        VectorGemm.multiply(rows, w, n, p, from, wide, panels, 0, n * NR, sums, to, w);
    }

    /// `many (n, width) = pᵀ · few`
    private static void back(MultiHeadShape s, float[] p, int n, float[] panels, int few, float[] many, int at) {
        final int rows = rows(s), w = s.width();
        Arrays.fill(many, at, at + n * w, 0);
        VectorGemm.multiply(n, w, rows, p, 0, 1, PART, panels, few, rows * NR, many, at, w);
    }

    /// Adds the parts' sums, of each row only its own head's.
    private void together(MultiHeadShape s, float[] sums, float[] few) {
        final int rows = rows(s), w = s.width(), parts = parts(s);
        Split.run(parallel, s.batch() * rows, (long) parts * s.dim(), (from, to) -> {
            for (int row = from; row < to; row++) {
                int b = row / rows, r = row % rows, at = token(s, b, r), own = r * w + r / few(s) * s.dim();
                Arrays.fill(few, at, at + s.dim(), 0);
                for (int part = 0; part < parts; part++)
                    for (int e = 0; e < s.dim(); e++) few[at + e] += sums[(b * parts + part) * rows * w + own + e];
            }
        });
    }

    /// Softmax down `few` rows, in each of `n` lanes, which are whole vectors. `max` receives the largest of each lane, `total` the sum.
    private static void softmax(int few, int n, float[] p, int at, float[] max, float[] total) {
        for (int i = 0; i < n; i += V) {
            FloatVector largest = FloatVector.fromArray(F, p, at + i);
            for (int f = 1; f < few; f++) largest = FloatVector.fromArray(F, p, at + f * PART + i).max(largest);
            largest.intoArray(max, i);
            for (int f = 0; f < few; f++) FloatVector.fromArray(F, p, at + f * PART + i).sub(largest).intoArray(p, at + f * PART + i);
        }
        for (int f = 0; f < few; f++) VectorMath.exp(p, at + f * PART, p, at + f * PART, n);
        for (int i = 0; i < n; i += V) {
            FloatVector sum = FloatVector.zero(F);
            for (int f = 0; f < few; f++) sum = FloatVector.fromArray(F, p, at + f * PART + i).add(sum);
            sum.intoArray(total, i);
            FloatVector by = FloatVector.broadcast(F, 1).div(sum);
            for (int f = 0; f < few; f++) FloatVector.fromArray(F, p, at + f * PART + i).mul(by).intoArray(p, at + f * PART + i);
        }
    }
}
