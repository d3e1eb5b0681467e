package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;

/// `y = Σ x` along an axis, which disappears.  `dx`: `dy` repeated along it
public record Sum(int axis) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.empty(x.shape().without(axis));
        ctx.kernels().sum(x.shape().outer(axis), x.dim(axis), x.shape().inner(axis), x.buffer(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Shape from = ctx.inputShape(0);
        return dy.reshape(from.with(axis, 1).dims()).expand(from);
    }
}
