package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = tanh(x) = 2 / (1 + exp(−2x)) − 1`, accurate to 1e-7.  `dx = dy · (1 − y²)`
public record Tanh() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = Sigmoid.of(ctx, x, 2);
        ctx.kernels().affine(2, y.buffer(), -1, y.buffer());
        ctx.save(y);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor y = ctx.saved(0), dx = ctx.emptyLike(y);
        ctx.kernels().mul(y.buffer(), y.buffer(), dx.buffer());
        ctx.kernels().affine(-1, dx.buffer(), 1, dx.buffer());
        ctx.kernels().mul(dx.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x) {
        Tensor up = x.exp(), down = x.affine(-1, 0).exp();
        return up.sub(down).div(up.add(down));
    }
}
