package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// Repeats dimensions of 1, and absent leading ones, to a larger shape.  `dx`: `dy` summed over every repetition
public record Expand(Shape to) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        if (!Shape.broadcast("expand", x.shape(), to).equals(to))
            throw new ShapeException("expand: " + x.shape() + " does not repeat to " + to);
        int lead = to.rank() - x.shape().rank();
        int[] strides = new int[to.rank()], xStrides = x.shape().strides();
        for (int i = lead; i < strides.length; i++) strides[i] = x.dim(i - lead) == 1 ? 0 : xStrides[i - lead];
        Tensor y = ctx.empty(to);
        ctx.kernels().copy(to.dims(), x.buffer(), 0, strides, y.buffer(), 0, to.strides());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Shape from = ctx.inputShape(0);
        int lead = to.rank() - from.rank();
        Tensor dx = dy;
        for (int i = 0; i < to.rank(); i++) {
            boolean repeated = i < lead || from.dim(i - lead) != to.dim(i);
            if (repeated) dx = dx.sum(i).reshape(dx.shape().with(i, 1).dims());
        }
        return dx.view(from);
    }
}
