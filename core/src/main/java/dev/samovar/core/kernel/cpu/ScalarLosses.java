package dev.samovar.core.kernel.cpu;

import java.util.Arrays;

/// The losses of training. Pixels are processed in strips of a fixed length; sums are made per strip, in double precision, and added in order.
/// A pixel whose label is 255 does not count.
final class ScalarLosses {
    private static final int STRIP = 1024;

    private static final int IGNORED = 255;

    private ScalarLosses() {}

    /// The divisor of a mean over pixels: how many of them count, or 1 if none does.
    private static int counted(byte[] labels) {
        int count = 0;
        for (byte label : labels) if ((label & 0xff) != IGNORED) count++;
        return Math.max(1, count);
    }

    static void crossEntropy(Parallel parallel, int batch, int classes, int pixels, float[] logits, byte[] labels, float[] loss) {
        int strips = Math.ceilDiv(pixels, STRIP);
        final int count = batch * strips;
        double[] sums = Scratch.doubles(Scratch.FACTOR, count);
        Split.run(parallel, count, 16L * classes * STRIP, (from, to) -> {
            float[] max = Scratch.floats(Scratch.MAX, STRIP);
            double[] sum = Scratch.doubles(Scratch.SUM, STRIP);
            for (int strip = from; strip < to; strip++) {
                int b = strip / strips, first = strip % strips * STRIP, n = Math.min(STRIP, pixels - first);
                softmaxSums(classes, pixels, n, logits, b * classes * pixels + first, max, sum);
                double total = 0;
                for (int i = 0; i < n; i++) {
                    int label = labels[b * pixels + first + i] & 0xff;
                    if (label == IGNORED) continue;
                    total += max[i] + StrictMath.log(sum[i]) - logits[(b * classes + label) * pixels + first + i];
                }
                sums[strip] = total;
            }
        });
        double total = 0;
        for (int i = 0; i < count; i++) total += sums[i];
        loss[0] = (float) (total / counted(labels));
    }

    static void crossEntropyGrad(Parallel parallel, int batch, int classes, int pixels, float[] logits, byte[] labels, float[] dloss,
            float[] dlogits) {
        int strips = Math.ceilDiv(pixels, STRIP);
        double scale = dloss[0] / (double) counted(labels);
        Split.run(parallel, batch * strips, 16L * classes * STRIP, (from, to) -> {
            float[] max = Scratch.floats(Scratch.MAX, STRIP);
            double[] sum = Scratch.doubles(Scratch.SUM, STRIP);
            for (int strip = from; strip < to; strip++) {
                int b = strip / strips, first = strip % strips * STRIP, n = Math.min(STRIP, pixels - first);
                softmaxSums(classes, pixels, n, logits, b * classes * pixels + first, max, sum);
                for (int c = 0; c < classes; c++) {
                    int at = (b * classes + c) * pixels + first;
                    for (int i = 0; i < n; i++) {
                        double p = Approximations.exp(logits[at + i] - max[i]) / sum[i];
                        int label = labels[b * pixels + first + i] & 0xff;
                        dlogits[at + i] = label == IGNORED ? 0 : (float) (scale * (p - (label == c ? 1 : 0)));
                    }
                }
            }
        });
    }

    /// The largest logit of each of `n` pixels from `at` on, and `Σ exp(logit − largest)` over its classes.
    private static void softmaxSums(int classes, int pixels, int n, float[] logits, int at, float[] max, double[] sum) {
        Arrays.fill(max, 0, STRIP, Float.NEGATIVE_INFINITY);
        Arrays.fill(sum, 0, STRIP, 0);
        for (int c = 0; c < classes; c++) {
            for (int i = 0; i < n; i++) max[i] = Math.max(max[i], logits[at + c * pixels + i]);
        }
        for (int c = 0; c < classes; c++) {
            for (int i = 0; i < n; i++) sum[i] += Approximations.exp(logits[at + c * pixels + i] - max[i]);
        }
    }

    static void softDice(Parallel parallel, int batch, int classes, int pixels, float[] p, byte[] labels, float[] sums, float[] loss) {
        int strips = Math.ceilDiv(pixels, STRIP);
        double[] parts = Scratch.doubles(Scratch.FACTOR, 3 * batch * classes * strips);                // Σ p·g, Σ p², Σ g² of every strip
        Split.run(parallel, batch * classes * strips, 4L * STRIP, (from, to) -> {
            for (int strip = from; strip < to; strip++) {
                int plane = strip / strips, b = plane / classes, c = plane % classes;
                int first = strip % strips * STRIP, end = Math.min(pixels, first + STRIP);
                double overlap = 0, squares = 0;
                int count = 0;
                for (int i = first; i < end; i++) {
                    int label = labels[b * pixels + i] & 0xff;
                    if (label == IGNORED) continue;
                    double value = p[plane * pixels + i];
                    squares += value * value;
                    if (label == c) {
                        overlap += value;
                        count++;
                    }
                }
                parts[3 * strip] = overlap;
                parts[3 * strip + 1] = squares;
                parts[3 * strip + 2] = count;
            }
        });
        for (int row = 0; row < 3; row++) {
            for (int c = 0; c < classes; c++) {
                double sum = 0;
                for (int b = 0; b < batch; b++) {
                    for (int strip = 0; strip < strips; strip++) sum += parts[3 * ((b * classes + c) * strips + strip) + row];
                }
                sums[row * classes + c] = (float) sum;
            }
        }
        loss[0] = (float) meanDice(classes, sums);
    }

    /// The loss from the rounded sums, which the gradient will use, too.
    private static double meanDice(int classes, float[] sums) {
        double total = 0;
        int count = 0;
        for (int c = 1; c < classes; c++) {
            double dice = dice(c, classes, sums);
            if (!(dice <= 0)) {                                                    // NaN counts, too: it must not look perfect
                total += dice;
                count++;
            }
        }
        return count == 0 ? 0 : total / count;
    }

    static void softDiceGrad(Parallel parallel, int batch, int classes, int pixels, float[] p, byte[] labels, float[] sums, float[] dloss,
            float[] dp) {
        int positive = 0;
        for (int c = 1; c < classes; c++) if (!(dice(c, classes, sums) <= 0)) positive++;
        int count = positive;
        Split.run(parallel, batch * classes, 4L * pixels, (from, to) -> {
            for (int plane = from; plane < to; plane++) {
                int b = plane / classes, c = plane % classes, at = plane * pixels;
                if (c == 0 || dice(c, classes, sums) <= 0) {
                    Arrays.fill(dp, at, at + pixels, 0);
                    continue;
                }
                // In the forward pass this was D = 1 − N/M with N = 2·Σ p·g + 1 and M = Σ p² + Σ g² + 1, so now we have dD = (2·p·N − 2·g·M) / M².
                double n = numerator(c, sums), m = denominator(c, classes, sums), scale = dloss[0] / count * 2 / (m * m);
                float ofP = (float) (scale * n), ofLabel = (float) (scale * m);
                for (int i = 0; i < pixels; i++) {
                    int label = labels[b * pixels + i] & 0xff;
                    dp[at + i] = label == IGNORED ? 0 : ofP * p[at + i] - ofLabel * (label == c ? 1 : 0);
                }
            }
        });
    }

    static void crossEntropyAndDice(Parallel parallel, int batch, int classes, int pixels, float[] logits, byte[] labels, float[] sums,
            float[] losses) {
        int strips = Math.ceilDiv(pixels, STRIP), row = 3 * classes + 1;
        double[] parts = Scratch.zeros(Scratch.FACTOR, batch * strips * row);      // cross entropy, then Σ p·g, Σ p², Σ g² of every class
        Split.run(parallel, batch * strips, 16L * classes * STRIP, (from, to) -> {
            float[] p = Scratch.floats(Scratch.TILE, classes * STRIP), max = Scratch.floats(Scratch.MAX, STRIP);
            float[] sum = Scratch.floats(Scratch.SUM, STRIP);
            for (int strip = from; strip < to; strip++) {
                int b = strip / strips, first = strip % strips * STRIP, n = Math.min(STRIP, pixels - first), at = strip * row;
                int pixel = b * pixels + first, logit = b * classes * pixels + first;
                softmax(classes, pixels, n, logits, logit, p, max, sum);
                forget(classes, n, labels, pixel, p);
                for (int i = 0; i < n; i++) {
                    int label = labels[pixel + i] & 0xff;
                    if (label == IGNORED) continue;
                    parts[at] += max[i] + StrictMath.log(sum[i]) - logits[logit + label * pixels + i];
                    parts[at + 1 + label] += p[label * STRIP + i];
                    parts[at + 1 + 2 * classes + label]++;
                }
                for (int c = 0; c < classes; c++) parts[at + 1 + classes + c] = Sums.squares(p, c * STRIP, c * STRIP + n, 0);
            }
        });
        losses[0] = (float) (column(parts, 0, row, batch * strips) / counted(labels));
        for (int i = 0; i < 3 * classes; i++) sums[i] = (float) column(parts, 1 + i, row, batch * strips);
        losses[1] = (float) meanDice(classes, sums);
    }

    private static double column(double[] parts, int at, int row, int rows) {
        double sum = 0;
        for (int i = 0; i < rows; i++) sum += parts[at + i * row];
        return sum;
    }

    static void crossEntropyAndDiceGrad(Parallel parallel, int batch, int classes, int pixels, float[] logits, byte[] labels, float[] sums,
            float[] dlosses, float[] dlogits) {
        int strips = Math.ceilDiv(pixels, STRIP);
        float entropy = (float) (dlosses[0] / (double) counted(labels));
        float[] ofP = new float[classes], ofLabel = new float[classes];            // dp = ofP · p − ofLabel · g, as in softDiceGrad
        int count = 0;
        for (int c = 1; c < classes; c++) if (!(dice(c, classes, sums) <= 0)) count++;
        for (int c = 1; c < classes; c++) {
            if (dice(c, classes, sums) <= 0) continue;
            double n = numerator(c, sums), m = denominator(c, classes, sums), scale = dlosses[1] / (double) count * 2 / (m * m);
            ofP[c] = (float) (scale * n);
            ofLabel[c] = (float) (scale * m);
        }
        Split.run(parallel, batch * strips, 16L * classes * STRIP, (from, to) -> {
            float[] p = Scratch.floats(Scratch.TILE, classes * STRIP), max = Scratch.floats(Scratch.MAX, STRIP);
            float[] dot = Scratch.floats(Scratch.SUM, STRIP);
            for (int strip = from; strip < to; strip++) {
                int b = strip / strips, first = strip % strips * STRIP, n = Math.min(STRIP, pixels - first);
                int pixel = b * pixels + first, logit = b * classes * pixels + first;
                softmax(classes, pixels, n, logits, logit, p, max, dot);
                forget(classes, n, labels, pixel, p);
                Arrays.fill(dot, 0, STRIP, 0);
                for (int c = 0; c < classes; c++) {
                    float of = ofP[c];
                    for (int i = 0, q = c * STRIP; i < n; i++, q++) dot[i] += of * p[q] * p[q];
                }
                for (int i = 0; i < n; i++) {
                    int label = labels[pixel + i] & 0xff;
                    if (label == IGNORED) continue;
                    dot[i] -= ofLabel[label] * p[label * STRIP + i];
                }
                // In the forward pass the logits gave p by a softmax, and p both losses, so now we have dlogits = entropy · (p − g) + p · (dp − Σ dp · p).
                for (int c = 0; c < classes; c++) {
                    float of = ofP[c];
                    for (int i = 0, q = c * STRIP, to0 = logit + c * pixels; i < n; i++, q++) {
                        dlogits[to0 + i] = p[q] * (entropy + of * p[q] - dot[i]);
                    }
                }
                for (int i = 0; i < n; i++) {
                    int label = labels[pixel + i] & 0xff;
                    if (label == IGNORED) continue;
                    dlogits[logit + label * pixels + i] -= entropy + ofLabel[label] * p[label * STRIP + i];
                }
            }
        });
    }

    /// The softmax of `n` pixels from `at` on, in rows [#STRIP] apart; the largest logit of each, and `Σ exp(logit − largest)`.
    private static void softmax(int classes, int pixels, int n, float[] logits, int at, float[] p, float[] max, float[] sum) {
        Arrays.fill(max, 0, STRIP, Float.NEGATIVE_INFINITY);
        Arrays.fill(sum, 0, STRIP, 0);
        for (int c = 0; c < classes; c++) {
            for (int i = 0; i < n; i++) max[i] = Math.max(max[i], logits[at + c * pixels + i]);
        }
        for (int c = 0; c < classes; c++) {
            for (int i = 0, q = c * STRIP; i < n; i++, q++) {
                p[q] = Approximations.exp(logits[at + c * pixels + i] - max[i]);
                sum[i] += p[q];
            }
        }
        for (int c = 0; c < classes; c++) for (int i = 0, q = c * STRIP; i < n; i++, q++) p[q] /= sum[i];
    }

    /// Sets the probabilities of pixels that do not count to 0, and with them all their products.
    private static void forget(int classes, int n, byte[] labels, int pixel, float[] p) {
        for (int i = 0; i < n; i++)
            if ((labels[pixel + i] & 0xff) == IGNORED) for (int c = 0; c < classes; c++) p[c * STRIP + i] = 0;
    }

    private static double dice(int c, int classes, float[] sums) {
        return 1 - numerator(c, sums) / denominator(c, classes, sums);
    }

    private static double numerator(int c, float[] sums) {
        return 2.0 * sums[c] + 1;
    }

    private static double denominator(int c, int classes, float[] sums) {
        return (double) sums[classes + c] + sums[2 * classes + c] + 1;
    }
}
