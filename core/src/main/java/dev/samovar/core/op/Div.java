package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;

/// `y = a / b`, element by element, with the same shapes.  `da = dy / b`, `db = −dy · y / b`
public record Div() implements Op.Binary {
    @Override
    public Tensor forward(Context ctx, Tensor a, Tensor b) {
        Tensor y = ctx.emptyLike(a);
        ctx.kernels().div(a.buffer(), b.buffer(), y.buffer());
        ctx.save(b, y);
        return y;
    }

    @Override
    public Grads backward(Context ctx, Tensor dy) {
        Tensor b = ctx.saved(0), y = ctx.saved(1);
        Tensor da = dy.div(b);
        return new Grads(da, ctx.needsGrad(1) ? da.mul(y).affine(-1, 0) : null);
    }
}
