package dev.samovar.core.kernel.reference;

import java.util.Arrays;

/// The losses of training. Logits and probabilities are `(batch, classes, pixels)`, labels `(batch, pixels)`; pixels with the label 255 do not count.
final class ReferenceLosses {
    private static final byte IGNORED = (byte) 255;

    private ReferenceLosses() {}

    /// The divisor of a mean over pixels: how many of them count, or 1 if none does.
    private static int counted(byte[] labels) {
        int count = 0;
        for (byte label : labels) if (label != IGNORED) count++;
        return Math.max(1, count);
    }

    static void crossEntropy(int batch, int classes, int pixels, double[] logits, byte[] labels, double[] loss) {
        double sum = 0;
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < pixels; i++) {
                int label = Byte.toUnsignedInt(labels[b * pixels + i]);
                if (labels[b * pixels + i] == IGNORED) continue;
                sum += logSumExp(b, classes, pixels, i, logits) - logits[(b * classes + label) * pixels + i];
            }
        }
        loss[0] = sum / counted(labels);
    }

    static void crossEntropyGrad(int batch, int classes, int pixels, double[] logits, byte[] labels, double[] dloss, double[] dlogits) {
        double scale = dloss[0] / counted(labels);
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < pixels; i++) {
                int label = Byte.toUnsignedInt(labels[b * pixels + i]);
                double lse = logSumExp(b, classes, pixels, i, logits);
                for (int c = 0; c < classes; c++) {
                    int at = (b * classes + c) * pixels + i;
                    dlogits[at] = labels[b * pixels + i] == IGNORED ? 0 : scale * (StrictMath.exp(logits[at] - lse) - (c == label ? 1 : 0));
                }
            }
        }
    }

    /// `log Σ exp(logits)` over the classes of one pixel, so that `log softmax = logits − logSumExp`.
    private static double logSumExp(int b, int classes, int pixels, int i, double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) max = Math.max(max, logits[(b * classes + c) * pixels + i]);
        double sum = 0;
        for (int c = 0; c < classes; c++) sum += StrictMath.exp(logits[(b * classes + c) * pixels + i] - max);
        return max + StrictMath.log(sum);
    }

    static void softDice(int batch, int classes, int pixels, double[] p, byte[] labels, double[] sums, double[] loss) {
        Arrays.fill(sums, 0);
        for (int b = 0; b < batch; b++) {
            for (int c = 0; c < classes; c++) {
                for (int i = 0; i < pixels; i++) {
                    if (labels[b * pixels + i] == IGNORED) continue;
                    double value = p[(b * classes + c) * pixels + i];
                    double g = Byte.toUnsignedInt(labels[b * pixels + i]) == c ? 1 : 0;
                    sums[c] += value * g;
                    sums[classes + c] += value * value;
                    sums[2 * classes + c] += g * g;
                }
            }
        }
        int count = 0;
        double total = 0;
        for (int c = 1; c < classes; c++) {
            double dice = dice(c, classes, sums);
            if (!(dice <= 0)) {                                                    // NaN counts, too
                total += dice;
                count++;
            }
        }
        loss[0] = count == 0 ? 0 : total / count;
    }

    static void softDiceGrad(int batch, int classes, int pixels, double[] p, byte[] labels, double[] sums, double[] dloss, double[] dp) {
        int count = 0;
        for (int c = 1; c < classes; c++) if (!(dice(c, classes, sums) <= 0)) count++;
        for (int b = 0; b < batch; b++) {
            for (int c = 0; c < classes; c++) {
                boolean counted = c > 0 && !(dice(c, classes, sums) <= 0);
                double n = numerator(c, sums), m = denominator(c, classes, sums);
                for (int i = 0; i < pixels; i++) {
                    int at = (b * classes + c) * pixels + i;
                    double g = Byte.toUnsignedInt(labels[b * pixels + i]) == c ? 1 : 0;
                    // In the forward pass this was D = 1 − N/M with N = 2·Σ p·g + 1 and M = Σ p² + Σ g² + 1, so now we have dN/dp = 2g and dM/dp = 2p.
                    dp[at] = counted && labels[b * pixels + i] != IGNORED ? dloss[0] / count * (2 * p[at] * n - 2 * g * m) / (m * m) : 0;
                }
            }
        }
    }

    static void crossEntropyAndDice(int batch, int classes, int pixels, double[] logits, byte[] labels, double[] sums, double[] losses) {
        double[] dice = new double[1];
        crossEntropy(batch, classes, pixels, logits, labels, losses);
        softDice(batch, classes, pixels, softmax(batch, classes, pixels, logits), labels, sums, dice);
        losses[1] = dice[0];
    }

    static void crossEntropyAndDiceGrad(int batch, int classes, int pixels, double[] logits, byte[] labels, double[] sums, double[] dlosses,
            double[] dlogits) {
        double[] p = softmax(batch, classes, pixels, logits), dp = new double[p.length];
        crossEntropyGrad(batch, classes, pixels, logits, labels, dlosses, dlogits);
        softDiceGrad(batch, classes, pixels, p, labels, sums, new double[]{dlosses[1]}, dp);
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < pixels; i++) {
                // In the forward pass this was p = softmax(logits), so now we have dlogits = p · (dp − Σ dp · p).
                double dot = 0;
                for (int c = 0; c < classes; c++) dot += p[(b * classes + c) * pixels + i] * dp[(b * classes + c) * pixels + i];
                for (int c = 0; c < classes; c++) {
                    int at = (b * classes + c) * pixels + i;
                    dlogits[at] += p[at] * (dp[at] - dot);
                }
            }
        }
    }

    private static double[] softmax(int batch, int classes, int pixels, double[] logits) {
        double[] p = new double[logits.length];
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < pixels; i++) {
                double lse = logSumExp(b, classes, pixels, i, logits);
                for (int c = 0; c < classes; c++) {
                    int at = (b * classes + c) * pixels + i;
                    p[at] = StrictMath.exp(logits[at] - lse);
                }
            }
        }
        return p;
    }

    private static double dice(int c, int classes, double[] sums) {
        return 1 - numerator(c, sums) / denominator(c, classes, sums);
    }

    private static double numerator(int c, double[] sums) {
        return 2 * sums[c] + 1;
    }

    private static double denominator(int c, int classes, double[] sums) {
        return sums[classes + c] + sums[2 * classes + c] + 1;
    }
}
