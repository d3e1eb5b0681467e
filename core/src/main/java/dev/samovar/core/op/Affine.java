package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = a · x + b` with two numbers.  `dx = a · dy`
public record Affine(double a, double b) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().affine(a, x.buffer(), b, y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        return dy.affine(a, 0);
    }
}
