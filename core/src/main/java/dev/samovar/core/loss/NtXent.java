package dev.samovar.core.loss;

import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// The normalised, temperature-scaled cross entropy of SimCLR (Chen and others, 2020): each view has to find its partner among all `2N − 1` other
/// views, by the cosine.
public final class NtXent {
    private static final double ITSELF = -1e9;                                     // a view must not find itself

    private NtXent() {}

    /// The mean over both directions of `N` pairs, `zi` and `zj (N, D)`, whose rows need not have length 1.
    ///
    /// @throws ShapeException unless both are `(N, D)` with N from 2 to 127: the number of a view must fit into a label's byte
    public static Tensor of(Tensor zi, Tensor zj, double temperature) {
        int n = zi.dim(0), all = 2 * n;
        if (!zi.shape().equals(zj.shape()) || zi.shape().rank() != 2 || n < 2 || n > 127)
            throw new ShapeException("ntXent: views " + zi.shape() + " and " + zj.shape() + ", which should be two of (2 to 127, D)");
        Tensor z = Tensor.concat(0, zi, zj);                                       // (2N, D)
        Tensor unit = z.div(z.mul(z).sum(1).sqrt().reshape(all, 1));
        float[] itself = new float[all * all];
        byte[] pair = new byte[all];
        for (int i = 0; i < all; i++) {
            itself[i * all + i] = (float) ITSELF;
            pair[i] = (byte) ((i + n) % all);
        }
        Tensor similar = unit.matmul(unit, false, true).affine(1 / temperature, 0).add(Tensor.of(z.device(), itself, all, all));
        return similar.reshape(all, all, 1, 1).crossEntropy(new Labels(all, 1, 1, pair));
    }
}
