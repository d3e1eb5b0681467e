package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.WindowBlockShape;
import dev.samovar.core.kernel.WindowBlockWeights;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A block of MobileSAM's image encoder in two steps, each spread over all threads. Between them and around them values are stored as maps, which the
/// convolution needs.
///
/// 1. For some windows: their tokens are gathered into panels, `[panel][channel][NR tokens]`; then come layer norm; for each head qkv, whose result
///    is planes, and attention; proj and residual; and the way back onto the map.
/// 2. For some rows of pixels: the depthwise convolution writes panels; then come layer norm, and the MLP, [#HIDDEN] hidden units at a time.
///
/// All places beyond the map are one additional token of their windows. It is zero, so the norm turns it into its bias. It counts as a key once for
/// each such place, and its output is not wanted.
final class VectorWindowBlock {
    /// Hidden units of a block of work, from the first layer through GELU to the second; a multiple of the height of a strip.
    private static final int HIDDEN = 8 * VectorGemm.ROWS;
    /// The approximate number of pixels in a task of the second step.
    private static final int PIXELS = 128;
    private static final int NR = VectorGemm.NR;
    /// The number of shapes whose windows are cached.
    private static final int PLANS = 16;
    private static final float LOG2_E = (float) (1 / Math.log(2));

    private final Parallel parallel;
    private final CpuMemory pool;
    private final Map<WindowBlockShape, WindowPlan> plans = new ConcurrentHashMap<>();

    VectorWindowBlock(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    private WindowPlan plan(WindowBlockShape s) {
        var one = new WindowBlockShape(1, s.channels(), s.height(), s.width(), s.heads(), s.hidden(), s.window(), s.eps());
        if (plans.size() > PLANS) plans.clear();
        return plans.computeIfAbsent(one, shape -> WindowPlan.of(shape, NR));
    }

    void run(WindowBlockShape s, float[] x, WindowBlockWeights<CpuBuffer> p, float[] y) {
        float[] between = pool.take(x.length);
        try {
            attend(new Attention(s, plan(s), p), x, between);
            mlp(s, p, between, y);
        } finally {
            pool.give(between);
        }
    }

    // ---- attention

    /// The data that all tasks share.
    private static final class Attention {
        final WindowBlockShape s;
        final WindowPlan plan;
        final float[] normWeight;
        final float[] normBias;
        final float[] table;
        final float[] qkvWeight;
        final float[] qkvBias;
        final float[] projWeight;
        final float[] projBias;

        Attention(WindowBlockShape s, WindowPlan plan, WindowBlockWeights<CpuBuffer> p) {
            this.s = s;
            this.plan = plan;
            normWeight = p.norm1().weight().rows();
            normBias = p.norm1().bias().rows();
            table = p.table().form(rows -> table(s, rows));
            qkvWeight = p.qkv().weight().form(rows -> heads(s, rows));
            qkvBias = p.qkv().bias().form(rows -> scaledQueries(s, rows, 1));
            projWeight = p.proj().weight().strips(s.channels(), s.channels());
            projBias = p.proj().bias().rows();
        }

        /// The biases in units of ln 2, `[head][panel of queries][key][NR]`; 0 in lanes without a query.
        private static float[] table(WindowBlockShape s, float[] biases) {
            int n = s.places(), panels = VectorGemm.panels(n);
            float[] table = new float[s.heads() * panels * n * NR];
            for (int head = 0; head < s.heads(); head++)
                for (int q = 0; q < n; q++)
                    for (int k = 0; k < n; k++)
                        table[((head * panels + q / NR) * n + k) * NR + q % NR] = biases[(head * n + q) * n + k] * LOG2_E;
            return table;
        }

        /// The weights of qkv with those of the queries scaled, so that scores are in units of ln 2.
        private static float[] scaledQueries(WindowBlockShape s, float[] x, int columns) {
            float by = (float) (LOG2_E / Math.sqrt(s.dim()));
            float[] y = x.clone();
            for (int head = 0; head < s.heads(); head++)
                for (int i = head * 3 * s.dim() * columns, end = i + s.dim() * columns; i < end; i++) y[i] *= by;
            return y;
        }

        /// The weight in strips, separately for each head.
        private static float[] heads(WindowBlockShape s, float[] weight) {
            int c = s.channels(), rows = 3 * s.dim();
            float[] scaled = scaledQueries(s, weight, c), strips = new float[weight.length];
            for (int head = 0; head < s.heads(); head++)
                VectorGemm.packStrips(rows, c, scaled, head * rows * c, c, 1, strips, head * rows * c);
            return strips;
        }
    }

    /// `z = x + proj(attention(qkv(norm(x))))`
    private void attend(Attention a, float[] x, float[] z) {
        final WindowBlockShape s = a.s;
        final int c = s.channels(), plane = s.height() * s.width(), groups = a.plan.groups().size();
        parallel.run(s.batch() * groups, (long) s.batch() * plane * c * (4L * c + 2L * s.places()), task -> {
            WindowPlan.Group g = a.plan.groups().get(task % groups);
            final int lanes = g.lanes(), panels = lanes / NR, map = task / groups * c * plane, d = s.dim();
            float[] in = Scratch.floats(Scratch.OUT, lanes * c), normed = Scratch.floats(Scratch.NORMED, lanes * c);
            float[] out = Scratch.floats(Scratch.HIDDEN, lanes * c), qkv = Scratch.floats(Scratch.TILE, 3 * d * lanes);
            gather(g.pixels(), c, plane, x, map, in);
            for (int j = 0; j < panels; j++)
                VectorPanels.layerNorm(c, s.eps(), a.normWeight, a.normBias, in, j * c * NR, normed, j * c * NR);
            for (int head = 0; head < s.heads(); head++) {
                for (int e = 0; e < 3 * d; e++) Arrays.fill(qkv, e * lanes, (e + 1) * lanes, a.qkvBias[head * 3 * d + e]);
                VectorGemm.multiplyStrips(3 * d, lanes, c, a.qkvWeight, head * 3 * d * c, c, 0, normed, 0, c * NR, qkv, 0, lanes, NR);
                for (WindowPlan.Window window : g.windows()) attend(a, window, head, qkv, lanes, out);
            }
            VectorGemm.pack(c, lanes, out, 0, lanes, normed, 0);
            for (int j = 0; j < panels; j++) VectorPanels.addBias(c, a.projBias, in, j * c * NR);
            VectorGemm.multiplyStrips(c, lanes, c, a.projWeight, 0, c, 0, normed, 0, c * NR, in, 0, NR, c * NR);
            scatter(g.pixels(), c, plane, in, z, map);
        });
    }

    /// One head of one window: from planes `qkv (3·dim, lanes)` to this head's planes of `out (channels, lanes)`.
    private static void attend(Attention a, WindowPlan.Window window, int head, float[] qkv, int lanes, float[] out) {
        final int n = a.s.places(), d = a.s.dim(), panels = VectorGemm.panels(n);
        int[] places = window.lanes();
        float[] from = places == null ? qkv : sideBySide(places, 3 * d, qkv, lanes);
        int first = places == null ? window.first() : 0, ld = places == null ? lanes : n;
        float[] keys = Scratch.floats(Scratch.STRIPS, 2 * n * d), q = Scratch.floats(Scratch.QUERIES, d * NR),
                y = Scratch.floats(Scratch.ROW, d * NR);
        VectorGemm.packStrips(n, d, from, d * ld + first, 1, ld, keys, 0);
        VectorGemm.packStrips(d, n, from, 2 * d * ld + first, ld, 1, keys, n * d);
        for (int j = 0; j < panels; j++) {
            int width = Math.min(NR, n - j * NR);
            queries(d, from, first + j * NR, ld, width, q);
            attend(n, d, a.table, (head * panels + j) * n * NR, keys, q, y);
            write(d, y, width, places, first + j * NR, out, head * d * lanes, lanes);
        }
    }

    /// A window's places side by side in planes, including those beyond the map.
    private static float[] sideBySide(int[] places, int planes, float[] qkv, int lanes) {
        float[] to = Scratch.floats(Scratch.MORE_SCORES, planes * places.length);
        for (int e = 0; e < planes; e++) for (int i = 0; i < places.length; i++) to[e * places.length + i] = qkv[e * lanes + places[i]];
        return to;
    }

    /// A panel of queries, from planes; zeros in lanes without one.
    private static void queries(int d, float[] from, int at, int ld, int width, float[] q) {
        for (int e = 0; e < d; e++) {
            System.arraycopy(from, e * ld + at, q, e * NR, width);
            if (width < NR) Arrays.fill(q, e * NR + width, (e + 1) * NR, 0);
        }
    }

    /// A panel of queries: `y = softmax(q kᵀ + table) v`, in units of ln 2.
    ///
    /// @param keys strips of k, then of v
    private static void attend(int n, int d, float[] table, int at, float[] keys, float[] q, float[] y) {
        float[] scores = Scratch.floats(Scratch.SCORES, n * NR);
        float[] max = Scratch.floats(Scratch.MAX, NR), sum = Scratch.floats(Scratch.SUM, NR), factor = Scratch.floats(Scratch.FACTOR, NR);
        System.arraycopy(table, at, scores, 0, n * NR);
        VectorGemm.multiplyStrips(n, NR, d, keys, 0, q, 0, d * NR, scores, 0, NR);
        Arrays.fill(max, 0, NR, Float.NEGATIVE_INFINITY);
        Arrays.fill(sum, 0, NR, 0);
        VectorPanels.softmaxStep(n, scores, max, sum, 0, factor);
        for (int i = 0; i < NR; i++) sum[i] = 1 / sum[i];
        Arrays.fill(y, 0, d * NR, 0);
        VectorGemm.multiplyStrips(d, NR, n, keys, n * d, scores, 0, n * NR, y, 0, NR);
        VectorPanels.scaleLanes(d, y, 0, sum, 0);
    }

    /// Writes a panel into planes: side by side, or, if the places of a window are given, each at its own. Those beyond the map are written where
    /// nobody reads.
    private static void write(int d, float[] y, int width, int @Nullable [] places, int first, float[] out, int at, int lanes) {
        for (int e = 0; e < d; e++) {
            int to = at + e * lanes;
            if (places == null) System.arraycopy(y, e * NR, out, to + first, width);
            else for (int i = 0; i < width; i++) out[to + places[first + i]] = y[e * NR + i];
        }
    }

    /// Panels of the pixels in these lanes; zeros in lanes without a pixel.
    private static void gather(int[] pixels, int channels, int plane, float[] map, int at, float[] panels) {
        for (int j = 0; j < pixels.length; j += NR) {
            for (int c = 0; c < channels; c++) {
                int to = (j * channels) + c * NR, from = at + c * plane;
                for (int i = 0; i < NR; i++) panels[to + i] = pixels[j + i] < 0 ? 0 : map[from + pixels[j + i]];
            }
        }
    }

    private static void scatter(int[] pixels, int channels, int plane, float[] panels, float[] map, int at) {
        for (int j = 0; j < pixels.length; j += NR) {
            for (int c = 0; c < channels; c++) {
                int from = (j * channels) + c * NR, to = at + c * plane;
                for (int i = 0; i < NR; i++) if (pixels[j + i] >= 0) map[to + pixels[j + i]] = panels[from + i];
            }
        }
    }

    // ---- convolution and MLP

    /// `t = conv(z)`, `y = t + fc2(gelu(fc1(norm2(t))))`
    private void mlp(WindowBlockShape s, WindowBlockWeights<CpuBuffer> p, float[] z, float[] y) {
        final int c = s.channels(), h = s.height(), w = s.width(), plane = h * w, hidden = s.hidden();
        final float[] conv = p.conv().weight().rows(), convBias = p.conv().bias().rows(), normWeight = p.norm2().weight().rows(),
                normBias = p.norm2().bias().rows();
        final float[] fc1 = p.lin1().weight().strips(hidden, c), fc1Bias = p.lin1().bias().rows(), fc2 = p.lin2().weight().strips(c,
                hidden), fc2Bias = p.lin2().bias().rows();
        final int rows = Math.clamp(PIXELS / w, 1, h), blocks = Math.ceilDiv(h, rows), part = Math.min(HIDDEN, hidden);
        parallel.run(s.batch() * blocks, 2L * s.batch() * plane * c * hidden, task -> {
            final int row = task % blocks * rows, pixels = Math.min(rows, h - row) * w, panels = VectorGemm.panels(pixels), lanes = panels
                    * NR;
            final int map = task / blocks * c * plane;
            float[] t = Scratch.floats(Scratch.OUT, lanes * c), normed = Scratch.floats(Scratch.NORMED, lanes * c);
            float[] between = Scratch.floats(Scratch.HIDDEN, lanes * part);
            convolve(s, z, map, row, pixels / w, conv, convBias, t);
            for (int j = 0; j < panels; j++) {
                VectorPanels.layerNorm(c, s.eps(), normWeight, normBias, t, j * c * NR, normed, j * c * NR);
                VectorPanels.addBias(c, fc2Bias, t, j * c * NR);
            }
            for (int h0 = 0; h0 < hidden; h0 += part) {
                int n = Math.min(part, hidden - h0);
                for (int j = 0; j < panels; j++) VectorPanels.broadcast(n, fc1Bias, h0, between, j * n * NR);
                VectorGemm.multiplyStrips(n, lanes, c, fc1, h0 * c, c, 0, normed, 0, c * NR, between, 0, NR, n * NR);
                VectorMath.gelu(between, between, 0, n * lanes);
                VectorGemm.multiplyStrips(c, lanes, n, fc2, 0, hidden, h0, between, 0, n * NR, t, 0, NR, c * NR);
            }
            for (int e = 0; e < c; e++)
                for (int j = 0; j < pixels; j += NR)
                    System.arraycopy(t, j * c + e * NR, y, map + e * plane + row * w + j, Math.min(NR, pixels - j));
        });
    }

    /// Panels of `rows` rows of the convolved map, from `row` on.
    private static void convolve(WindowBlockShape s, float[] z, int map, int row, int rows, float[] weight, float[] bias, float[] panels) {
        final int c = s.channels(), w = s.width(), pitch = w + 2, all = VectorGemm.padded(rows * pitch);
        float[] seen = Scratch.floats(Scratch.SCORES, (rows + 2) * pitch + 3 * NR), out = Scratch.floats(Scratch.ROW, all);
        Arrays.fill(seen, 0, (rows + 2) * pitch + 3 * NR, 0);
        for (int e = 0; e < c; e++) {
            for (int i = 0; i < rows + 2; i++) {
                int from = row + i - 1;
                if (from >= 0 && from < s.height())
                    System.arraycopy(z, map + (e * s.height() + from) * w, seen, i * pitch + 1, w);
            }
            VectorDepthwise.plane(1, all, seen, 0, 0, pitch, 1, 2, weight, 9 * e, bias[e], out, 0, 0, NR);
            for (int i = 0; i < rows; i++) VectorBottleneck.spread(out, i * pitch, w, i * w, e, c, panels);
        }
        int pixels = rows * w;
        if (pixels % NR != 0) {
            for (int e = 0; e < c; e++) {
                int at = (pixels / NR * c + e) * NR;
                Arrays.fill(panels, at + pixels % NR, at + NR, 0);
            }
        }
    }
}
