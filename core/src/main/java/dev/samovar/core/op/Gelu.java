package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = x · Φ(x)`: the exact, erf-based GELU that SAM was trained with, not the tanh approximation.  `dx = dy · (Φ(x) + x · φ(x))`
public record Gelu() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        ctx.save(x);                                   // kept only if a gradient may be required
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().gelu(x.buffer(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), dx = ctx.emptyLike(x);
        ctx.kernels().geluGrad(x.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }
}
