package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// Zeros before and after `x` along an axis.  `dx`: the part of `dy` at the place of `x`
public record Pad(int axis, int before, int after) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        if (before < 0 || after < 0) throw new ShapeException("pad: " + before + " before and " + after + " after " + x.shape());
        Tensor y = ctx.zeros(x.shape().with(axis, before + x.dim(axis) + after));
        int[] strides = y.shape().strides();
        ctx.kernels().copy(x.shape().dims(), x.buffer(), 0, x.shape().strides(), y.buffer(), before * strides[axis], strides);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.slice(axis, before, dy.dim(axis) - after);
    }
}
