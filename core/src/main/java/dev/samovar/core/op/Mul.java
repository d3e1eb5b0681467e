package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = a · b`, element by element, with the same shapes.  `da = dy · b`, `db = dy · a`
public record Mul() implements Op.Binary {
    @Override
    public Tensor forward(Context ctx, Tensor a, Tensor b) {
        ctx.save(a, b);
        Tensor y = ctx.emptyLike(a);
        ctx.kernels().mul(a.buffer(), b.buffer(), y.buffer());
        return y;
    }

    @Override
    public Grads backward(Context ctx, Tensor dy) {
        Tensor a = ctx.saved(0), b = ctx.saved(1);
        return new Grads(ctx.needsGrad(0) ? dy.mul(b) : null, ctx.needsGrad(1) ? dy.mul(a) : null);
    }
}
