package dev.samovar.core.kernel.cpu;

/// Normalisation of each channel over the other axes. A thread does one channel, whose values are `outer` rows of `inner` neighbours; sums are in
/// double, row by row.
final class ScalarBatchNorm {
    private ScalarBatchNorm() {}

    static void forward(Parallel parallel, int outer, int n, int inner, float eps, float[] x, float[] weight, float[] bias, float[] y,
            float[] mean, float[] rstd) {
        double all = (double) outer * inner;
        Split.run(parallel, n, 4L * outer * inner, (from, to) -> {
            for (int c = from; c < to; c++) {
                double sum = 0, squares = 0;
                for (int o = 0; o < outer; o++) sum += Sums.sum(x, (o * n + c) * inner, (o * n + c + 1) * inner);
                double mu = sum / all;
                for (int o = 0; o < outer; o++) squares += Sums.squares(x, (o * n + c) * inner, (o * n + c + 1) * inner, mu);
                double r = 1 / Math.sqrt(squares / all + eps);
                mean[c] = (float) mu;
                rstd[c] = (float) r;
                float centre = (float) mu, scale = (float) (r * weight[c]), shift = bias[c];
                for (int o = 0; o < outer; o++) {
                    int end = (o * n + c + 1) * inner;
                    for (int i = end - inner; i < end; i++) y[i] = Math.fma(x[i] - centre, scale, shift);
                }
            }
        });
    }

    static void backward(Parallel parallel, int outer, int n, int inner, float[] x, float[] weight, float[] mean, float[] rstd, float[] dy,
            float[] dx, float[] dweight, float[] dbias) {
        double all = (double) outer * inner;
        Split.run(parallel, n, 4L * outer * inner, (from, to) -> {
            for (int c = from; c < to; c++) {
                double sum = 0, product = 0;
                for (int o = 0; o < outer; o++) {
                    int at = (o * n + c) * inner;
                    double one = Sums.sum(dy, at, at + inner);
                    sum += one;
                    product += Sums.dot(inner, dy, at, x, at) - mean[c] * one;
                }
                product *= rstd[c];
                dweight[c] = (float) product;
                dbias[c] = (float) sum;
                float scale = weight[c] * rstd[c], mu = mean[c], share = (float) (sum / all), slope = (float) (product / all * rstd[c]);
                for (int o = 0; o < outer; o++) {
                    int end = (o * n + c + 1) * inner;
                    for (int i = end - inner; i < end; i++) dx[i] = scale * (dy[i] - share - (x[i] - mu) * slope);
                }
            }
        });
    }
}
