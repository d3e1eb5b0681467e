package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = 1 / (1 + exp(−x))`.  `dx = dy · y · (1 − y)`
public record Sigmoid() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = of(ctx, x, 1);
        ctx.save(y);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor y = ctx.saved(0), dx = ctx.emptyLike(y);
        ctx.kernels().affine(-1, y.buffer(), 1, dx.buffer());
        ctx.kernels().mul(dx.buffer(), y.buffer(), dx.buffer());
        ctx.kernels().mul(dx.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }

    /// `1 / (1 + exp(−a·x))`
    static Tensor of(Context ctx, Tensor x, double a) {
        Tensor y = ctx.emptyLike(x), one = ctx.emptyLike(x);
        ctx.kernels().affine(-a, x.buffer(), 0, y.buffer());
        ctx.kernels().exp(y.buffer(), y.buffer());
        ctx.kernels().affine(1, y.buffer(), 1, y.buffer());
        ctx.kernels().fill(1, one.buffer());
        ctx.kernels().div(one.buffer(), y.buffer(), y.buffer());
        one.release();
        return y;
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x) {
        return Tensor.full(x.device(), 1).div(x.affine(-1, 0).exp().affine(1, 1));
    }
}
