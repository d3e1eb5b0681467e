package dev.samovar.core.kernel.reference;

import dev.samovar.core.kernel.Conv2dShape;
import org.jspecify.annotations.Nullable;

/// Convolution in seven loops. All three methods visit the same pairs of an output pixel and the input pixel under one weight, and compute different
/// sums.
final class ReferenceConvolution {
    private ReferenceConvolution() {}

    static void forward(Conv2dShape s, double[] x, double[] w, double @Nullable [] bias, double[] y) {
        int oh = s.outHeight(), ow = s.outWidth(), kernel = s.kernel();
        for (int b = 0; b < s.batch(); b++) {
            for (int o = 0; o < s.outChannels(); o++) {
                for (int i = 0; i < oh; i++) {
                    for (int j = 0; j < ow; j++) {
                        double sum = bias == null ? 0 : bias[o];
                        for (int c = 0; c < s.groupIn(); c++) {
                            for (int u = 0; u < kernel; u++) {
                                for (int v = 0; v < kernel; v++) {
                                    int row = i * s.stride() + u - s.padding(), col = j * s.stride() + v - s.padding();
                                    if (inside(s, row, col)) sum += x[input(s, b, o, c, row, col)] * w[weight(s, o, c, u, v)];
                                }
                            }
                        }
                        y[((b * s.outChannels() + o) * oh + i) * ow + j] = sum;
                    }
                }
            }
        }
    }

    static void gradInput(Conv2dShape s, double[] dy, double[] w, double @Nullable [] bias, double[] dx) {
        int oh = s.outHeight(), ow = s.outWidth(), kernel = s.kernel(), plane = s.height() * s.width();
        for (int i = 0; i < dx.length; i++) dx[i] = bias == null ? 0 : bias[i / plane % s.inChannels()];
        for (int b = 0; b < s.batch(); b++) {
            for (int o = 0; o < s.outChannels(); o++) {
                for (int i = 0; i < oh; i++) {
                    for (int j = 0; j < ow; j++) {
                        // In the forward pass this output was a sum of x · w, so now each of those x receives dy · w.
                        double g = dy[((b * s.outChannels() + o) * oh + i) * ow + j];
                        for (int c = 0; c < s.groupIn(); c++) {
                            for (int u = 0; u < kernel; u++) {
                                for (int v = 0; v < kernel; v++) {
                                    int row = i * s.stride() + u - s.padding(), col = j * s.stride() + v - s.padding();
                                    if (inside(s, row, col)) dx[input(s, b, o, c, row, col)] += g * w[weight(s, o, c, u, v)];
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    static void gradWeight(Conv2dShape s, double[] x, double[] dy, double[] dw) {
        int oh = s.outHeight(), ow = s.outWidth(), kernel = s.kernel();
        for (int o = 0; o < s.outChannels(); o++) {
            for (int c = 0; c < s.groupIn(); c++) {
                for (int u = 0; u < kernel; u++) {
                    for (int v = 0; v < kernel; v++) {
                        // In the forward pass this weight met one x for every output pixel, so now it receives dy · x from all of them.
                        double sum = 0;
                        for (int b = 0; b < s.batch(); b++) {
                            for (int i = 0; i < oh; i++) {
                                for (int j = 0; j < ow; j++) {
                                    int row = i * s.stride() + u - s.padding(), col = j * s.stride() + v - s.padding();
                                    double g = dy[((b * s.outChannels() + o) * oh + i) * ow + j];
                                    if (inside(s, row, col)) sum += g * x[input(s, b, o, c, row, col)];
                                }
                            }
                        }
                        dw[weight(s, o, c, u, v)] = sum;
                    }
                }
            }
        }
    }

    private static boolean inside(Conv2dShape s, int row, int col) {
        return row >= 0 && row < s.height() && col >= 0 && col < s.width();
    }

    /// The index of a pixel in the `c`-th channel that output channel `o` sees.
    private static int input(Conv2dShape s, int b, int o, int c, int row, int col) {
        return ((b * s.inChannels() + o / s.groupOut() * s.groupIn() + c) * s.height() + row) * s.width() + col;
    }

    private static int weight(Conv2dShape s, int o, int c, int u, int v) {
        return ((o * s.groupIn() + c) * s.kernel() + u) * s.kernel() + v;
    }
}
