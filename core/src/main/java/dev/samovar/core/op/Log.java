package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = ln(x)`.  `dx = dy / x`
public record Log() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        ctx.save(x);
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().log(x.buffer(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.div(ctx.saved(0));
    }
}
