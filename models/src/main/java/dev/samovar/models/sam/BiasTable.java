package dev.samovar.models.sam;

import dev.samovar.core.op.RelPosTable;
import dev.samovar.core.tensor.Tensor;

/// What the places of a window add to their scores: of a table `T (heads, w·w)`, one number per distance, the biases of all pairs.
///
///     bias[h, (y, x), (y', x')] = T[h, |y − y'|·w + |x − x'|]
///
/// Composed of operations that have gradients. Source: `Attention` in mobile_sam/modeling/tiny_vit_sam.py @ 34bbbfd.
final class BiasTable {
    private BiasTable() {}

    /// `(heads, w·w) → (heads, w·w, w·w)`, queries before keys.
    static Tensor of(Tensor table, int w) {
        int heads = table.dim(0);
        Tensor fold = folding(table, w);
        Tensor t = table.reshape(heads, w, w).permute(1, 0, 2).reshape(w, heads * w);                      // by rows apart
        t = RelPosTable.of(fold.matmul(t))                                                                // (w, w, heads·w): y, y'
                .reshape(w * w * heads, w).permute(1, 0);                                                 // by columns apart
        t = RelPosTable.of(fold.matmul(t))                                                                // (w, w, w·w·heads): x, x', (y, y', heads)
                .reshape(w, w, w, w, heads).permute(4, 2, 0, 3, 1);                                       // (heads, y, x, y', x')
        return t.reshape(heads, w * w, w * w);
    }

    /// `(2w−1, w)`: from distances `0 … w−1` to differences `−(w−1) … w−1`.
    private static Tensor folding(Tensor like, int w) {
        float[] one = new float[(2 * w - 1) * w];
        for (int i = 0; i < 2 * w - 1; i++) one[i * w + Math.abs(i - (w - 1))] = 1;
        return Tensor.of(like.device(), one, 2 * w - 1, w);
    }
}
