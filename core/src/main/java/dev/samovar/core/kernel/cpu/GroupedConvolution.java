package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Grouped convolution, mainly the depthwise one: each output sees so few channels that there is no matrix product. A row of pixels is multiplied by
/// one weight after another, which is bound by memory.
final class GroupedConvolution {
    private GroupedConvolution() {}

    /// The pixels under one weight: a row of the output, its columns `first … last−1`, and the place of the first one's partner in the input.
    @FunctionalInterface
    private interface Row {
        void at(int weight, int y, int x, int columns);
    }

    static void forward(Parallel parallel, Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        final int pixels = s.outPixels(), stride = s.stride();
        Split.run(parallel, s.batch() * s.outChannels(), (long) pixels * s.fanIn(), (from, to) -> {
            for (int plane = from; plane < to; plane++) {
                Arrays.fill(y, plane * pixels, (plane + 1) * pixels, bias == null ? 0 : bias[plane % s.outChannels()]);
                rows(s, plane, 0, s.groupIn(), (weight, at, source, n) -> addStrided(n, w[weight], x, source, stride, y, at));
            }
        });
    }

    static void gradInput(Parallel parallel, Conv2dShape s, float[] dy, float[] w, float @Nullable [] bias, float[] dx) {
        final int plane = s.height() * s.width(), stride = s.stride();
        Split.run(parallel, s.batch() * s.inChannels(), (long) s.outPixels() * s.groupOut() * s.kernel() * s.kernel(), (from, to) -> {
            for (int i = from; i < to; i++) {
                int b = i / s.inChannels(), channel = i % s.inChannels(), group = channel / s.groupIn(), c = channel % s.groupIn();
                Arrays.fill(dx, i * plane, (i + 1) * plane, bias == null ? 0 : bias[channel]);
                for (int o = group * s.groupOut(); o < (group + 1) * s.groupOut(); o++)
                    rows(s, b * s.outChannels() + o, c, c + 1, (weight, at, source, n) -> spread(n, w[weight], dy, at, dx, source, stride));
            }
        });
    }

    static void gradWeight(Parallel parallel, Conv2dShape s, float[] x, float[] dy, float[] dw) {
        final int stride = s.stride();
        Split.run(parallel, s.outChannels(), (long) s.batch() * s.outPixels() * s.fanIn(), (from, to) -> {
            double[] sums = new double[s.fanIn()];
            for (int o = from; o < to; o++) {
                final int first = o * s.fanIn();
                Arrays.fill(sums, 0);
                for (int b = 0; b < s.batch(); b++)
                    rows(s, b * s.outChannels() + o, 0, s.groupIn(), (weight, at, source, n) -> sums[weight - first] += dot(n, dy, at, x,
                            source, stride));
                for (int i = 0; i < sums.length; i++) dw[first + i] = (float) sums[i];
            }
        });
    }

    /// Visits all pairs of an output plane, `b · outChannels + o`, and one of the channels `c … end−1` that it sees: weight by weight, and row by row
    /// for each weight.
    private static void rows(Conv2dShape s, int plane, int c, int end, Row row) {
        final int o = plane % s.outChannels(), k = s.kernel(), ow = s.outWidth();
        for (int channel = c; channel < end; channel++) {
            int input = (plane / s.outChannels() * s.inChannels() + o / s.groupOut() * s.groupIn() + channel) * s.height() * s.width();
            for (int u = 0; u < k; u++) {
                for (int v = 0; v < k; v++) {
                    int weight = ((o * s.groupIn() + channel) * k + u) * k + v;
                    int first = Math.clamp(Math.ceilDiv(s.padding() - v, s.stride()), 0, ow);
                    int last = Math.clamp(Math.ceilDiv(s.width() + s.padding() - v, s.stride()), first, ow);
                    for (int i = 0; i < s.outHeight(); i++) {
                        int from = i * s.stride() + u - s.padding();
                        if (from < 0 || from >= s.height() || first == last) continue;
                        row.at(weight, (plane * s.outHeight() + i) * ow + first, input + from * s.width() + first * s.stride() + v - s.padding(),
                                last - first);
                    }
                }
            }
        }
    }

    /// `y[i] += w · x[i·stride]`
    private static void addStrided(int n, float w, float[] x, int from, int stride, float[] y, int to) {
        if (stride == 1) for (int i = 0; i < n; i++) y[to + i] = Math.fma(w, x[from + i], y[to + i]);
        else for (int i = 0; i < n; i++) y[to + i] = Math.fma(w, x[from + i * stride], y[to + i]);
    }

    /// `x[i·stride] += w · y[i]`
    private static void spread(int n, float w, float[] y, int from, float[] x, int to, int stride) {
        if (stride == 1) for (int i = 0; i < n; i++) x[to + i] = Math.fma(w, y[from + i], x[to + i]);
        else for (int i = 0; i < n; i++) x[to + i * stride] = Math.fma(w, y[from + i], x[to + i * stride]);
    }

    private static double dot(int n, float[] y, int at, float[] x, int from, int stride) {
        if (stride == 1) return Sums.dot(n, y, at, x, from);
        double sum = 0;
        for (int i = 0; i < n; i++) sum += (double) y[at + i] * x[from + i * stride];
        return sum;
    }
}
