package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = c + slope · (x − c)`, where `c` is `x` brought between `low` and `high`.  `dx = dy` where `low < x < high`, else `slope · dy`
///
/// LeakyReLU is one without an upper bound, ReLU6 one of slope 0 between 0 and 6.
public record Clamp(double low, double high, double slope) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x);
        ctx.kernels().clamp(low, high, slope, x.buffer(), y.buffer());
        ctx.save(isLeakyRelu() ? y : x);               // y > 0 where x > 0: then x need not be kept
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), dx = ctx.emptyLike(x);
        ctx.kernels().clampGrad(low, high, slope, x.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }

    private boolean isLeakyRelu() {
        return low == 0 && high == Double.POSITIVE_INFINITY && slope >= 0;
    }
}
