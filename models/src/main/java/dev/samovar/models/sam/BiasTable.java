package dev.samovar.models.sam;

import dev.samovar.core.tensor.Tensor;

/// The biases that attention within a window adds to its scores: for all pairs of places, from a table `T (heads, w·w)` with one number per distance.
///
///     bias[h, (y, x), (y', x')] = T[h, |y − y'|·w + |x − x'|]
///
/// For biases that learn it is composed of operations that have gradients. Source: `Attention` in mobile_sam/modeling/tiny_vit_sam.py @ 34bbbfd.
final class BiasTable {
    private BiasTable() {}

    /// `(heads, w·w) → (heads, w·w, w·w)`, queries before keys.
    static Tensor of(Tensor table, int w) {
        int heads = table.dim(0);
        Tensor pairs = pairs(table, w);
        Tensor t = table.reshape(heads, w, w).permute(1, 0, 2).reshape(w, heads * w);                      // by distance in rows
        t = pairs.matmul(t)                                                                               // (w·w, heads·w): y, y'
                .reshape(w * w * heads, w).permute(1, 0);                                                 // by distance in columns
        t = pairs.matmul(t)                                                                               // (w·w, w·w·heads): x, x', (y, y', heads)
                .reshape(w, w, w, w, heads).permute(4, 2, 0, 3, 1);                                       // (heads, y, x, y', x')
        return t.reshape(heads, w * w, w * w);
    }

    /// The same numbers from frozen biases, by the formula.
    static float[] of(float[] table, int w) {
        int n = w * w, at = 0;
        float[] all = new float[table.length * n];
        for (int head = 0; head < table.length; head += n)
            for (int q = 0; q < n; q++)
                for (int k = 0; k < n; k++) all[at++] = table[head + Math.abs(q / w - k / w) * w + Math.abs(q % w - k % w)];
        return all;
    }

    /// `(w·w, w)`: a row for each pair of places along one axis, with a 1 in the column of their distance.
    private static Tensor pairs(Tensor like, int w) {
        float[] one = new float[w * w * w];
        for (int i = 0; i < w; i++) for (int j = 0; j < w; j++) one[(i * w + j) * w + Math.abs(i - j)] = 1;
        return Tensor.of(like.device(), one, w * w, w);
    }
}
