package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = exp(x)`.  `dx = dy · y`
public record Exp() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().exp(x.buffer(), y.buffer());
        ctx.save(y);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.mul(ctx.saved(0));
    }
}
