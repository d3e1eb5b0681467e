package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = c + slope · (x − c)`, where `c` is `x` clamped to `low … high`.  `dx = dy` where `low < x < high`, else `slope · dy`
///
/// The backward pass keeps `y`, which is between the bounds exactly where `x` is, unless the slope is negative; so `x` may be freed.
///
/// LeakyReLU is a clamp without an upper bound, ReLU6 one of slope 0 between 0 and 6.
public record Clamp(double low, double high, double slope) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().clamp(low, high, slope, x.buffer(), y.buffer());
        ctx.save(slope >= 0 ? y : x);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), dx = ctx.emptyLike(x);
        ctx.kernels().clampGrad(low, high, slope, x.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }
}
