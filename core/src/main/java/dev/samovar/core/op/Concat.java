package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tensors one after the other along an axis.  `dxᵢ`: the part of `dy` at the place of `xᵢ`
public record Concat(int axis) implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Shape first = xs.getFirst().shape();
        int length = 0;
        for (Tensor x : xs) {
            if (x.shape().rank() != first.rank() || !x.shape().with(axis, first.dim(axis)).equals(first))
                throw new ShapeException("concat along axis " + axis + ": " + first + " and " + x.shape());
            length += x.dim(axis);
        }
        Tensor y = ctx.empty(first.with(axis, length));
        int[] strides = y.shape().strides();
        int at = 0;
        for (Tensor x : xs) {
            ctx.kernels().copy(x.shape().dims(), x.buffer(), 0, x.shape().strides(), y.buffer(), at * strides[axis], strides);
            at += x.dim(axis);
        }
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        List<@Nullable Tensor> grads = new ArrayList<>();
        int at = 0, n = ctx.inputs();
        for (int i = 0; i < n; i++) {
            int length = ctx.inputShape(i).dim(axis);
            grads.add(ctx.needsGrad(i) ? dy.slice(axis, at, at + length) : null);
            at += length;
        }
        return grads;
    }
}
