package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(−|x|))`, which never overflows.  `dx = dy · σ(x)`
public record Softplus() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Tensor y = ctx.emptyLike(x), rest = ctx.emptyLike(x);
        ctx.kernels().relu(x.buffer(), y.buffer());
        ctx.kernels().affine(-2, y.buffer(), 0, rest.buffer());
        ctx.kernels().add(x.buffer(), rest.buffer(), rest.buffer());               // −|x|
        ctx.kernels().exp(rest.buffer(), rest.buffer());
        ctx.kernels().affine(1, rest.buffer(), 1, rest.buffer());
        ctx.kernels().log(rest.buffer(), rest.buffer());
        ctx.kernels().add(y.buffer(), rest.buffer(), y.buffer());
        rest.release();
        ctx.save(x);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor dx = Sigmoid.of(ctx, ctx.saved(0), 1);
        ctx.kernels().mul(dx.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x) {
        return x.exp().affine(1, 1).log();
    }
}
