package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `y = x · wᵀ + b` over the last axis: `x (…, in)`, `w (out, in)` and an optional `b (out)` give `y (…, out)`.
///
/// `dx = dy · w`, `dw = dyᵀ · x`, `db = Σ dy`
public record Linear() implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor x = xs.get(0), w = xs.get(1), bias = xs.size() > 2 ? xs.get(2) : null;
        if (w.shape().rank() != 2 || x.shape().rank() == 0 || x.dim(-1) != w.dim(1) || w.dim(1) == 0
                || (bias != null && bias.shape().size() != w.dim(0)))
            throw new ShapeException("linear: input " + x.shape() + ", weight " + w.shape() + (bias == null
                    ? ""
                    : ", bias " + bias.shape()));
        int in = w.dim(1), out = w.dim(0);
        ctx.save(x, w);
        Tensor y = ctx.empty(x.shape().with(-1, out));
        ctx.kernels().linear(x.shape().size() / in, out, in, x.buffer(), w.buffer(), bias == null ? null : bias.buffer(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), w = ctx.saved(1), dx = null, dw = null, db = null;
        int in = w.dim(1), out = w.dim(0), rows = x.shape().size() / in;
        if (ctx.needsGrad(0)) {
            dx = ctx.emptyLike(x);
            ctx.kernels().matmul(1, rows, in, out, dy.buffer(), false, w.buffer(), false, dx.buffer());
        }
        if (ctx.needsGrad(1)) {
            dw = ctx.emptyLike(w);
            ctx.kernels().matmul(1, out, in, rows, dy.buffer(), true, x.buffer(), false, dw.buffer());
        }
        if (ctx.inputs() == 2) return Arrays.asList(dx, dw);
        if (ctx.needsGrad(2)) db = dy.reshape(rows, out).sum(0);
        return Arrays.asList(dx, dw, db);
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x, Tensor w, @Nullable Tensor bias) {
        Tensor y = x.reshape(-1, w.dim(1)).matmul(w, false, true);
        if (bias != null) y = y.add(bias);
        return y.reshape(x.shape().with(-1, w.dim(0)).dims());
    }
}
