package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// 3×3 convolutions of stride 1 with a quarter of the multiplications: Winograd's F(4×4, 3×3) (Lavin and Gray, 2016).
///
/// A tile of 4 × 4 output pixels sees 6 × 6 input pixels `d` through 3 × 3 weights `g`. With the matrices `A`, `B` and `G` below,
///
///     y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
///
/// takes 36 products instead of 144 (`⊙` multiplies element by element). Summed over channels, each of the 36 is a matrix product `(out, in) · (in,
/// tiles)`, which [VectorGemm] computes. The weight gradient is the transpose in `g`: `dg = Gᵀ [(A dy Aᵀ) ⊙ (Bᵀ d B)] G`, whose 36 products sum over
/// tiles; the input gradient is the convolution of `dy` with the weights rotated by 180°.
///
/// The matrices evaluate and interpolate polynomials at 0, ±p, ±q and infinity, `p` = [#P] and `q` = [#Q]. With `u = 1/(2p²(p²−q²))` and `v = 1/(2q²(q²−p²))`:
///
///          ⎡ p²q²     0   −p²−q²     0    1  0 ⎤         ⎡ 1/p²q²   0     0   ⎤          ⎡ 1  1   1  1   1  0 ⎤
///          ⎢   0   −pq²    −q²       p    1  0 ⎥         ⎢   u     pu    p²u  ⎥     Aᵀ = ⎢ 0  p  −p  q  −q  0 ⎥
///     Bᵀ = ⎢   0    pq²    −q²      −p    1  0 ⎥     G = ⎢   u    −pu    p²u  ⎥          ⎢ 0  p²  p² q²  q² 0 ⎥
///          ⎢   0   −p²q    −p²       q    1  0 ⎥         ⎢   v     qv    q²v  ⎥          ⎣ 0  p³ −p³ q³ −q³ 1 ⎦
///          ⎢   0    p²q    −p²      −q    1  0 ⎥         ⎢   v    −qv    q²v  ⎥
///          ⎣   0   p²q²      0   −p²−q²   0  1 ⎦         ⎣   0     0      1   ⎦
///
/// With 3/4 and 3/2, found by trial, the error is a third of that
/// with the usual 1 and 2, and about ten times that of the plain sum: at most 1e-5 of the result, at 1024 channels.
///
/// A matrix is applied to the columns, then to the rows of many tiles at once. The lanes are neighbouring tiles of a row, for which rows of pixels
/// are first dealt out to four shorter ones, or neighbouring channels.
final class VectorWinograd {
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;
    /// Side of a tile of the output.
    static final int OUT = 4;
    /// Side of the input that it sees.
    private static final int IN = 6;
    private static final int PRODUCTS = IN * IN;
    /// The approximate number of tiles in a task: its 36 matrices of tiles stay in the cache, and it reads the weights' 36 matrices once.
    private static final int TILES = 128;
    /// Output channels whose products are turned into pixels at a time; a multiple of the height of a strip.
    private static final int CHANNELS = 96;
    /// With fewer channels than this on either side, the transforms do not pay.
    private static final int LEAST_CHANNELS = 16;

    private static final float P = 0.75f;
    private static final float Q = 1.5f;
    private static final float P2 = P * P;
    private static final float Q2 = Q * Q;
    private static final float P3 = P * P2;
    private static final float Q3 = Q * Q2;
    /// `1/Π (p − other points)` for each point: the factors in `G`.
    private static final float AT_0 = 1 / (P2 * Q2);
    private static final float AT_P = 1 / (2 * P2 * (P2 - Q2));
    private static final float AT_Q = 1 / (2 * Q2 * (Q2 - P2));

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorWinograd(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    /// Whether it handles a convolution that need not be exact, and is faster than a plain product.
    static boolean handles(Conv2dShape s) {
        return canDo(s) && s.outWidth() >= 2 * V && s.outHeight() >= OUT;
    }

    /// Whether it handles a convolution that need not be exact.
    static boolean canDo(Conv2dShape s) {
        return !s.exact() && s.kernel() == 3 && s.stride() == 1 && s.padding() < 3 && Math.min(s.inChannels(), s.outChannels()) >= LEAST_CHANNELS;
    }

    /// The number of multiplications for each pair of channels.
    static long multiplications(Conv2dShape s) {
        return (long) PRODUCTS * s.batch() * across(s) * down(s);
    }

    /// The number of tiles side by side, rounded up to whole vectors.
    private static int across(Conv2dShape s) {
        return Math.ceilDiv(Math.ceilDiv(s.outWidth(), OUT), V) * V;
    }

    private static int down(Conv2dShape s) {
        return Math.ceilDiv(s.outHeight(), OUT);
    }

    private static int roundUp(int n, int to) {
        return Math.ceilDiv(n, to) * to;
    }

    // ---- forward, and the input gradient

    void gradInput(Conv2dShape s, float[] dy, float[] w, float @Nullable [] bias, float[] dx) {
        var back = new Conv2dShape(s.batch(), s.outChannels(), s.outHeight(), s.outWidth(), s.inChannels(), 3, 1, 2 - s.padding());
        forward(back, dy, w, true, bias, dx);
    }

    /// `y = conv(x, w) + bias`; if `turned`, `w` is `(in, out, 3, 3)` and each 3 × 3 is rotated by 180°.
    void forward(Conv2dShape s, float[] x, float[] w, boolean turned, float @Nullable [] bias, float[] y) {
        final int c = s.inChannels(), o = s.outChannels(), across = across(s), down = down(s);
        final int rows = Math.clamp(TILES / across, 1, down), blocks = Math.ceilDiv(down, rows), n = roundUp(rows * across, NR);
        float[] weights = pool.take(Math.multiplyExact(PRODUCTS * o, c));
        try {
            Split.run(parallel, o, 16L * c, (from, to) -> {
                for (int i = from; i < to; i++) weights(s, w, turned, i, weights);
            });
            parallel.run(s.batch() * blocks, (long) s.batch() * down * across * PRODUCTS * c * o, task -> {
                int image = task / blocks, row = task % blocks * rows, count = Math.min(rows, down - row);
                float[] tiles = pool.take(PRODUCTS * c * n), products = pool.take(PRODUCTS * Math.min(CHANNELS, o) * n);
                try {
                    for (int i = 0; i < c; i++) tiles(s, x, image, i, row, count, n, tiles);
                    for (int first = 0; first < o; first += CHANNELS) {
                        int some = Math.min(CHANNELS, o - first);
                        Arrays.fill(products, 0, PRODUCTS * some * n, 0);
                        for (int k = 0; k < PRODUCTS; k++) {
                            VectorGemm.multiplyStrips(some, n, c, weights, (k * o + first) * c, tiles, k * c * n, c * NR, products, k * some
                                    * n, n);
                        }
                        for (int i = 0; i < some; i++) {
                            pixels(s, products, i, some, n, image, first + i, row, count, bias == null ? 0 : bias[first + i], y);
                        }
                    }
                } finally {
                    pool.give(tiles);
                    pool.give(products);
                }
            });
        } finally {
            pool.give(weights);
        }
    }

    /// [#forward] for one picture with few tiles and many channels: each block of output channels of each of the 36 products is a task, so that the
    /// weights are read once.
    void forwardOfFew(Conv2dShape s, float[] x, float[] w, boolean turned, float @Nullable [] bias, float[] y) {
        final int c = s.inChannels(), o = s.outChannels(), down = down(s), n = roundUp(across(s) * down, NR), blocks = Math.ceilDiv(o, CHANNELS);
        float[] weights = pool.take(Math.multiplyExact(PRODUCTS * o, c)), tiles = pool.take(Math.multiplyExact(PRODUCTS * c, n));
        float[] products = pool.take(Math.multiplyExact(PRODUCTS * o, n));
        try {
            Split.run(parallel, o, 16L * c, (from, to) -> {
                for (int i = from; i < to; i++) weights(s, w, turned, i, weights);
            });
            Split.run(parallel, c, 16L * n, (from, to) -> {
                for (int i = from; i < to; i++) tiles(s, x, 0, i, 0, down, n, tiles);
            });
            parallel.run(PRODUCTS * blocks, (long) PRODUCTS * o * c * n, task -> {
                int k = task / blocks, first = task % blocks * CHANNELS, some = Math.min(CHANNELS, o - first), at = (k * o + first) * n;
                Arrays.fill(products, at, at + some * n, 0);
                VectorGemm.multiplyStrips(some, n, c, weights, (k * o + first) * c, tiles, k * c * n, c * NR, products, at, n);
            });
            Split.run(parallel, o, 16L * n, (from, to) -> {
                for (int i = from; i < to; i++) pixels(s, products, i, o, n, 0, i, 0, down, bias == null ? 0 : bias[i], y);
            });
        } finally {
            pool.give(products);
            pool.give(tiles);
            pool.give(weights);
        }
    }

    /// `G g Gᵀ` for all weights of one output channel, into row `o` of the 36 matrices `(out, in)` in strips.
    private static void weights(Conv2dShape s, float[] w, boolean turned, int o, float[] to) {
        int c = s.inChannels(), outs = s.outChannels(), line = roundUp(c, V);
        int at = turned ? o * 9 + 8 : o * c * 9, step = turned ? outs * 9 : 9, tap = turned ? -1 : 1;
        float[] taps = Scratch.floats(Scratch.TILE, (9 + PRODUCTS) * line), half = Scratch.floats(Scratch.ROW, 18 * line);
        for (int i = 0; i < c; i++, at += step) for (int t = 0; t < 9; t++) taps[t * line + i] = w[at + t * tap];
        for (int t = 0; t < 9; t++) Arrays.fill(taps, t * line + c, (t + 1) * line, 0);
        applyG(taps, 0, 3 * line, 3 * line, half, 0, 3 * line);                                          // (6, 3, line)
        for (int i = 0; i < IN; i++) applyG(half, i * 3 * line, line, line, taps, (9 + i * IN) * line, line);
        int strip = VectorGemm.strip(o, outs), height = VectorGemm.height(outs - strip);
        for (int k = 0; k < PRODUCTS; k++) {
            int row = (k * outs + strip) * c + o - strip, from = (9 + k) * line;
            for (int i = 0; i < c; i++) to[row + i * height] = taps[from + i];
        }
    }

    /// `Bᵀ d B` for `count` rows of tiles of one channel, from row `row` on, into row `c` of the 36 matrices `(in, n)` in panels.
    private static void tiles(Conv2dShape s, float[] x, int image, int c, int row, int count, int n, float[] to) {
        final int across = across(s), piece = across + V, line = OUT * piece, channels = s.inChannels(), plane = channels * n;
        float[] dealt = Scratch.floats(Scratch.TILE, (OUT * count + 2) * line), half = Scratch.floats(Scratch.ROW, IN * line);
        int from = (image * channels + c) * s.height() * s.width();
        for (int i = 0; i < OUT * count + 2; i++) {
            int y = row * OUT + i - s.padding();
            if (y < 0 || y >= s.height()) Arrays.fill(dealt, i * line, (i + 1) * line, 0);
            else deal(x, from + y * s.width(), s.width(), s.padding(), piece, dealt, i * line);
        }
        for (int t = 0; t < count; t++) {
            int at = t * OUT * line;
            applyB(dealt, at, line, at + 4 * line, at + 5 * line, line, half, 0, line, 0, NR);
            for (int i = 0; i < IN; i++) {
                int h = i * line;
                applyB(half, h, piece, h + 1, h + piece + 1, across, to, i * IN * plane + c * NR, plane, t * across, channels * NR);
            }
        }
    }

    /// `Aᵀ m A` for `count` rows of tiles of one channel, plus its bias.
    private static void pixels(Conv2dShape s, float[] products, int i, int channels, int n, int image, int o, int row, int count,
            float bias,
            float[] y) {
        final int across = across(s), width = s.outWidth();
        float[] half = Scratch.floats(Scratch.TILE, OUT * IN * n), dealt = Scratch.floats(Scratch.ROW, OUT * OUT * n);
        for (int j = 0; j < IN; j++) transposeA(products, (j * channels + i) * n, IN * channels * n, n, half, j * n, IN * n, 0);
        for (int r = 0; r < OUT; r++) transposeA(half, r * IN * n, n, n, dealt, r * OUT * n, n, bias);
        for (int t = 0; t < count; t++) {
            for (int r = 0; r < OUT && (row + t) * OUT + r < s.outHeight(); r++) {
                int to = ((image * s.outChannels() + o) * s.outHeight() + (row + t) * OUT + r) * width;
                collect(dealt, r * OUT * n + t * across, n, y, to, width);
            }
        }
    }

    // ---- weight gradient

    void gradWeight(Conv2dShape s, float[] x, float[] dy, float[] dw) {
        final int c = s.inChannels(), o = s.outChannels(), across = across(s), down = down(s), tiles = across * down;
        final int panels = VectorGemm.panels(c), wide = panels * NR, blocks = Math.ceilDiv(o, CHANNELS);
        float[] sums = pool.take(Math.multiplyExact(PRODUCTS * o, wide));
        float[] left = pool.take(Math.multiplyExact(PRODUCTS * o, tiles)), right = pool.take(Math.multiplyExact(PRODUCTS * wide, tiles));
        try {
            for (int b = 0; b < s.batch(); b++) {
                final int image = b;
                Split.run(parallel, o, 16L * tiles, (from, to) -> {
                    for (int i = from; i < to; i++) tilesOfGradient(s, dy, image, i, left);
                });
                Split.run(parallel, panels * down, 16L * across * NR, (from, to) -> {
                    for (int i = from; i < to; i++) tilesAcrossChannels(s, x, image, i / down, i % down, right);
                });
                parallel.run(PRODUCTS * blocks, (long) PRODUCTS * o * c * tiles, task -> {
                    int k = task / blocks, first = task % blocks * CHANNELS, some = Math.min(CHANNELS, o - first), at = (k * o + first)
                            * wide;
                    if (image == 0) Arrays.fill(sums, at, at + some * wide, 0);
                    VectorGemm.multiply(some, wide, tiles, left, (k * o + first) * tiles, tiles, right, k * wide * tiles, tiles * NR, sums,
                            at, wide);
                });
            }
            Split.run(parallel, o, 16L * c, (from, to) -> {
                for (int i = from; i < to; i++) gradient(s, sums, wide, i, dw);
            });
        } finally {
            pool.give(right);
            pool.give(left);
            pool.give(sums);
        }
    }

    /// `A dy Aᵀ` for all tiles of one output channel, into row `o` of the 36 matrices `(out, tiles)`.
    private static void tilesOfGradient(Conv2dShape s, float[] dy, int image, int o, float[] to) {
        final int across = across(s), down = down(s), line = OUT * across, plane = s.outChannels() * across * down;
        float[] dealt = Scratch.floats(Scratch.TILE, OUT * line), half = Scratch.floats(Scratch.ROW, IN * line);
        int from = (image * s.outChannels() + o) * s.outPixels();
        for (int t = 0; t < down; t++) {
            for (int r = 0; r < OUT; r++) {
                int y = t * OUT + r;
                if (y >= s.outHeight()) Arrays.fill(dealt, r * line, (r + 1) * line, 0);
                else deal(dy, from + y * s.outWidth(), s.outWidth(), 0, across, dealt, r * line);
            }
            applyA(dealt, 0, line, line, half, 0, line);
            for (int i = 0; i < IN; i++) {
                applyA(half, i * line, across, across, to, i * IN * plane + (o * down + t) * across, plane);
            }
        }
    }

    /// `Bᵀ d B` for a row of tiles of [VectorGemm#NR] neighbouring channels, into a panel of the 36 matrices `(tiles, in)`.
    private static void tilesAcrossChannels(Conv2dShape s, float[] x, int image, int panel, int row, float[] to) {
        final int across = across(s), line = (OUT * across + 2) * NR, tiles = across * down(s), channels = Math.min(NR, s.inChannels()
                - panel
                        * NR);
        float[] pixels = Scratch.floats(Scratch.TILE, IN * line), half = Scratch.floats(Scratch.ROW, IN * line);
        Arrays.fill(pixels, 0, IN * line, 0);
        for (int i = 0; i < IN; i++) {
            int y = row * OUT + i - s.padding();
            if (y < 0 || y >= s.height()) continue;
            for (int e = 0; e < channels; e++) {
                int from = ((image * s.inChannels() + panel * NR + e) * s.height() + y) * s.width();
                int at = i * line + s.padding() * NR + e;
                for (int j = 0; j < s.width(); j++) pixels[at + j * NR] = x[from + j];
            }
        }
        applyB(pixels, 0, line, 4 * line, 5 * line, line, half, 0, line, 0, NR);
        int plane = VectorGemm.panels(s.inChannels()) * NR * tiles;
        for (int t = 0; t < across; t++) {
            int tile = (panel * tiles + row * across + t) * NR;
            for (int i = 0; i < IN; i++) {
                int at = i * line + t * OUT * NR;
                applyB(half, at, NR, at + 4 * NR, at + 5 * NR, NR, to, i * IN * plane + tile, plane, 0, NR);
            }
        }
    }

    /// `Gᵀ m G` for all weights of one output channel.
    private static void gradient(Conv2dShape s, float[] sums, int wide, int o, float[] dw) {
        int c = s.inChannels(), plane = s.outChannels() * wide;
        float[] half = Scratch.floats(Scratch.TILE, 18 * wide), taps = Scratch.floats(Scratch.ROW, 9 * wide);
        for (int j = 0; j < IN; j++) transposeG(sums, j * plane + o * wide, IN * plane, wide, half, j * wide, IN * wide);
        for (int u = 0; u < 3; u++) transposeG(half, u * IN * wide, wide, wide, taps, u * 3 * wide, wide);
        for (int i = 0, at = o * c * 9; i < c; i++) for (int t = 0; t < 9; t++) dw[at++] = taps[t * wide + i];
    }

    // ---- rows of pixels and rows of tiles

    /// Deals out a row of pixels, after `padding` zeros, to four rows of `piece`, as cards are dealt: pixel `4t + j` of the padded row is number `t` of row `j`.
    private static void deal(float[] x, int from, int width, int padding, int piece, float[] to, int at) {
        Arrays.fill(to, at, at + OUT * piece, 0);
        int j = 0;
        for (; j < width && (j + padding) % OUT != 0; j++) to[at + (j + padding) % OUT * piece + (j + padding) / OUT] = x[from + j];
        int a = at + (j + padding) / OUT, b = a + piece, c = b + piece, d = c + piece;
        for (; j + OUT <= width; j += OUT, a++, b++, c++, d++) {
            to[a] = x[from + j];
            to[b] = x[from + j + 1];
            to[c] = x[from + j + 2];
            to[d] = x[from + j + 3];
        }
        for (int i = 0; j < width; i++, j++) to[a + i * piece] = x[from + j];
    }

    /// Undoes [#deal]: collects `width` pixels from four rows that lie `piece` apart.
    private static void collect(float[] dealt, int from, int piece, float[] y, int to, int width) {
        int a = from, b = a + piece, c = b + piece, d = c + piece, j = 0;
        for (; j + OUT <= width; j += OUT, a++, b++, c++, d++) {
            y[to + j] = dealt[a];
            y[to + j + 1] = dealt[b];
            y[to + j + 2] = dealt[c];
            y[to + j + 3] = dealt[d];
        }
        for (int i = 0; j < width; i++, j++) y[to + j] = dealt[a + i * piece];
    }

    // ---- the matrices, applied to rows of `n` numbers that lie `step` apart

    /// `Bᵀ`, 6 × 6. The last two rows may be elsewhere. Number `first + i` of a result's row goes to its place in panels that lie `panel` apart.
    private static void applyB(float[] x, int from, int step, int from4, int from5, int n, float[] y, int to, int toStep, int first,
            int panel) {
        final FloatVector p = FloatVector.broadcast(VectorGemm.SPECIES, P), q = FloatVector.broadcast(VectorGemm.SPECIES, Q);
        final FloatVector p2 = FloatVector.broadcast(VectorGemm.SPECIES, -P2), q2 = FloatVector.broadcast(VectorGemm.SPECIES, -Q2);
        final FloatVector sum = FloatVector.broadcast(VectorGemm.SPECIES, -P2 - Q2), product = FloatVector.broadcast(VectorGemm.SPECIES, P2
                * Q2);
        for (int i = 0; i < n; i += V) {
            FloatVector x0 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + i);
            FloatVector x1 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + step + i);
            FloatVector x2 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + 2 * step + i);
            FloatVector x3 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + 3 * step + i);
            FloatVector x4 = FloatVector.fromArray(VectorGemm.SPECIES, x, from4 + i);
            FloatVector x5 = FloatVector.fromArray(VectorGemm.SPECIES, x, from5 + i);
            int at = to + (first + i) / NR * panel + (first + i) % NR;
            x0.fma(product, x2.fma(sum, x4)).intoArray(y, at);
            FloatVector even = x2.fma(q2, x4), odd = x1.fma(q2, x3).mul(p);
            even.add(odd).intoArray(y, at + toStep);
            even.sub(odd).intoArray(y, at + 2 * toStep);
            even = x2.fma(p2, x4);
            odd = x1.fma(p2, x3).mul(q);
            even.add(odd).intoArray(y, at + 3 * toStep);
            even.sub(odd).intoArray(y, at + 4 * toStep);
            x1.fma(product, x3.fma(sum, x5)).intoArray(y, at + 5 * toStep);
        }
    }

    /// `Aᵀ`, 4 × 6, plus a number.
    private static void transposeA(float[] x, int from, int step, int n, float[] y, int to, int toStep, float plus) {
        final FloatVector b = FloatVector.broadcast(VectorGemm.SPECIES, plus), p = FloatVector.broadcast(VectorGemm.SPECIES, P);
        final FloatVector p2 = FloatVector.broadcast(VectorGemm.SPECIES, P2), q2 = FloatVector.broadcast(VectorGemm.SPECIES, Q2);
        final FloatVector q = FloatVector.broadcast(VectorGemm.SPECIES, Q), p3 = FloatVector.broadcast(VectorGemm.SPECIES, P3);
        final FloatVector q3 = FloatVector.broadcast(VectorGemm.SPECIES, Q3);
        for (int i = 0; i < n; i += V) {
            int at = from + i;
            FloatVector x1 = FloatVector.fromArray(VectorGemm.SPECIES, x, at + step), x2 = FloatVector.fromArray(VectorGemm.SPECIES, x, at
                    + 2
                            * step);
            FloatVector x3 = FloatVector.fromArray(VectorGemm.SPECIES, x, at + 3 * step), x4 = FloatVector.fromArray(VectorGemm.SPECIES, x,
                    at + 4 * step);
            FloatVector evenP = x1.add(x2), oddP = x1.sub(x2), evenQ = x3.add(x4), oddQ = x3.sub(x4);
            FloatVector.fromArray(VectorGemm.SPECIES, x, at).add(evenP).add(evenQ).add(b).intoArray(y, to + i);
            oddP.fma(p, oddQ.fma(q, b)).intoArray(y, to + toStep + i);
            evenP.fma(p2, evenQ.fma(q2, b)).intoArray(y, to + 2 * toStep + i);
            oddP.fma(p3, oddQ.fma(q3, FloatVector.fromArray(VectorGemm.SPECIES, x, at + 5 * step))).add(b).intoArray(y, to + 3 * toStep
                    + i);
        }
    }

    /// `A`, 6 × 4.
    private static void applyA(float[] x, int from, int step, int n, float[] y, int to, int toStep) {
        final FloatVector p = FloatVector.broadcast(VectorGemm.SPECIES, P), q = FloatVector.broadcast(VectorGemm.SPECIES, Q);
        final FloatVector p2 = FloatVector.broadcast(VectorGemm.SPECIES, P2), q2 = FloatVector.broadcast(VectorGemm.SPECIES, Q2);
        final FloatVector p3 = FloatVector.broadcast(VectorGemm.SPECIES, P3), q3 = FloatVector.broadcast(VectorGemm.SPECIES, Q3);
        for (int i = 0; i < n; i += V) {
            FloatVector x0 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + i);
            FloatVector x1 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + step + i);
            FloatVector x2 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + 2 * step + i);
            FloatVector x3 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + 3 * step + i);
            x0.intoArray(y, to + i);
            FloatVector even = x2.fma(p2, x0), odd = x3.fma(p3, x1.mul(p));
            even.add(odd).intoArray(y, to + toStep + i);
            even.sub(odd).intoArray(y, to + 2 * toStep + i);
            even = x2.fma(q2, x0);
            odd = x3.fma(q3, x1.mul(q));
            even.add(odd).intoArray(y, to + 3 * toStep + i);
            even.sub(odd).intoArray(y, to + 4 * toStep + i);
            x3.intoArray(y, to + 5 * toStep + i);
        }
    }

    /// `G`, 6 × 3.
    private static void applyG(float[] x, int from, int step, int n, float[] y, int to, int toStep) {
        for (int i = 0; i < n; i += V) {
            FloatVector x0 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + i);
            FloatVector x1 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + step + i);
            FloatVector x2 = FloatVector.fromArray(VectorGemm.SPECIES, x, from + 2 * step + i);
            x0.mul(AT_0).intoArray(y, to + i);
            FloatVector even = x2.mul(P2).add(x0).mul(AT_P), odd = x1.mul(P * AT_P);
            even.add(odd).intoArray(y, to + toStep + i);
            even.sub(odd).intoArray(y, to + 2 * toStep + i);
            even = x2.mul(Q2).add(x0).mul(AT_Q);
            odd = x1.mul(Q * AT_Q);
            even.add(odd).intoArray(y, to + 3 * toStep + i);
            even.sub(odd).intoArray(y, to + 4 * toStep + i);
            x2.intoArray(y, to + 5 * toStep + i);
        }
    }

    /// `Gᵀ`, 3 × 6.
    private static void transposeG(float[] x, int from, int step, int n, float[] y, int to, int toStep) {
        for (int i = 0; i < n; i += V) {
            int at = from + i;
            FloatVector x1 = FloatVector.fromArray(VectorGemm.SPECIES, x, at + step), x2 = FloatVector.fromArray(VectorGemm.SPECIES, x, at
                    + 2
                            * step);
            FloatVector x3 = FloatVector.fromArray(VectorGemm.SPECIES, x, at + 3 * step), x4 = FloatVector.fromArray(VectorGemm.SPECIES, x,
                    at + 4 * step);
            FloatVector evenP = x1.add(x2).mul(AT_P), evenQ = x3.add(x4).mul(AT_Q);
            FloatVector.fromArray(VectorGemm.SPECIES, x, at).mul(AT_0).add(evenP).add(evenQ).intoArray(y, to + i);
            x1.sub(x2).mul(P * AT_P).add(x3.sub(x4).mul(Q * AT_Q)).intoArray(y, to + toStep + i);
            evenP.mul(P2).add(evenQ.mul(Q2)).add(FloatVector.fromArray(VectorGemm.SPECIES, x, at + 5 * step)).intoArray(y, to + 2 * toStep
                    + i);
        }
    }
}
