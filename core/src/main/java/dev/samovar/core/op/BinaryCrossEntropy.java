package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// `y = −t · ln x − (1 − t) · ln(1 − x)` of probabilities `x` and targets `t` of the same shape, with each logarithm at least −100.
///
/// `dx = dy · (x − t) / max(x · (1 − x), 1e-12)`. This is one formula because composed derivatives would give `0 · ∞` where `x` is exactly 0 or 1.
/// Targets get no gradient. The same as torch.nn.functional.binary_cross_entropy.
public record BinaryCrossEntropy() implements Op.Binary {
    private static final double LEAST = -100, SMALLEST = 1e-12;

    @Override
    public Tensor forward(Context ctx, Tensor x, Tensor t) {
        if (!x.shape().equals(t.shape())) throw new ShapeException("binaryCrossEntropy: input " + x.shape() + ", target " + t.shape());
        Tensor y = ctx.emptyLike(x), other = ctx.emptyLike(x), without = ctx.emptyLike(x);
        var k = ctx.kernels();
        k.log(x.buffer(), y.buffer());
        k.clamp(LEAST, Double.POSITIVE_INFINITY, 0, y.buffer(), y.buffer());
        k.mul(y.buffer(), t.buffer(), y.buffer());
        k.affine(-1, x.buffer(), 1, other.buffer());
        k.log(other.buffer(), other.buffer());
        k.clamp(LEAST, Double.POSITIVE_INFINITY, 0, other.buffer(), other.buffer());
        k.affine(-1, t.buffer(), 1, without.buffer());
        k.mul(other.buffer(), without.buffer(), other.buffer());
        k.add(y.buffer(), other.buffer(), y.buffer());
        k.affine(-1, y.buffer(), 0, y.buffer());
        other.release();
        without.release();
        ctx.save(x, t);
        return y;
    }

    @Override
    public Op.Grads backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), t = ctx.saved(1), dx = ctx.emptyLike(x), spread = ctx.emptyLike(x);
        var k = ctx.kernels();
        k.affine(-1, x.buffer(), 1, spread.buffer());
        k.mul(spread.buffer(), x.buffer(), spread.buffer());
        k.clamp(SMALLEST, Double.POSITIVE_INFINITY, 0, spread.buffer(), spread.buffer());
        k.sub(x.buffer(), t.buffer(), dx.buffer());
        k.div(dx.buffer(), spread.buffer(), dx.buffer());
        k.mul(dx.buffer(), dy.buffer(), dx.buffer());
        return new Op.Grads(dx, null);
    }
}
