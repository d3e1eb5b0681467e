package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;

/// Axis `i` of `y` is axis `axes[i]` of `x`.  `dx`: the inverse permutation of `dy`
public record Permute(List<Integer> axes) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        int rank = x.shape().rank();
        if (axes.size() != rank || axes.stream().filter(a -> a >= 0 && a < rank).distinct().count() != rank)
            throw new ShapeException("permute: axes " + axes + " of " + x.shape());
        int[] dims = new int[rank], strides = new int[rank], xStrides = x.shape().strides();
        for (int i = 0; i < rank; i++) {
            dims[i] = x.dim(axes.get(i));
            strides[i] = xStrides[axes.get(i)];
        }
        Tensor y = ctx.empty(Shape.of(dims));
        ctx.kernels().copy(dims, x.buffer(), 0, strides, y.buffer(), 0, y.shape().strides());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        int[] inverse = new int[axes.size()];
        for (int i = 0; i < inverse.length; i++) inverse[axes.get(i)] = i;
        return dy.permute(inverse);
    }
}
