package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = cos(x)`.  `dx = −dy · sin(x)`
public record Cos() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        ctx.save(x);
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().cos(x.buffer(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.mul(ctx.saved(0).sin()).affine(-1, 0);
    }
}
