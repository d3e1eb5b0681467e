package dev.samovar.models.resample;

import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Range;
import java.util.Arrays;

/// Resizing by cubic B-splines, antialiased, to any height and width: the proportions of a picture may change.
///
/// Like scikit-image's `resize(order=3, mode="reflect", anti_aliasing=True, preserve_range=True)`. Each axis is resized separately. If it shrinks by
/// a factor `f`, it is first smoothed with a Gaussian of `(f − 1)/2` pixels; then the pixel `i` of the new picture is the value of the spline at `(i
/// + 1/2) · f − 1/2`. Beyond the border, the picture is mirrored about the centres of its outermost pixels. Splines overshoot at edges, so the result
/// is cut to the range of the original's numbers in all channels together.
///
/// Source: skimage/transform/_warps.py of scikit-image 0.26, and `zoom(grid_mode=True)` of SciPy 1.17.
public final class SplineResize {
    private SplineResize() {}

    /// A resized copy of all channels; identical channels are resized once.
    public static Picture apply(Picture picture, int height, int width) {
        int h = picture.height(), w = picture.width(), n = height * width;
        float[] from = picture.pixels(), to = new float[picture.channels() * n];
        Line across = new Line(w, width), down = new Line(h, height);
        double[] turned = new double[width * h], back = new double[n];
        for (int c = 0; c < picture.channels(); c++) {
            if (c > 0 && Arrays.equals(from, (c - 1) * h * w, c * h * w, from, c * h * w, (c + 1) * h * w)) {
                System.arraycopy(to, (c - 1) * n, to, c * n, n);
                continue;
            }
            for (int row = 0; row < h; row++) {
                for (int x = 0; x < w; x++) across.in[x] = from[(c * h + row) * w + x];
                across.resize(turned, row, h);                                     // (width, h)
            }
            for (int column = 0; column < width; column++) {
                System.arraycopy(turned, column * h, down.in, 0, h);
                down.resize(back, column, width);                                  // (height, width)
            }
            for (int i = 0; i < n; i++) to[c * n + i] = (float) back[i];
        }
        Range range = Range.of(from);
        for (int i = 0; i < to.length; i++) to[i] = Math.clamp(to[i], range.least(), range.greatest());
        return new Picture(picture.channels(), height, width, to);
    }

    /// All lines along one axis of a picture, one after another.
    private static final class Line {
        private static final int TAPS = 4;

        final double[] in;
        private final double[] blur, wide, coefficients, weights;
        private final int[] taps;
        private final int radius;

        Line(int from, int to) {
            double factor = (double) from / to;
            blur = factor > 1 ? Gaussian.weights((factor - 1) / 2) : new double[]{1};
            radius = blur.length / 2;
            in = new double[from];
            wide = new double[from + 2 * radius];
            coefficients = new double[from];
            weights = new double[TAPS * to];
            taps = new int[TAPS * to];
            for (int i = 0; i < to; i++) {
                double place = (i + 0.5) * factor - 0.5;
                int left = (int) Math.floor(place);
                for (int k = 0; k < TAPS; k++) {
                    weights[TAPS * i + k] = CubicSpline.weight(place - left, k - 1);
                    taps[TAPS * i + k] = CubicSpline.mirrored(left + k - 1, coefficients.length);
                }
            }
        }

        /// Resizes the line in [#in], and writes the result from `at` on in steps of `stride`, so that the second axis is then laid out as the first
        /// was.
        void resize(double[] to, int at, int stride) {
            smooth();
            CubicSpline.filter(coefficients, 0, 1, coefficients.length);
            double[] c = coefficients, w = weights;
            for (int i = 0, place = at; i < w.length; i += TAPS, place += stride)
                to[place] = w[i] * c[taps[i]] + w[i + 1] * c[taps[i + 1]] + w[i + 2] * c[taps[i + 2]] + w[i + 3] * c[taps[i + 3]];
        }

        private void smooth() {
            int n = in.length;
            Arrays.fill(coefficients, 0);
            System.arraycopy(in, 0, wide, radius, n);
            for (int i = 1; i <= radius; i++) {
                wide[radius - i] = in[CubicSpline.mirrored(-i, n)];
                wide[radius + n - 1 + i] = in[CubicSpline.mirrored(n - 1 + i, n)];
            }
            for (int k = 0; k < blur.length; k++) Gaussian.add(coefficients, 0, wide, k, n, blur[k]);
        }
    }
}
