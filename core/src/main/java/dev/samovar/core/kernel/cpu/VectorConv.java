package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/// Convolutions as matrix products: the weights are A, in strips, and B, the patches under each output pixel, is packed straight into panels,
/// block by block, never as a whole. Convolutions of 3 × 3 and stride 1 go to [VectorWinograd], for small pictures through
/// [VectorSideBySide], unless they must be exact.
///
/// The input gradient of a stride-1 convolution is a convolution with the weights rotated by 180°. If stride equals kernel (patch embedding,
/// transposed convolution), patches do not overlap, and the values of the product are written to their places. The weight gradient is a product over
/// pixels.
final class VectorConv {
    /// Output pixels of a task.
    private static final int PIXELS = 256;
    /// Columns of the weight gradient of a task.
    private static final int WEIGHTS = 256;
    /// If there are fewer tasks than this, each picture's weight gradient is computed separately, and they are summed.
    private static final int TASKS = 8;
    /// Rows of a panel that are packed for all its columns before the next ones, so that they stay in the nearest cache.
    private static final int PACKED = 128;

    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final VectorShuffle<Float> EVEN = VectorShuffle.makeUnzip(F, 0);
    private static final VectorShuffle<Float> ODD = VectorShuffle.makeUnzip(F, 1);
    private static final VectorShuffle<Float> LOW = VectorShuffle.makeZip(F, 0);
    private static final VectorShuffle<Float> HIGH = VectorShuffle.makeZip(F, 1);

    private final Parallel parallel;
    private final CpuMemory pool;
    private final VectorWinograd winograd;
    private final VectorSideBySide sideBySide;

    VectorConv(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
        winograd = new VectorWinograd(parallel, pool);
        sideBySide = new VectorSideBySide(parallel, pool, winograd);
    }

    void forward(Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        if (VectorWinograd.handles(s)) winograd.forward(s, x, w, false, bias, y);
        else if (VectorSideBySide.handles(s)) sideBySide.forward(s, x, w, bias, y);
        else product(s, x, w, bias, y);
    }

    private void product(Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        final int pixels = s.outPixels(), k = s.fanIn(), o = s.outChannels(), blocks = (pixels + PIXELS - 1) / PIXELS;
        float[] strips = pool.take(o * k);
        try {
            VectorGemm.packStrips(o, k, w, 0, k, 1, strips, 0);
            parallel.run(s.batch() * blocks, (long) s.batch() * pixels * k * o, task -> {
                int image = task / blocks, p0 = task % blocks * PIXELS, n = Math.min(PIXELS, pixels - p0), y0 = image * o * pixels + p0;
                for (int i = 0; i < o; i++) Arrays.fill(y, y0 + i * pixels, y0 + i * pixels + n, bias == null ? 0 : bias[i]);
                float[] panels = Scratch.floats(Scratch.PANELS, VectorGemm.KC * (PIXELS + VectorGemm.NR));
                for (int kb = 0; kb < k; kb += VectorGemm.KC) {
                    int kc = Math.min(VectorGemm.KC, k - kb);
                    packPatches(s, x, image * s.inChannels() * s.height() * s.width(), kb, kc, p0, n, panels);
                    VectorGemm.multiplyStrips(o, n, kc, strips, 0, k, kb, panels, 0, kc * VectorGemm.NR, y, y0, pixels, VectorGemm.NR);
                }
            });
        } finally {
            pool.give(strips);
        }
    }

    /// Whether [#gradInput] handles this shape.
    static boolean handlesGradInput(Conv2dShape s) {
        return (s.stride() == 1 && s.padding() < s.kernel()) || isPatchwise(s);
    }

    private static boolean isPatchwise(Conv2dShape s) {
        return s.stride() == s.kernel() && s.padding() == 0 && s.height() % s.kernel() == 0 && s.width() % s.kernel() == 0;
    }

    void gradInput(Conv2dShape s, float[] dy, float[] w, float @Nullable [] bias, float[] dx) {
        if (VectorWinograd.handles(s)) {
            winograd.gradInput(s, dy, w, bias, dx);
            return;
        }
        if (VectorSideBySide.handles(s)) {
            sideBySide.gradInput(s, dy, w, bias, dx);
            return;
        }
        float[] turned = pool.take(s.outChannels() * s.fanIn());
        try {
            if (isPatchwise(s)) {
                VectorGemm.packStrips(s.fanIn(), s.outChannels(), w, 0, 1, s.fanIn(), turned, 0);
                patchwise(s, dy, turned, bias, dx);
            } else {
                turn(s, w, turned);
                var back = new Conv2dShape(s.batch(), s.outChannels(), s.outHeight(), s.outWidth(), s.inChannels(), s.kernel(), 1,
                        s.kernel() - 1 - s.padding());
                product(back, dy, turned, bias, dx);
            }
        } finally {
            pool.give(turned);
        }
    }

    /// `turned[c][o][u][v] = w[o][c][k−1−u][k−1−v]`
    private static void turn(Conv2dShape s, float[] w, float[] turned) {
        int square = s.kernel() * s.kernel();
        for (int o = 0; o < s.outChannels(); o++) {
            for (int c = 0; c < s.inChannels(); c++) {
                int from = (o * s.inChannels() + c) * square, to = (c * s.outChannels() + o) * square;
                for (int t = 0; t < square; t++) turned[to + t] = w[from + square - 1 - t];
            }
        }
    }

    /// Input gradient of patches that do not overlap: `weights (fanIn, outChannels)`, in strips, `· dy (outChannels, pixels)`, each value written to its place.
    private void patchwise(Conv2dShape s, float[] dy, float[] weights, float @Nullable [] bias, float[] dx) {
        final int pixels = s.outPixels(), o = s.outChannels(), rows = s.fanIn(), blocks = (pixels + PIXELS - 1) / PIXELS;
        parallel.run(s.batch() * blocks, (long) s.batch() * pixels * rows * o, task -> {
            int image = task / blocks, p0 = task % blocks * PIXELS, n = Math.min(PIXELS, pixels - p0);
            float[] panels = Scratch.floats(Scratch.PANELS, o * (PIXELS + VectorGemm.NR)), tile = Scratch.floats(Scratch.TILE, rows
                    * PIXELS);
            VectorGemm.pack(o, n, dy, image * o * pixels + p0, pixels, panels, 0);
            Arrays.fill(tile, 0, rows * n, 0);
            VectorGemm.multiplyStrips(rows, n, o, weights, 0, panels, 0, o * VectorGemm.NR, tile, 0, n);
            int kernel = s.kernel();
            for (int r = 0; r < rows; r += kernel == 2 ? 2 : 1) {
                int c = r / (kernel * kernel), u = r / kernel % kernel, v = r % kernel;
                float b = bias == null ? 0 : bias[c];
                int plane = (image * s.inChannels() + c) * s.height() * s.width();
                for (int e = 0, run; e < n; e += run) {                            // up to the end of the row of pixels
                    int i = (p0 + e) / s.outWidth(), j = (p0 + e) % s.outWidth(), to = plane + (i * kernel + u) * s.width() + j * kernel
                            + v;
                    run = Math.min(n - e, s.outWidth() - j);
                    if (kernel == 2) zip(run, tile, r * n + e, (r + 1) * n + e, b, dx, to);
                    else deal(run, kernel, tile, r * n + e, b, dx, to);
                }
            }
        });
    }

    /// `y[i · step] = x[i] + plus`
    private static void deal(int n, int step, float[] x, int from, float plus, float[] y, int to) {
        for (int i = 0; i < n; i++) y[to + i * step] = x[from + i] + plus;
    }

    /// `y[2i] = x[left + i] + plus`, `y[2i + 1] = x[right + i] + plus`
    private static void zip(int n, float[] x, int left, int right, float plus, float[] y, int to) {
        int i = 0;
        for (; i + V <= n; i += V) {
            FloatVector a = FloatVector.fromArray(F, x, left + i).add(plus), b = FloatVector.fromArray(F, x, right + i).add(plus);
            a.rearrange(LOW, b).intoArray(y, to + 2 * i);
            a.rearrange(HIGH, b).intoArray(y, to + 2 * i + V);
        }
        for (; i < n; i++) {
            y[to + 2 * i] = x[left + i] + plus;
            y[to + 2 * i + 1] = x[right + i] + plus;
        }
    }

    void gradWeight(Conv2dShape s, float[] x, float[] dy, float[] dw) {
        if (VectorWinograd.handles(s)) {
            winograd.gradWeight(s, x, dy, dw);
            return;
        }
        if (VectorSideBySide.handles(s)) {
            sideBySide.gradWeight(s, x, dy, dw);
            return;
        }
        final int columns = s.fanIn(), o = s.outChannels(), blocks = (columns + WEIGHTS - 1) / WEIGHTS;
        final int parts = blocks < TASKS ? s.batch() : 1, size = o * columns;
        float[] sums = parts == 1 ? dw : pool.take(Math.multiplyExact(parts, size));
        try {
            parallel.run(parts * blocks, (long) s.batch() * s.outPixels() * columns * o, task -> {
                int part = task / blocks, j = task % blocks * WEIGHTS, from = parts == 1 ? 0 : part, to = parts == 1 ? s.batch() : part + 1;
                gradWeight(s, x, dy, from, to, j, Math.min(WEIGHTS, columns - j), sums, part * size);
            });
            if (parts == 1) return;
            Split.run(parallel, size, parts, (from, to) -> {
                System.arraycopy(sums, from, dw, from, to - from);
                for (int part = 1; part < parts; part++) for (int i = from; i < to; i++) dw[i] += sums[part * size + i];
            });
        } finally {
            if (parts > 1) pool.give(sums);
        }
    }

    /// Columns `j0 … j0+n−1` of the weight gradient of some pictures.
    private static void gradWeight(Conv2dShape s, float[] x, float[] dy, int firstImage, int endImage, int j0, int n, float[] sums,
            int at) {
        final int pixels = s.outPixels(), columns = s.fanIn(), o = s.outChannels();
        for (int i = 0; i < o; i++) Arrays.fill(sums, at + i * columns + j0, at + i * columns + j0 + n, 0);
        float[] panels = Scratch.floats(Scratch.PANELS, VectorGemm.KC * (WEIGHTS + VectorGemm.NR));
        for (int image = firstImage; image < endImage; image++) {
            for (int pb = 0; pb < pixels; pb += VectorGemm.KC) {
                int kc = Math.min(VectorGemm.KC, pixels - pb);
                packPatchesTransposed(s, x, image * s.inChannels() * s.height() * s.width(), pb, kc, j0, n, panels);
                VectorGemm.multiply(o, n, kc, dy, image * o * pixels + pb, pixels, panels, 0, kc * VectorGemm.NR, sums, at + j0, columns);
            }
        }
    }

    // ---- packing patches

    /// B with one column per output pixel `p0 … p0+n−1` and one row per weight `k0 … k0+kc−1`.
    private static void packPatches(Conv2dShape s, float[] x, int x0, int k0, int kc, int p0, int n, float[] panels) {
        final int NR = VectorGemm.NR, kernel = s.kernel(), square = kernel * kernel;
        for (int j = 0, to = 0; j < n; j += NR, to += kc * NR) {
            int width = Math.min(NR, n - j), row = (p0 + j) / s.outWidth(), column = (p0 + j) % s.outWidth();
            boolean straight = s.stride() == 1 && width == NR && column + NR <= s.outWidth();
            if (isPatchwise(s) && kernel == 2 && width == NR && column + NR <= s.outWidth()) {
                for (int r = 0; r < kc; r += 2) {                                  // blocks begin and end with whole rows of a patch
                    int c = (k0 + r) / 4, u = (k0 + r) / 2 % 2;
                    unzip(x, x0 + (c * s.height() + 2 * row + u) * s.width() + 2 * column, panels, to + r * NR);
                }
                continue;
            }
            for (int r = 0; r < kc; r++) {
                int c = (k0 + r) / square, u = (k0 + r) / kernel % kernel, v = (k0 + r) % kernel, at = to + r * NR;
                if (straight) {
                    straightPatch(s, x, x0 + c * s.height() * s.width(), row + u - s.padding(), column + v - s.padding(), panels, at);
                } else {
                    scatteredPatch(s, x, x0 + c * s.height() * s.width(), row, column, u, v, width, panels, at);
                }
            }
        }
    }

    /// Two rows of a panel from neighbours in one row of pixels: the even ones and the odd ones.
    private static void unzip(float[] x, int from, float[] panels, int to) {
        FloatVector a = FloatVector.fromArray(F, x, from), b = FloatVector.fromArray(F, x, from + V);
        FloatVector c = FloatVector.fromArray(F, x, from + 2 * V), d = FloatVector.fromArray(F, x, from + 3 * V);
        a.rearrange(EVEN, b).intoArray(panels, to);
        c.rearrange(EVEN, d).intoArray(panels, to + V);
        a.rearrange(ODD, b).intoArray(panels, to + 2 * V);
        c.rearrange(ODD, d).intoArray(panels, to + 3 * V);
    }

    /// [VectorGemm#NR] neighbouring pixels of one row.
    private static void straightPatch(Conv2dShape s, float[] x, int plane, int i, int j, float[] panels, int to) {
        final int NR = VectorGemm.NR;
        if (i < 0 || i >= s.height()) {
            for (int e = 0; e < NR; e++) panels[to + e] = 0;
        } else if (j >= 0 && j + NR <= s.width()) {
            int from = plane + i * s.width() + j;
            FloatVector.fromArray(F, x, from).intoArray(panels, to);
            FloatVector.fromArray(F, x, from + V).intoArray(panels, to + V);
        } else {
            int from = plane + i * s.width();
            for (int e = 0; e < NR; e++) panels[to + e] = j + e >= 0 && j + e < s.width() ? x[from + j + e] : 0;
        }
    }

    /// `width` pixels that may be in several rows or be apart from each other.
    private static void scatteredPatch(Conv2dShape s, float[] x, int plane, int row, int column, int u, int v, int width, float[] panels,
            int to) {
        int top = row * s.stride() + u - s.padding(), left = column * s.stride() + v - s.padding(), from = plane + top * s.width() + left;
        if (width == VectorGemm.NR && column + width <= s.outWidth() && top >= 0 && top < s.height() && left >= 0
                && left + (width - 1) * s.stride() < s.width()) {
            for (int e = 0; e < VectorGemm.NR; e++) panels[to + e] = x[from + e * s.stride()];
            return;
        }
        for (int e = 0; e < VectorGemm.NR; e++) {
            int i = row * s.stride() + u - s.padding(), j = column * s.stride() + v - s.padding();
            boolean inside = e < width && i >= 0 && i < s.height() && j >= 0 && j < s.width();
            panels[to + e] = inside ? x[plane + i * s.width() + j] : 0;
            if (++column == s.outWidth()) {
                column = 0;
                row++;
            }
        }
    }

    /// B with one column per weight `j0 … j0+n−1` and one row per output pixel `p0 … p0+kc−1`.
    private static void packPatchesTransposed(Conv2dShape s, float[] x, int x0, int p0, int kc, int j0, int n, float[] panels) {
        final int NR = VectorGemm.NR, kernel = s.kernel(), square = kernel * kernel;
        for (int panel = 0; panel < VectorGemm.panels(n); panel++) {
            for (int first = 0; first < kc; first += PACKED) {
                int end = Math.min(kc, first + PACKED);
                for (int e = 0; e < NR; e++) {
                    int to = panel * kc * NR + e, weight = j0 + panel * NR + e;
                    if (panel * NR + e >= n) {
                        for (int p = first; p < end; p++) panels[to + p * NR] = 0;
                        continue;
                    }
                    int plane = x0 + weight / square * s.height() * s.width(), u = weight / kernel % kernel, v = weight % kernel;
                    for (int p = first, run; p < end; p += run) {
                        int row = (p0 + p) / s.outWidth(), column = (p0 + p) % s.outWidth();
                        run = Math.min(end - p, s.outWidth() - column);
                        packRun(s, x, plane, row * s.stride() + u - s.padding(), column * s.stride() + v - s.padding(), run, panels, to + p
                                * NR);
                    }
                }
            }
        }
    }

    /// `run` pixels of row `i` from column `j` on, a stride apart, down a column of a panel.
    private static void packRun(Conv2dShape s, float[] x, int plane, int i, int j, int run, float[] panels, int to) {
        final int NR = VectorGemm.NR, stride = s.stride(), from = plane + i * s.width() + j;
        boolean inside = i >= 0 && i < s.height();
        int lo = inside ? Math.clamp(Math.ceilDiv(-j, stride), 0, run) : run, hi = inside
                ? Math.clamp(Math.ceilDiv(s.width() - j, stride), lo, run)
                : run;
        for (int t = 0; t < lo; t++) panels[to + t * NR] = 0;
        if (stride == 1) for (int t = lo; t < hi; t++) panels[to + t * NR] = x[from + t];        // a constant step: takes a third of the time
        else if (stride == 2) for (int t = lo; t < hi; t++) panels[to + t * NR] = x[from + 2 * t];
        else for (int t = lo; t < hi; t++) panels[to + t * NR] = x[from + t * stride];
        for (int t = hi; t < run; t++) panels[to + t * NR] = 0;
    }
}
