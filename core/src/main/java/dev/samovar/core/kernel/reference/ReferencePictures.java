package dev.samovar.core.kernel.reference;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;

/// Resizing by the four nearest pixels, as `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` does.
final class ReferencePictures {
    private ReferencePictures() {}

    static void resize(int planes, int h, int w, int toH, int toW, double[] x, double[] y) {
        for (int plane = 0; plane < planes; plane++) {
            for (int i = 0; i < toH; i++) {
                double row = source(i, h, toH);
                int top = (int) row, bottom = Math.min(top + 1, h - 1);
                for (int j = 0; j < toW; j++) {
                    double col = source(j, w, toW);
                    int left = (int) col, right = Math.min(left + 1, w - 1);
                    double down = row - top, across = col - left;
                    double above = (1 - across) * x[(plane * h + top) * w + left] + across * x[(plane * h + top) * w + right];
                    double below = (1 - across) * x[(plane * h + bottom) * w + left] + across * x[(plane * h + bottom) * w + right];
                    y[(plane * toH + i) * toW + j] = (1 - down) * above + down * below;
                }
            }
        }
    }

    static void resizeGrad(int planes, int h, int w, int toH, int toW, double[] dy, double[] dx) {
        Arrays.fill(dx, 0);
        for (int plane = 0; plane < planes; plane++) {
            for (int i = 0; i < toH; i++) {
                double row = source(i, h, toH);
                int top = (int) row, bottom = Math.min(top + 1, h - 1);
                for (int j = 0; j < toW; j++) {
                    double col = source(j, w, toW);
                    int left = (int) col, right = Math.min(left + 1, w - 1);
                    double down = row - top, across = col - left;
                    // In the forward pass this pixel was a mean of four, so now each of the four receives its weight's share.
                    double g = dy[(plane * toH + i) * toW + j];
                    dx[(plane * h + top) * w + left] += (1 - down) * (1 - across) * g;
                    dx[(plane * h + top) * w + right] += (1 - down) * across * g;
                    dx[(plane * h + bottom) * w + left] += down * (1 - across) * g;
                    dx[(plane * h + bottom) * w + right] += down * across * g;
                }
            }
        }
    }

    /// The position of row (or column) `i` of `to` rows among the `from` rows of the source, both measured at the pixels' centres.
    private static double source(int i, int from, int to) {
        return Math.max(0, (i + 0.5) * from / to - 0.5);
    }

    static void maxPool(Conv2dShape s, double[] x, double[] y) {
        for (int plane = 0, at = 0; plane < s.batch() * s.inChannels(); plane++)
            for (int i = 0; i < s.outHeight(); i++)
                for (int j = 0; j < s.outWidth(); j++) y[at++] = x[largest(s, x, plane, i, j)];
    }

    static void maxPoolGrad(Conv2dShape s, double[] x, double[] dy, double[] dx) {
        Arrays.fill(dx, 0);
        for (int plane = 0, at = 0; plane < s.batch() * s.inChannels(); plane++)
            for (int i = 0; i < s.outHeight(); i++)
                for (int j = 0; j < s.outWidth(); j++) dx[largest(s, x, plane, i, j)] += dy[at++];
    }

    /// The index of a window's largest value, the first of several.
    private static int largest(Conv2dShape s, double[] x, int plane, int i, int j) {
        int found = -1;
        for (int u = 0; u < s.kernel(); u++)
            for (int v = 0; v < s.kernel(); v++) {
                int row = i * s.stride() + u - s.padding(), column = j * s.stride() + v - s.padding();
                if (row < 0 || row >= s.height() || column < 0 || column >= s.width()) continue;
                int at = (plane * s.height() + row) * s.width() + column;
                if (found < 0 || x[at] > x[found] || Double.isNaN(x[at])) found = at;
            }
        return found;
    }
}
