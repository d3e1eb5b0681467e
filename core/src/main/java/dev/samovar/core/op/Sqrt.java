package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = √x`.  `dx = dy / (2y)`
public record Sqrt() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().sqrt(x.buffer(), y.buffer());
        ctx.save(y);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.div(ctx.saved(0).affine(2, 0));
    }
}
