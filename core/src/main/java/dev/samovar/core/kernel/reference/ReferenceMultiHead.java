package dev.samovar.core.kernel.reference;

import dev.samovar.core.kernel.MultiHeadShape;
import java.util.Arrays;

/// Attention between two sequences of tokens (Vaswani et al., 2017), one query of one head after another.
final class ReferenceMultiHead {
    private ReferenceMultiHead() {}

    static void forward(MultiHeadShape s, double[] q, double[] k, double[] v, double[] out, double[] stats) {
        double[] score = new double[s.keys()];
        for (int group = 0; group < s.groups(); group++) {
            for (int query = 0; query < s.queries(); query++) {
                double max = Double.NEGATIVE_INFINITY, sum = 0;
                for (int key = 0; key < s.keys(); key++) {
                    score[key] = score(s, q, k, group, query, key);
                    max = Math.max(max, score[key]);
                }
                for (int key = 0; key < s.keys(); key++) sum += StrictMath.exp(score[key] - max);
                stats[group * s.queries() + query] = max;
                stats[(s.groups() + group) * s.queries() + query] = sum;
                for (int c = 0; c < s.dim(); c++) {
                    double mean = 0;
                    for (int key = 0; key < s.keys(); key++)
                        mean += StrictMath.exp(score[key] - max) / sum * v[s.keyStart(group) + key * s.width() + c];
                    out[s.queryStart(group) + query * s.width() + c] = mean;
                }
            }
        }
    }

    static void backward(MultiHeadShape s, double[] q, double[] k, double[] v, double[] out, double[] stats, double[] dout, double[] dq,
            double[] dk, double[] dv) {
        Arrays.fill(dq, 0);
        Arrays.fill(dk, 0);
        Arrays.fill(dv, 0);
        for (int group = 0; group < s.groups(); group++) {
            for (int query = 0; query < s.queries(); query++) {
                int qAt = s.queryStart(group) + query * s.width();
                double dot = 0;
                for (int c = 0; c < s.dim(); c++) dot += dout[qAt + c] * out[qAt + c];
                double max = stats[group * s.queries() + query], sum = stats[(s.groups() + group) * s.queries() + query];
                for (int key = 0; key < s.keys(); key++) {
                    int kAt = s.keyStart(group) + key * s.width();
                    double p = StrictMath.exp(score(s, q, k, group, query, key) - max) / sum, dp = 0;
                    // In the forward pass this was out = Σ p · v, so now we have dv = p · dout and dp = dout · v.
                    for (int c = 0; c < s.dim(); c++) {
                        dp += dout[qAt + c] * v[kAt + c];
                        dv[kAt + c] += p * dout[qAt + c];
                    }
                    // In the forward pass this was p = softmax(score), so now we have dscore = p · (dp − Σ dp · p), and Σ dp · p is dout · out.
                    double ds = p * (dp - dot) * s.scale();
                    for (int c = 0; c < s.dim(); c++) {
                        dq[qAt + c] += ds * k[kAt + c];
                        dk[kAt + c] += ds * q[qAt + c];
                    }
                }
            }
        }
    }

    private static double score(MultiHeadShape s, double[] q, double[] k, int group, int query, int key) {
        int qAt = s.queryStart(group) + query * s.width(), kAt = s.keyStart(group) + key * s.width();
        double sum = 0;
        for (int c = 0; c < s.dim(); c++) sum += q[qAt + c] * k[kAt + c];
        return sum * s.scale();
    }
}
