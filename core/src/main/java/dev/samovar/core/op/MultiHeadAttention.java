package dev.samovar.core.op;

import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Fused attention of `heads` heads that lie side by side: `q (B, N, heads·d)`, `k` and `v (B, M, heads·d)` give `(B, N, heads·d)`. For each head,
///
///     y = softmax(q · kᵀ / √d) · v
///
/// In the backward pass, where `p` is the softmax, computed again: `dv = pᵀ·dy`, `ds = p · (dy·vᵀ − Σ dy·y) / √d`, `dq = ds·k`, `dk = dsᵀ·q`.
public record MultiHeadAttention(int heads) implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor q = xs.get(0), k = xs.get(1), v = xs.get(2);
        MultiHeadShape s = shape(q, k, v);
        Tensor y = ctx.emptyLike(q), stats = ctx.empty(Shape.of(2, s.groups(), s.queries()));
        ctx.kernels().multiHeadAttention(s, q.buffer(), k.buffer(), v.buffer(), y.buffer(), stats.buffer());
        ctx.save(q, k, v, y, stats);
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor q = ctx.saved(0), k = ctx.saved(1), v = ctx.saved(2), y = ctx.saved(3), stats = ctx.saved(4);
        Tensor dq = ctx.emptyLike(q), dk = ctx.emptyLike(k), dv = ctx.emptyLike(v);
        ctx.kernels().multiHeadAttentionGrad(shape(q, k, v), q.buffer(), k.buffer(), v.buffer(), y.buffer(), stats.buffer(), dy.buffer(),
                dq.buffer(), dk.buffer(), dv.buffer());
        return Arrays.asList(dq, dk, dv);
    }

    private MultiHeadShape shape(Tensor q, Tensor k, Tensor v) {
        boolean ranks = q.shape().rank() == 3 && k.shape().rank() == 3 && k.shape().equals(v.shape());
        if (!ranks || q.dim(0) != k.dim(0) || q.dim(2) != k.dim(2) || heads < 1 || q.dim(2) % heads != 0 || k.dim(1) == 0)
            throw new ShapeException("attention of " + heads + " heads: q " + q.shape() + ", k " + k.shape() + ", v " + v.shape());
        return new MultiHeadShape(q.dim(0), heads, q.dim(1), k.dim(1), q.dim(2) / heads);
    }

    /// Composed of simple operations, with all scores in memory at once.
    public static Tensor composed(Tensor q, Tensor k, Tensor v, int heads) {
        Tensor split = split(q, heads);                                                                  // (B, heads, N, d)
        Tensor scores = split.matmul(split(k, heads), false, true).affine(1 / Math.sqrt(split.dim(3)), 0);       // (B, heads, N, M)
        return scores.softmax(3).matmul(split(v, heads)).permute(0, 2, 1, 3).reshape(q.shape().dims());          // (B, N, heads·d)
    }

    private static Tensor split(Tensor x, int heads) {                                                   // (B, N, heads·d)
        return x.reshape(x.dim(0), x.dim(1), heads, -1).permute(0, 2, 1, 3);                             // (B, heads, N, d)
    }
}
