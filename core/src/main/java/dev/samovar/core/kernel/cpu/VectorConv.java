package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Convolutions as matrix products: the weights are A as they lie, and B, the patches under each output pixel, is packed straight into panels,
/// block by block, never as a whole.
///
/// The input gradient of a stride-1 convolution is a convolution with the weights turned around; where stride equals kernel (patch embedding,
/// transposed convolution) patches do not overlap, and the product is dealt out to its places. The weight gradient is a product over pixels.
final class VectorConv {
    /// Output pixels of a task.
    private static final int PIXELS = 256;
    /// Columns of the weight gradient of a task.
    private static final int WEIGHTS = 128;

    private final Parallel parallel;
    private final CpuMemory pool;
    private final VectorWinograd winograd;

    VectorConv(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
        winograd = new VectorWinograd(parallel, pool);
    }

    void forward(Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        if (VectorWinograd.handles(s)) winograd.forward(s, x, w, false, bias, y);
        else product(s, x, w, bias, y);
    }

    private void product(Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        final int pixels = s.outPixels(), k = s.fanIn(), o = s.outChannels(), blocks = (pixels + PIXELS - 1) / PIXELS;
        parallel.run(s.batch() * blocks, (long) s.batch() * pixels * k * o, task -> {
            int image = task / blocks, p0 = task % blocks * PIXELS, n = Math.min(PIXELS, pixels - p0), y0 = image * o * pixels + p0;
            for (int i = 0; i < o; i++) Arrays.fill(y, y0 + i * pixels, y0 + i * pixels + n, bias == null ? 0 : bias[i]);
            float[] panels = Scratch.floats(Scratch.PANELS, VectorGemm.KC * (PIXELS + VectorGemm.NR));
            for (int kb = 0; kb < k; kb += VectorGemm.KC) {
                int kc = Math.min(VectorGemm.KC, k - kb);
                packPatches(s, x, image * s.inChannels() * s.height() * s.width(), kb, kc, p0, n, panels);
                VectorGemm.multiply(o, n, kc, w, kb, k, panels, 0, kc * VectorGemm.NR, y, y0, pixels);
            }
        });
    }

    /// Whether [#gradInput] can do it.
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
        float[] turned = pool.take(s.outChannels() * s.fanIn());
        try {
            if (isPatchwise(s)) {
                VectorGemm.transpose(s.outChannels(), s.fanIn(), w, 0, s.fanIn(), turned, 0, s.outChannels());
                patchwise(s, dy, turned, bias, dx);
            } else {
                turn(s, w, turned);
                var back = new Conv2dShape(s.batch(), s.outChannels(), s.outHeight(), s.outWidth(), s.inChannels(), s.kernel(), 1, s
                        .kernel() - 1 - s.padding());
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

    /// Input gradient of patches that do not overlap: `weights (fanIn, outChannels) · dy (outChannels, pixels)`, each value written to its place.
    private void patchwise(Conv2dShape s, float[] dy, float[] weights, float @Nullable [] bias, float[] dx) {
        final int pixels = s.outPixels(), o = s.outChannels(), rows = s.fanIn(), blocks = (pixels + PIXELS - 1) / PIXELS;
        parallel.run(s.batch() * blocks, (long) s.batch() * pixels * rows * o, task -> {
            int image = task / blocks, p0 = task % blocks * PIXELS, n = Math.min(PIXELS, pixels - p0);
            float[] panels = Scratch.floats(Scratch.PANELS, o * (PIXELS + VectorGemm.NR)), tile = Scratch.floats(Scratch.TILE, rows
                    * PIXELS);
            VectorGemm.pack(o, n, dy, image * o * pixels + p0, pixels, panels, 0);
            Arrays.fill(tile, 0, rows * n, 0);
            VectorGemm.multiply(rows, n, o, weights, 0, o, panels, 0, o * VectorGemm.NR, tile, 0, n);
            int kernel = s.kernel();
            for (int r = 0; r < rows; r++) {
                int c = r / (kernel * kernel), u = r / kernel % kernel, v = r % kernel;
                float b = bias == null ? 0 : bias[c];
                int plane = (image * s.inChannels() + c) * s.height() * s.width();
                for (int e = 0, i = p0 / s.outWidth(), j = p0 % s.outWidth(); e < n; e++) {
                    dx[plane + (i * kernel + u) * s.width() + j * kernel + v] = tile[r * n + e] + b;
                    if (++j == s.outWidth()) {
                        j = 0;
                        i++;
                    }
                }
            }
        });
    }

    void gradWeight(Conv2dShape s, float[] x, float[] dy, float[] dw) {
        if (VectorWinograd.handles(s)) {
            winograd.gradWeight(s, x, dy, dw);
            return;
        }
        final int pixels = s.outPixels(), columns = s.fanIn(), o = s.outChannels(), blocks = (columns + WEIGHTS - 1) / WEIGHTS;
        parallel.run(blocks, (long) s.batch() * pixels * columns * o, task -> {
            int j0 = task * WEIGHTS, n = Math.min(WEIGHTS, columns - j0);
            for (int i = 0; i < o; i++) Arrays.fill(dw, i * columns + j0, i * columns + j0 + n, 0);
            float[] panels = Scratch.floats(Scratch.PANELS, VectorGemm.KC * (WEIGHTS + VectorGemm.NR));
            for (int image = 0; image < s.batch(); image++) {
                for (int pb = 0; pb < pixels; pb += VectorGemm.KC) {
                    int kc = Math.min(VectorGemm.KC, pixels - pb);
                    packPatchesTransposed(s, x, image * s.inChannels() * s.height() * s.width(), pb, kc, j0, n, panels);
                    VectorGemm.multiply(o, n, kc, dy, image * o * pixels + pb, pixels, panels, 0, kc * VectorGemm.NR, dw, j0, columns);
                }
            }
        });
    }

    // ---- packing patches

    /// B with one column per output pixel `p0 … p0+n−1` and one row per weight `k0 … k0+kc−1`.
    private static void packPatches(Conv2dShape s, float[] x, int x0, int k0, int kc, int p0, int n, float[] panels) {
        final int NR = VectorGemm.NR, kernel = s.kernel(), square = kernel * kernel;
        for (int j = 0, to = 0; j < n; j += NR, to += kc * NR) {
            int width = Math.min(NR, n - j), row = (p0 + j) / s.outWidth(), column = (p0 + j) % s.outWidth();
            boolean straight = s.stride() == 1 && width == NR && column + NR <= s.outWidth();
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

    /// [VectorGemm#NR] neighbouring pixels of one row.
    private static void straightPatch(Conv2dShape s, float[] x, int plane, int i, int j, float[] panels, int to) {
        final int NR = VectorGemm.NR, V = VectorGemm.V;
        if (i < 0 || i >= s.height()) {
            for (int e = 0; e < NR; e++) panels[to + e] = 0;
        } else if (j >= 0 && j + NR <= s.width()) {
            int from = plane + i * s.width() + j;
            FloatVector.fromArray(VectorGemm.SPECIES, x, from).intoArray(panels, to);
            FloatVector.fromArray(VectorGemm.SPECIES, x, from + V).intoArray(panels, to + V);
        } else {
            int from = plane + i * s.width();
            for (int e = 0; e < NR; e++) panels[to + e] = j + e >= 0 && j + e < s.width() ? x[from + j + e] : 0;
        }
    }

    /// `width` pixels that may spread over several rows or lie apart.
    private static void scatteredPatch(Conv2dShape s, float[] x, int plane, int row, int column, int u, int v, int width, float[] panels,
            int to) {
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
        for (int e = 0; e < VectorGemm.panels(n) * NR; e++) {
            int to = e / NR * kc * NR + e % NR, weight = j0 + e;
            if (e >= n) {
                for (int p = 0; p < kc; p++) panels[to + p * NR] = 0;
                continue;
            }
            int plane = x0 + weight / square * s.height() * s.width(), u = weight / kernel % kernel, v = weight % kernel;
            for (int p = 0; p < kc;) {
                int row = (p0 + p) / s.outWidth(), column = (p0 + p) % s.outWidth(), run = Math.min(kc - p, s.outWidth() - column);
                int i = row * s.stride() + u - s.padding(), from = plane + i * s.width();
                boolean rowInside = i >= 0 && i < s.height();
                for (int t = 0; t < run; t++) {
                    int j = (column + t) * s.stride() + v - s.padding();
                    panels[to + (p + t) * NR] = rowInside && j >= 0 && j < s.width() ? x[from + j] : 0;
                }
                p += run;
            }
        }
    }
}
