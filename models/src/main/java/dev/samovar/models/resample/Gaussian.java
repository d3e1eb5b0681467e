package dev.samovar.models.resample;

/// Smoothing with a Gaussian that is cut off at four sigma, as `scipy.ndimage.gaussian_filter` does it.
public final class Gaussian {
    private Gaussian() {}

    /// A smoothed copy of `h · w` numbers, row by row, with zeros outside.
    public static double[] smooth(double[] x, int h, int w, double sigma) {
        double[] weights = weights(sigma);
        int radius = weights.length / 2;
        double[] down = new double[h * w], both = new double[h * w];
        for (int row = 0; row < h; row++)
            for (int from = Math.max(0, row - radius); from <= Math.min(h - 1, row + radius); from++)
                add(down, row * w, x, from * w, w, weights[from - row + radius]);
        for (int by = -Math.min(radius, w - 1); by <= Math.min(radius, w - 1); by++) {
            int first = Math.max(0, -by), count = w - Math.abs(by);                // the columns that have a neighbour so far away
            for (int row = 0; row < h; row++) add(both, row * w + first, down, row * w + first + by, count, weights[by + radius]);
        }
        return both;
    }

    /// The weights of the `2r + 1` numbers around a place; they add up to 1.
    static double[] weights(double sigma) {
        int radius = (int) (4 * sigma + 0.5);
        double[] weights = new double[2 * radius + 1];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            double away = (i - radius) / sigma;
            weights[i] = StrictMath.exp(-away * away / 2);
            sum += weights[i];
        }
        for (int i = 0; i < weights.length; i++) weights[i] /= sum;
        return weights;
    }

    static void add(double[] to, int at, double[] from, int start, int n, double weight) {
        for (int i = 0; i < n; i++) to[at + i] += weight * from[start + i];
    }
}
