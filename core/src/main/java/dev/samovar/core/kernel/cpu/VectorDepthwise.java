package dev.samovar.core.kernel.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// A 3 × 3 convolution of one plane, a vector of pixels at a time: the inner loop of the depthwise convolutions in fused blocks.
final class VectorDepthwise {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;

    private VectorDepthwise() {}

    /// `y[i, j] = bias + Σ_{u,v} w[3u + v] · x[i·down + u·pitch + (0, one, two)[v] + j]` for `rows · n` pixels, `n` a multiple of a vector.
    ///
    /// It may read beyond the last pixel by less than a vector. The pixels of `y` go into panels that lie `across` apart; a row takes `lanes` of
    /// their lanes, a multiple of a panel. If `across` is the width of a panel, the pixels follow each other.
    static void plane(int rows, int n, float[] x, int x0, int down, int pitch, int one, int two, float[] w, int w0, float bias, float[] y,
            int y0, int lanes, int across) {
        final FloatVector w00 = FloatVector.broadcast(F, w[w0]), w01 = FloatVector.broadcast(F, w[w0 + 1]), w02 = FloatVector.broadcast(F,
                w[w0 + 2]);
        final FloatVector w10 = FloatVector.broadcast(F, w[w0 + 3]), w11 = FloatVector.broadcast(F, w[w0 + 4]),
                w12 = FloatVector.broadcast(F, w[w0 + 5]);
        final FloatVector w20 = FloatVector.broadcast(F, w[w0 + 6]), w21 = FloatVector.broadcast(F, w[w0 + 7]),
                w22 = FloatVector.broadcast(F, w[w0 + 8]);
        for (int i = 0; i < rows; i++) {
            int to = y0 + i * lanes / NR * across;
            for (int j = 0; j < n; j += V) {
                int a = x0 + i * down + j, b = a + pitch, c = b + pitch;
                FloatVector s = FloatVector.broadcast(F, bias);
                s = FloatVector.fromArray(F, x, a).fma(w00, s);
                s = FloatVector.fromArray(F, x, a + one).fma(w01, s);
                s = FloatVector.fromArray(F, x, a + two).fma(w02, s);
                s = FloatVector.fromArray(F, x, b).fma(w10, s);
                s = FloatVector.fromArray(F, x, b + one).fma(w11, s);
                s = FloatVector.fromArray(F, x, b + two).fma(w12, s);
                s = FloatVector.fromArray(F, x, c).fma(w20, s);
                s = FloatVector.fromArray(F, x, c + one).fma(w21, s);
                s = FloatVector.fromArray(F, x, c + two).fma(w22, s);
                s.intoArray(y, to + j / NR * across + j % NR);
            }
        }
    }
}
