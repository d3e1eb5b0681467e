package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = max(x, 0)`.  `dx = dy` where `y > 0`, else 0
public record Relu() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().relu(x.buffer(), y.buffer());
        ctx.save(y);                                   // y > 0 is enough for the gradient: x need not be kept
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor y = ctx.saved(0), dx = ctx.emptyLike(y);
        ctx.kernels().reluGrad(y.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }
}
