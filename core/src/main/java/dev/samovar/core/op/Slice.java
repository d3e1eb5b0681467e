package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// `y = x[from … to)` along an axis.  `dx`: `dy` between zeros
public record Slice(int axis, int from, int to) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        if (from < 0 || to < from || to > x.dim(axis))
            throw new ShapeException("slice: " + from + " … " + to + " along axis " + axis + " of " + x.shape());
        Tensor y = ctx.empty(x.shape().with(axis, to - from));
        int[] strides = x.shape().strides();
        ctx.kernels().copy(y.shape().dims(), x.buffer(), from * strides[axis], strides, y.buffer(), 0, y.shape().strides());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.pad(axis, from, ctx.inputShape(0).dim(axis) - to);
    }
}
