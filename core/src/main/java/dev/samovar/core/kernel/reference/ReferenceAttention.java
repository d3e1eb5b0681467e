package dev.samovar.core.kernel.reference;

import dev.samovar.core.kernel.AttentionShape;
import java.util.Arrays;

/// Attention with decomposed relative positions (Li et al., *MViTv2*, 2022, eq. 4; in SAM the scores' query is scaled and the positions' query is not),
/// one query after another: its scores with all keys, their softmax, and the mean of the values weighted by it.
final class ReferenceAttention {
    private ReferenceAttention() {}

    static void forward(AttentionShape s, double[] qkv, double[] relH, double[] relW, double[] out, double[] logSumExp) {
        int tokens = s.tokens(), d = s.dim();
        int values = 2 * s.groups() * tokens * d;                                  // where v begins in qkv
        double[] score = new double[tokens];
        for (int group = 0; group < s.groups(); group++) {
            for (int query = 0; query < tokens; query++) {
                for (int key = 0; key < tokens; key++) score[key] = score(s, qkv, relH, relW, group, query, key);

                double max = Double.NEGATIVE_INFINITY;
                for (int key = 0; key < tokens; key++) max = Math.max(max, score[key]);
                double sum = 0;
                for (int key = 0; key < tokens; key++) sum += StrictMath.exp(score[key] - max);
                double lse = max + StrictMath.log(sum);
                logSumExp[group * tokens + query] = lse;

                for (int c = 0; c < d; c++) {
                    double mean = 0;
                    for (int key = 0; key < tokens; key++)
                        mean += StrictMath.exp(score[key] - lse) * qkv[values + (group * tokens + key) * d + c];
                    out[(group * tokens + query) * d + c] = mean;
                }
            }
        }
    }

    static void backward(AttentionShape s, double[] qkv, double[] relH, double[] relW, double[] out, double[] logSumExp, double[] dout,
            double[] dqkv,
            double[] drelH, double[] drelW) {
        int tokens = s.tokens(), d = s.dim();
        int keys = s.groups() * tokens * d, values = 2 * keys;                     // where k and v begin in qkv
        Arrays.fill(dqkv, 0);
        Arrays.fill(drelH, 0);
        Arrays.fill(drelW, 0);
        for (int group = 0; group < s.groups(); group++) {
            for (int query = 0; query < tokens; query++) {
                int q = (group * tokens + query) * d;
                double dot = 0;
                for (int c = 0; c < d; c++) dot += dout[q + c] * out[q + c];

                for (int key = 0; key < tokens; key++) {
                    int k = keys + (group * tokens + key) * d, v = values + (group * tokens + key) * d;
                    int h = offsetH(s, query, key) * d, w = offsetW(s, query, key) * d;
                    double p = StrictMath.exp(score(s, qkv, relH, relW, group, query, key) - logSumExp[group * tokens + query]);

                    // In the forward pass this was out = Σ p · v, so now we have dv = p · dout and dp = dout · v.
                    double dp = 0;
                    for (int c = 0; c < d; c++) {
                        dp += dout[q + c] * qkv[v + c];
                        dqkv[v + c] += p * dout[q + c];
                    }

                    // In the forward pass this was p = softmax(score), so now we have ds = p · (dp − Σ dp · p), and Σ dp · p is dout · out.
                    double ds = p * (dp - dot);

                    // In the forward pass this was score = q · (k · scale + relH + relW), so now all four receive their share.
                    for (int c = 0; c < d; c++) {
                        dqkv[q + c] += ds * (qkv[k + c] * s.scale() + relH[h + c] + relW[w + c]);
                        dqkv[k + c] += ds * qkv[q + c] * s.scale();
                        drelH[h + c] += ds * qkv[q + c];
                        drelW[w + c] += ds * qkv[q + c];
                    }
                }
            }
        }
    }

    /// `(q · k)/√dim + q · relH[…] + q · relW[…]` for one query and one key.
    private static double score(AttentionShape s, double[] qkv, double[] relH, double[] relW, int group, int query, int key) {
        int tokens = s.tokens(), d = s.dim();
        int q = (group * tokens + query) * d, k = ((s.groups() + group) * tokens + key) * d;
        int h = offsetH(s, query, key) * d, w = offsetW(s, query, key) * d;
        double content = 0, rows = 0, columns = 0;
        for (int c = 0; c < d; c++) {
            content += qkv[q + c] * qkv[k + c];
            rows += qkv[q + c] * relH[h + c];
            columns += qkv[q + c] * relW[w + c];
        }
        return content * s.scale() + rows + columns;
    }

    /// The row of `relH` for a query and a key: `h − h' + height − 1`.
    private static int offsetH(AttentionShape s, int query, int key) {
        return query / s.width() - key / s.width() + s.height() - 1;
    }

    /// The row of `relW` for a query and a key: `w − w' + width − 1`.
    private static int offsetW(AttentionShape s, int query, int key) {
        return query % s.width() - key % s.width() + s.width() - 1;
    }
}
