package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.cpu.ScalarMatmul.View;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Convolution as a matrix product.
///
/// For some output pixels, everything that their windows see is written into a matrix of *columns*: one row per weight `(c, u, v)`, one column per
/// pixel. Then `y = w · columns`. Backward, `dcolumns = wᵀ · dy`, whose values are added to the pixels they came from, and `dw = dy · columnsᵀ`.
final class ScalarConvolution {
    /// The approximate number of output pixels for which columns are made at a time.
    private static final int PIXELS = 256;
    /// The approximate number of rows of the columns that one piece of a gradient works on.
    private static final int ROWS = 64;

    private ScalarConvolution() {}

    static void forward(Parallel parallel, Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        int oh = s.outHeight(), ow = s.outWidth(), fanIn = s.fanIn();
        int rows = Math.clamp(PIXELS / ow, 1, oh), blocks = Math.ceilDiv(oh, rows);
        Split.run(parallel, s.batch() * blocks, (long) rows * ow * fanIn * s.outChannels(), (from, to) -> {
            float[] columns = new float[fanIn * rows * ow];
            for (int block = from; block < to; block++) {
                int b = block / blocks, i = block % blocks * rows, count = Math.min(rows, oh - i), pixels = count * ow;
                gather(s, x, b, 0, s.inChannels(), i, count, columns);
                View out = new View(y, b * s.outChannels() * oh * ow + i * ow, oh * ow, 1);
                for (int o = 0; o < s.outChannels(); o++) {
                    int at = out.at() + o * out.row();
                    Arrays.fill(y, at, at + pixels, bias == null ? 0 : bias[o]);
                }
                ScalarMatmul.addProduct(s.outChannels(), pixels, fanIn, new View(w, 0, fanIn, 1), new View(columns, 0, pixels, 1), out);
            }
        });
    }

    static void gradInput(Parallel parallel, Conv2dShape s, float[] dy, float[] w, float @Nullable [] bias, float[] dx) {
        int oh = s.outHeight(), ow = s.outWidth(), taps = s.kernel() * s.kernel(), plane = s.height() * s.width();
        int channels = Math.clamp(ROWS / taps, 1, s.inChannels()), blocks = Math.ceilDiv(s.inChannels(), channels);
        int rows = Math.clamp(PIXELS / ow, 1, oh);
        Split.run(parallel, s.batch() * blocks, (long) channels * taps * s.outChannels() * oh * ow, (from, to) -> {
            float[] columns = new float[channels * taps * rows * ow];
            for (int block = from; block < to; block++) {
                int b = block / blocks, c = block % blocks * channels, end = Math.min(s.inChannels(), c + channels);
                for (int channel = c; channel < end; channel++) {
                    int at = (b * s.inChannels() + channel) * plane;
                    Arrays.fill(dx, at, at + plane, bias == null ? 0 : bias[channel]);
                }
                View weights = new View(w, c * taps, 1, s.fanIn());
                View grad = new View(dy, b * s.outChannels() * oh * ow, oh * ow, 1);
                for (int i = 0; i < oh; i += rows) {
                    int count = Math.min(rows, oh - i), pixels = count * ow;
                    Arrays.fill(columns, 0);
                    ScalarMatmul.addProduct((end - c) * taps, pixels, s.outChannels(), weights, grad.from(0, i * ow), new View(columns, 0,
                            pixels, 1));
                    scatter(s, columns, b, c, end, i, count, dx);
                }
            }
        });
    }

    static void gradWeight(Parallel parallel, Conv2dShape s, float[] x, float[] dy, float[] dw) {
        int oh = s.outHeight(), ow = s.outWidth(), taps = s.kernel() * s.kernel(), fanIn = s.fanIn();
        int channels = Math.clamp(ROWS / taps, 1, s.inChannels()), rows = Math.clamp(PIXELS / ow, 1, oh);
        Split.pieces(parallel, s.inChannels(), channels, (c, end) -> {
            float[] columns = new float[(end - c) * taps * rows * ow];
            View weights = new View(dw, c * taps, fanIn, 1);
            for (int o = 0; o < s.outChannels(); o++) Arrays.fill(dw, o * fanIn + c * taps, o * fanIn + end * taps, 0);
            for (int b = 0; b < s.batch(); b++) {
                View grad = new View(dy, b * s.outChannels() * oh * ow, oh * ow, 1);
                for (int i = 0; i < oh; i += rows) {
                    int count = Math.min(rows, oh - i), pixels = count * ow;
                    gather(s, x, b, c, end, i, count, columns);
                    View transposed = new View(columns, 0, 1, pixels);
                    ScalarMatmul.addProduct(s.outChannels(), (end - c) * taps, pixels, grad.from(0, i * ow), transposed, weights);
                }
            }
        });
    }

    /// Writes what the windows of `count` rows of output pixels, from row `i` on, see in the channels `c … end−1`.
    private static void gather(Conv2dShape s, float[] x, int b, int c, int end, int i, int count, float[] columns) {
        int ow = s.outWidth(), at = 0;
        for (int channel = c; channel < end; channel++) {
            for (int u = 0; u < s.kernel(); u++) {
                for (int v = 0; v < s.kernel(); v++) {
                    int first = firstInside(s, v), last = lastInside(s, v, first);
                    for (int row = i * s.stride() + u - s.padding(); row < (i + count) * s.stride() + u - s.padding(); row += s.stride(), at += ow) {
                        if (row < 0 || row >= s.height()) {
                            Arrays.fill(columns, at, at + ow, 0);
                            continue;
                        }
                        int from = ((b * s.inChannels() + channel) * s.height() + row) * s.width() + v - s.padding();
                        Arrays.fill(columns, at, at + first, 0);
                        if (s.stride() == 1) System.arraycopy(x, from + first, columns, at + first, last - first);
                        else for (int j = first; j < last; j++) columns[at + j] = x[from + j * s.stride()];
                        Arrays.fill(columns, at + last, at + ow, 0);
                    }
                }
            }
        }
    }

    /// In the forward pass [#gather] read these values, so now each is added back where it was read.
    private static void scatter(Conv2dShape s, float[] columns, int b, int c, int end, int i, int count, float[] dx) {
        int ow = s.outWidth(), at = 0;
        for (int channel = c; channel < end; channel++) {
            for (int u = 0; u < s.kernel(); u++) {
                for (int v = 0; v < s.kernel(); v++) {
                    int first = firstInside(s, v), last = lastInside(s, v, first);
                    for (int row = i * s.stride() + u - s.padding(); row < (i + count) * s.stride() + u - s.padding(); row += s.stride(), at += ow) {
                        if (row < 0 || row >= s.height()) continue;
                        int to = ((b * s.inChannels() + channel) * s.height() + row) * s.width() + v - s.padding();
                        for (int j = first; j < last; j++) dx[to + j * s.stride()] += columns[at + j];
                    }
                }
            }
        }
    }

    /// The first output column whose window has tap `v` inside the picture: `j·stride + v − padding ≥ 0`.
    private static int firstInside(Conv2dShape s, int v) {
        return Math.clamp(Math.ceilDiv(s.padding() - v, s.stride()), 0, s.outWidth());
    }

    /// The column after the last of them: `j·stride + v − padding < width`.
    private static int lastInside(Conv2dShape s, int v, int first) {
        return Math.clamp(Math.ceilDiv(s.width() + s.padding() - v, s.stride()), first, s.outWidth());
    }
}
