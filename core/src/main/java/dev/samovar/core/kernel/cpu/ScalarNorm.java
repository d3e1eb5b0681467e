package dev.samovar.core.kernel.cpu;

import java.util.Arrays;

/// Layer normalisation and softmax over the middle axis of `(outer, n, inner)`.
///
/// If `inner` is 1, the values to normalise are contiguous, and a piece of work is some rows. Otherwise a piece is a strip of up to [#STRIP]
/// neighbours along `inner`, which are normalised together: every pass over `n` then reads along memory, and the strip's sums stay in the nearest
/// cache.
final class ScalarNorm {
    static final int STRIP = 256;

    /// Works on `inner` neighbours from `i` to `end` in one `outer`.
    @FunctionalInterface
    private interface Strip {
        void run(int o, int i, int end);
    }

    private ScalarNorm() {}

    private static void strips(Parallel parallel, int outer, int n, int inner, Strip strip) {
        int across = Math.ceilDiv(inner, STRIP);
        Split.run(parallel, outer * across, (long) n * Math.min(inner, STRIP), (from, to) -> {
            for (int piece = from; piece < to; piece++) {
                int i = piece % across * STRIP;
                strip.run(piece / across, i, Math.min(inner, i + STRIP));
            }
        });
    }

    static void sum(Parallel parallel, int outer, int n, int inner, float[] x, float[] y) {
        if (inner == 1 && n > Split.GRAIN) {
            for (int o = 0; o < outer; o++) y[o] = (float) longSum(parallel, x, o * n, n);
            return;
        }
        if (inner == 1) {
            Split.run(parallel, outer, n, (from, to) -> {
                for (int o = from; o < to; o++) y[o] = (float) Sums.sum(x, o * n, o * n + n);
            });
            return;
        }
        strips(parallel, outer, n, inner, (o, first, end) -> {
            final int count = end - first;
            double[] sum = Scratch.zeros(Scratch.SUM, count);
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) sum[i] += x[at + i];
            }
            for (int i = 0; i < count; i++) y[o * inner + first + i] = (float) sum[i];
        });
    }

    /// One sum in pieces of fixed length, added in order.
    private static double longSum(Parallel parallel, float[] x, int at, int n) {
        final int count = Math.ceilDiv(n, Split.GRAIN);
        double[] parts = Scratch.doubles(Scratch.SUM, count);
        Split.pieces(parallel, n, Split.GRAIN, (from, to) -> parts[from / Split.GRAIN] = Sums.sum(x, at + from, at + to));
        double sum = 0;
        for (int i = 0; i < count; i++) sum += parts[i];
        return sum;
    }

    static void layerNorm(Parallel parallel, int outer, int n, int inner, float eps, float[] x, float[] weight, float[] bias, float[] y,
            float[] mean,
            float[] rstd) {
        if (inner == 1) {
            Split.run(parallel, outer, 4L * n, (from, to) -> {
                for (int o = from; o < to; o++) layerNormRow(n, eps, x, o * n, weight, bias, y, mean, rstd, o);
            });
            return;
        }
        strips(parallel, outer, n, inner, (o, first, end) -> {
            final int count = end - first;
            double[] mu = Scratch.zeros(Scratch.SUM, count), r = Scratch.zeros(Scratch.FACTOR, count);
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) mu[i] += x[at + i];
            }
            for (int i = 0; i < count; i++) mu[i] /= n;
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) r[i] += (x[at + i] - mu[i]) * (x[at + i] - mu[i]);
            }
            for (int i = 0; i < count; i++) r[i] = 1 / Math.sqrt(r[i] / n + eps);
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                double w = weight[j], b = bias[j];
                for (int i = 0; i < count; i++) y[at + i] = (float) ((x[at + i] - mu[i]) * r[i] * w + b);
            }
            for (int i = 0; i < count; i++) {
                mean[o * inner + first + i] = (float) mu[i];
                rstd[o * inner + first + i] = (float) r[i];
            }
        });
    }

    private static void layerNormRow(int n, float eps, float[] x, int at, float[] weight, float[] bias, float[] y, float[] mean,
            float[] rstd, int o) {
        double mu = Sums.sum(x, at, at + n) / n;
        double r = 1 / Math.sqrt(Sums.squares(x, at, at + n, mu) / n + eps);
        for (int j = 0; j < n; j++) y[at + j] = (float) ((x[at + j] - mu) * r * weight[j] + bias[j]);
        mean[o] = (float) mu;
        rstd[o] = (float) r;
    }

    static void layerNormGrad(Parallel parallel, int outer, int n, int inner, float[] x, float[] weight, float[] mean, float[] rstd,
            float[] dy, float[] dx,
            float[] dweight, float[] dbias) {
        if (inner == 1) {
            Split.run(parallel, outer, 4L * n, (from, to) -> {
                for (int o = from; o < to; o++) layerNormGradRow(n, x, o * n, weight, mean[o], rstd[o], dy, dx);
            });
            strips(parallel, 1, outer, n, (_, first, end) -> gradOfWeightsOfRows(outer, n, x, mean, rstd, dy, first, end, dweight, dbias));
            return;
        }
        strips(parallel, outer, n, inner, (o, first, end) -> {
            // In the forward pass this was y = x̂ · w + b with x̂ = (x − μ) · r, so now we have g = dy · w for x̂, minus the shares of μ and r.
            final int count = end - first;
            double[] sumG = Scratch.zeros(Scratch.SUM, count), sumGx = Scratch.zeros(Scratch.FACTOR, count);
            int stat = o * inner + first;
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                double w = weight[j];
                for (int i = 0; i < count; i++) {
                    double g = dy[at + i] * w;
                    sumG[i] += g;
                    sumGx[i] += g * ((double) x[at + i] - mean[stat + i]) * rstd[stat + i];
                }
            }
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                double w = weight[j];
                for (int i = 0; i < count; i++) {
                    double normalised = ((double) x[at + i] - mean[stat + i]) * rstd[stat + i];
                    dx[at + i] = (float) (rstd[stat + i] * (dy[at + i] * w - sumG[i] / n - normalised * sumGx[i] / n));
                }
            }
        });
        Split.run(parallel, n, 4L * outer * inner, (from, to) -> {
            for (int j = from; j < to; j++) {
                double dw = 0, db = 0;
                for (int o = 0; o < outer; o++) {
                    int at = (o * n + j) * inner, stat = o * inner;
                    for (int i = 0; i < inner; i++) {
                        dw += dy[at + i] * ((double) x[at + i] - mean[stat + i]) * rstd[stat + i];
                        db += dy[at + i];
                    }
                }
                dweight[j] = (float) dw;
                dbias[j] = (float) db;
            }
        });
    }

    private static void layerNormGradRow(int n, float[] x, int at, float[] weight, double mu, double r, float[] dy, float[] dx) {
        double sumG = 0, sumGx = 0;
        for (int j = 0; j < n; j++) {
            double g = (double) dy[at + j] * weight[j];
            sumG += g;
            sumGx += g * (x[at + j] - mu) * r;
        }
        double meanG = sumG / n, meanGx = sumGx / n;
        for (int j = 0; j < n; j++) {
            double g = (double) dy[at + j] * weight[j];
            dx[at + j] = (float) (r * (g - meanG - (x[at + j] - mu) * r * meanGx));
        }
    }

    private static void gradOfWeightsOfRows(int outer, int n, float[] x, float[] mean, float[] rstd, float[] dy, int first, int end,
            float[] dweight,
            float[] dbias) {
        final int count = end - first;
        double[] dw = Scratch.zeros(Scratch.SUM, count), db = Scratch.zeros(Scratch.FACTOR, count);
        for (int o = 0; o < outer; o++) {
            double mu = mean[o], r = rstd[o];
            int at = o * n + first;
            for (int j = 0; j < count; j++) {
                dw[j] += dy[at + j] * ((x[at + j] - mu) * r);
                db[j] += dy[at + j];
            }
        }
        for (int j = 0; j < count; j++) {
            dweight[first + j] = (float) dw[j];
            dbias[first + j] = (float) db[j];
        }
    }

    static void softmax(Parallel parallel, int outer, int n, int inner, float[] x, float[] y) {
        if (inner == 1) {
            Split.run(parallel, outer, 16L * n, (from, to) -> {
                for (int o = from; o < to; o++) softmaxRow(n, x, o * n, y);
            });
            return;
        }
        strips(parallel, outer, n, inner, (o, first, end) -> {
            final int count = end - first;
            float[] max = Scratch.floats(Scratch.MAX, count);
            double[] sum = Scratch.zeros(Scratch.SUM, count);
            Arrays.fill(max, 0, count, Float.NEGATIVE_INFINITY);
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) max[i] = Math.max(max[i], x[at + i]);
            }
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) {
                    float e = Approximations.exp(x[at + i] - max[i]);
                    sum[i] += e;
                    y[at + i] = e;
                }
            }
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) y[at + i] = (float) (y[at + i] / sum[i]);
            }
        });
    }

    private static void softmaxRow(int n, float[] x, int at, float[] y) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) max = Math.max(max, x[at + j]);
        for (int j = 0; j < n; j++) y[at + j] = Approximations.exp(x[at + j] - max);
        float scale = (float) (1 / Sums.sum(y, at, at + n));
        for (int j = 0; j < n; j++) y[at + j] *= scale;
    }

    static void softmaxGrad(Parallel parallel, int outer, int n, int inner, float[] y, float[] dy, float[] dx) {
        if (inner == 1) {
            Split.run(parallel, outer, 4L * n, (from, to) -> {
                for (int at = from * n; at < to * n; at += n) {
                    float dot = (float) Sums.dot(n, y, at, dy, at);
                    for (int j = at; j < at + n; j++) dx[j] = y[j] * (dy[j] - dot);
                }
            });
            return;
        }
        strips(parallel, outer, n, inner, (o, first, end) -> {
            final int count = end - first;
            double[] dot = Scratch.zeros(Scratch.SUM, count);
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) dot[i] += (double) y[at + i] * dy[at + i];
            }
            for (int j = 0; j < n; j++) {
                int at = (o * n + j) * inner + first;
                for (int i = 0; i < count; i++) dx[at + i] = (float) (y[at + i] * (dy[at + i] - dot[i]));
            }
        });
    }
}
