package dev.samovar.core.op;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Fused self-attention over a grid of `H · W` tokens with decomposed relative positions: the scores, `(H·W)²` per head, are never held as a whole.
///
/// `qkv (3, G, H·W, d)`, `relH (2H−1, d)`, `relW (2W−1, d)` give `(G, H·W, d)`; `G` counts pictures (or windows) × heads. [#composed] spells it out.
/// Note that the scores use `q/√d`, but the relative positions use the *unscaled* `q`. For a query `i` at `(h, w)` and a key `j` at `(h', w')`:
///
///     s[i,j] = q[i]·k[j]/√d + q[i]·relH[h−h'+H−1] + q[i]·relW[w−w'+W−1]        p = softmax(s)        y = p·v
///
/// Backward, with `p` computed again from the saved `logSumExp[i] = ln Σⱼ exp s[i,j]`:
///
///     ds[i,j]  = p[i,j] · (dy[i]·v[j] − dy[i]·y[i])
///     dq[i]    = Σ_j  ds[i,j] · (k[j]/√d + relH[h−h'+H−1] + relW[w−w'+W−1])
///     dk[j]    = Σ_i  ds[i,j] · q[i]/√d
///     dv[j]    = Σ_i  p[i,j] · dy[i]
///     drelH[o] = Σ    ds[i,j] · q[i]   over all groups and all i, j with h − h' + H − 1 = o
///     drelW[o] = Σ    ds[i,j] · q[i]   over all groups and all i, j with w − w' + W − 1 = o
///
/// Source: `Attention.forward` and `add_decomposed_rel_pos` in segment_anything/modeling/image_encoder.py @ dca509f.
public record RelPosAttention() implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor qkv = xs.get(0), relH = xs.get(1), relW = xs.get(2);
        AttentionShape s = shape(qkv, relH, relW);
        Tensor y = ctx.empty(qkv.shape().without(0)), logSumExp = ctx.empty(Shape.of(s.groups(), s.tokens()));
        ctx.kernels().relPosAttention(s, qkv.buffer(), relH.buffer(), relW.buffer(), y.buffer(), logSumExp.buffer());
        ctx.save(qkv, relH, relW, y, logSumExp);
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor qkv = ctx.saved(0), relH = ctx.saved(1), relW = ctx.saved(2), y = ctx.saved(3), logSumExp = ctx.saved(4);
        Tensor dqkv = ctx.emptyLike(qkv), drelH = ctx.emptyLike(relH), drelW = ctx.emptyLike(relW);
        ctx.kernels().relPosAttentionGrad(shape(qkv, relH, relW), qkv.buffer(), relH.buffer(), relW.buffer(), y.buffer(),
                logSumExp.buffer(), dy.buffer(), dqkv.buffer(), drelH.buffer(), drelW.buffer());
        return Arrays.asList(dqkv, drelH, drelW);
    }

    private static AttentionShape shape(Tensor qkv, Tensor relH, Tensor relW) {
        boolean ranks = qkv.shape().rank() == 4 && relH.shape().rank() == 2 && relW.shape().rank() == 2;
        int h = ranks ? side(relH, qkv.dim(3)) : 0, w = ranks ? side(relW, qkv.dim(3)) : 0;
        if (h == 0 || w == 0 || qkv.dim(0) != 3 || qkv.dim(2) != h * w)
            throw new ShapeException("relPosAttention: qkv " + qkv.shape() + ", relH " + relH.shape() + ", relW " + relW.shape());
        return new AttentionShape(qkv.dim(1), h, w, qkv.dim(3));
    }

    /// The side of the grid that a table `(2·side−1, d)` is for; 0 if it is not such a table.
    private static int side(Tensor table, int d) {
        return table.dim(0) % 2 == 1 && table.dim(1) == d ? (table.dim(0) + 1) / 2 : 0;
    }

    /// Composed of simple operations, with all scores in memory at once.
    public static Tensor composed(Tensor qkv, Tensor relH, Tensor relW) {
        AttentionShape s = shape(qkv, relH, relW);
        int g = s.groups(), h = s.height(), w = s.width(), d = s.dim();
        Tensor q = qkv.select(0, 0), k = qkv.select(0, 1), v = qkv.select(0, 2);                         // (G, HW, d)
        Tensor scores = q.affine(s.scale(), 0).matmul(k, false, true);                           // (G, HW, HW)
        Tensor rowsOfQ = q.reshape(g, h, w, d).permute(1, 0, 2, 3).reshape(h, g * w, d);
        Tensor biasH = rowsOfQ.matmul(RelPosTable.of(relH), false, true)                                 // (H, G·W, H')
                .reshape(h, g, w, h, 1).permute(1, 0, 2, 3, 4);                                          // (G, H, W, H', 1)
        Tensor columnsOfQ = q.reshape(g, h, w, d).permute(2, 0, 1, 3).reshape(w, g * h, d);
        Tensor biasW = columnsOfQ.matmul(RelPosTable.of(relW), false, true)                              // (W, G·H, W')
                .reshape(w, g, h, 1, w).permute(1, 2, 0, 3, 4);                                          // (G, H, W, 1, W')
        scores = scores.add(biasH.add(biasW).reshape(g, h * w, h * w));
        return scores.softmax(2).matmul(v);                                                              // (G, HW, d)
    }
}
