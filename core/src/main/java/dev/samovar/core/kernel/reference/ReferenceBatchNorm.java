package dev.samovar.core.kernel.reference;

import java.util.Arrays;

/// Normalisation of each channel over the other axes, in double precision.
final class ReferenceBatchNorm {
    private ReferenceBatchNorm() {}

    static void forward(int outer, int n, int inner, float eps, double[] x, double[] weight, double[] bias, double[] y, double[] mean,
            double[] rstd) {
        for (int c = 0; c < n; c++) {
            double sum = 0, squares = 0;
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++) sum += x[(o * n + c) * inner + i];
            mean[c] = sum / (outer * inner);
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++) squares += Math.pow(x[(o * n + c) * inner + i] - mean[c], 2);
            rstd[c] = 1 / Math.sqrt(squares / (outer * inner) + eps);
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++) {
                    int at = (o * n + c) * inner + i;
                    y[at] = (x[at] - mean[c]) * rstd[c] * weight[c] + bias[c];
                }
        }
    }

    static void backward(int outer, int n, int inner, double[] x, double[] weight, double[] mean, double[] rstd, double[] dy, double[] dx,
            double[] dweight, double[] dbias) {
        Arrays.fill(dweight, 0);
        Arrays.fill(dbias, 0);
        for (int c = 0; c < n; c++) {
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++) {
                    int at = (o * n + c) * inner + i;
                    dweight[c] += dy[at] * (x[at] - mean[c]) * rstd[c];
                    dbias[c] += dy[at];
                }

            // In the forward pass this was x̂ = (x − μ) · r. Both μ and r depend on every x, so each of them subtracts a mean.
            double all = (double) outer * inner;
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++) {
                    int at = (o * n + c) * inner + i;
                    double normalised = (x[at] - mean[c]) * rstd[c];
                    dx[at] = weight[c] * rstd[c] * (dy[at] - dbias[c] / all - normalised * dweight[c] / all);
                }
        }
    }
}
