package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// A tensor's numbers in another shape; nothing is copied.  `dx = dy` in the old shape
public record Reshape(Shape to) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        return x.view(to);
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.view(ctx.inputShape(0));
    }

    /// Replaces a dimension of −1 by the one that gives the right number of elements.
    public static Shape complete(Shape from, int[] dims) {
        int known = 1, open = -1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] != -1) known *= dims[i];
            else if (open < 0) open = i;
            else throw new ShapeException("reshape: only one dimension can be left open");
        }
        if (open < 0) return Shape.of(dims);
        int[] full = dims.clone();
        if (known == 0 || from.size() % known != 0)
            throw new ShapeException("reshape: " + from.size() + " elements of " + from + " are not a multiple of " + known);
        full[open] = from.size() / known;
        return Shape.of(full);
    }
}
