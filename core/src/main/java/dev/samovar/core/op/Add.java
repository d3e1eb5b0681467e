package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = a + b`, with the same shapes.  `da = dy`, `db = dy`
public record Add() implements Op.Binary {
    @Override
    public Tensor forward(Context ctx, Tensor a, Tensor b) {
        Tensor y = ctx.emptyLike(a);
        ctx.kernels().add(a.buffer(), b.buffer(), y.buffer());
        return y;
    }

    @Override
    public Grads backward(Context ctx, Tensor dy) {
        return new Grads(dy, ctx.needsGrad(1) ? dy : null);
    }
}
