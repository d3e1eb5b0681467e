package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = sin(x)`.  `dx = dy · cos(x)`
public record Sin() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        ctx.save(x);
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().sin(x.buffer(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.mul(ctx.saved(0).cos());
    }
}
