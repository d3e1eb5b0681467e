package dev.samovar.core.kernel.cpu;

/// Sums of floats in double precision. Four running sums, added in a fixed order at the end, use the processor four times as well as one.
final class Sums {
    private Sums() {}

    /// `Σ x[i]` for `from ≤ i < to`
    static double sum(float[] x, int from, int to) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
        }
        for (; i < to; i++) s0 += x[i];
        return (s0 + s1) + (s2 + s3);
    }

    /// `Σ (x[i] − centre)²` for `from ≤ i < to`
    static double squares(float[] x, int from, int to, double centre) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            double d0 = x[i] - centre, d1 = x[i + 1] - centre, d2 = x[i + 2] - centre, d3 = x[i + 3] - centre;
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
        }
        for (; i < to; i++) s0 += (x[i] - centre) * (x[i] - centre);
        return (s0 + s1) + (s2 + s3);
    }

    /// `Σ x[xAt + i] · y[yAt + i]` for `0 ≤ i < n`
    static double dot(int n, float[] x, int xAt, float[] y, int yAt) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            s0 += (double) x[xAt + i] * y[yAt + i];
            s1 += (double) x[xAt + i + 1] * y[yAt + i + 1];
            s2 += (double) x[xAt + i + 2] * y[yAt + i + 2];
            s3 += (double) x[xAt + i + 3] * y[yAt + i + 3];
        }
        for (; i < n; i++) s0 += (double) x[xAt + i] * y[yAt + i];
        return (s0 + s1) + (s2 + s3);
    }
}
