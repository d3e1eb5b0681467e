package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;

/// `y = exp(x) / Σ exp(x)` along an axis, computed from `x − max x`.  `dx = y · (dy − Σ dy · y)`
public record Softmax(int axis) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Shape s = x.shape();
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().softmax(s.outer(axis), s.dim(axis), s.inner(axis), x.buffer(), y.buffer());
        ctx.save(y);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor y = ctx.saved(0), dx = ctx.emptyLike(y);
        Shape s = y.shape();
        ctx.kernels().softmaxGrad(s.outer(axis), s.dim(axis), s.inner(axis), y.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x, int axis) {
        Tensor e = x.exp();
        return e.div(e.sum(axis).reshape(x.shape().with(axis, 1).dims()));
    }
}
