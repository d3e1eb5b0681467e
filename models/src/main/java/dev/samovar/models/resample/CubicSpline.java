package dev.samovar.models.resample;

/// The smooth surface through the pixels of a plane: a cubic B-spline, whose coefficients are found by a recursive filter forward and back along each
/// axis (Unser, *Splines: a perfect fit for signal and image processing*, 1999).
///
/// Like `scipy.ndimage.map_coordinates(order=3, mode="nearest")`: the outermost pixels are repeated 12 times before the filter, and again beyond
/// that.
public final class CubicSpline {
    private static final int PAD = 12;
    private static final double POLE = Math.sqrt(3) - 2;
    private static final int HORIZON = 32;                                         // POLE^32 is 5e-19

    private final int h, w;
    private final double[] coefficients;

    /// Fits the surface through `h · w` pixels that start at `from`, row by row.
    public CubicSpline(float[] pixels, int from, int h, int w) {
        this.h = h + 2 * PAD;
        this.w = w + 2 * PAD;
        coefficients = new double[this.h * this.w];
        for (int i = 0; i < coefficients.length; i++) {
            int row = Math.clamp(i / this.w - PAD, 0, h - 1), column = Math.clamp(i % this.w - PAD, 0, w - 1);
            coefficients[i] = pixels[from + row * w + column];
        }
        for (int row = 0; row < this.h; row++) filter(coefficients, row * this.w, 1, this.w);
        for (int column = 0; column < this.w; column++) filter(coefficients, column, this.w, this.h);
    }

    /// From samples to coefficients, in place: `n` of them, `stride` apart, mirrored at both ends.
    static void filter(double[] c, int at, int stride, int n) {
        if (n == 1) return;
        double first = 0, power = 1;
        for (int i = 0; i < HORIZON; i++, power *= POLE) first += power * c[at + mirrored(i, n) * stride];
        c[at] = 6 * first;
        for (int i = 1; i < n; i++) c[at + i * stride] = 6 * c[at + i * stride] + POLE * c[at + (i - 1) * stride];
        int last = at + (n - 1) * stride;
        c[last] = POLE / (POLE * POLE - 1) * (c[last] + POLE * c[last - stride]);
        for (int i = n - 2; i >= 0; i--) c[at + i * stride] = POLE * (c[at + (i + 1) * stride] - c[at + i * stride]);
    }

    /// The height of the surface at a place, which is given in pixels from the centre of the first one.
    public double at(double row, double column) {
        double y = Math.clamp(row + PAD, 0, h - 1), x = Math.clamp(column + PAD, 0, w - 1);
        int top = (int) Math.floor(y), left = (int) Math.floor(x);
        double sum = 0;
        for (int i = -1; i <= 2; i++) {
            double line = 0;
            for (int j = -1; j <= 2; j++)
                line += weight(x - left, j) * coefficients[mirrored(top + i, h) * w + mirrored(left + j, w)];
            sum += weight(y - top, i) * line;
        }
        return sum;
    }

    /// The cubic B-spline around the knot `k` of −1, 0, 1, 2, at a fraction `t` behind knot 0.
    static double weight(double t, int k) {
        double d = Math.abs(t - k);
        return d < 1 ? 2 / 3.0 + d * d * (d / 2 - 1) : d < 2 ? (2 - d) * (2 - d) * (2 - d) / 6 : 0;
    }

    /// The place in `0 … n − 1` that a place beyond it is mirrored to, about the centres of the first and the last: `c b | a b c`.
    static int mirrored(int i, int n) {
        if (i >= 0 && i < n) return i;
        if (n == 1) return 0;
        int at = Math.floorMod(i, 2 * (n - 1));
        return at < n ? at : 2 * (n - 1) - at;
    }
}
