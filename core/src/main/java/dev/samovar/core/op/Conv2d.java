package dev.samovar.core.op;

import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Convolution: `x (B, C, H, W)`, `w (O, C/groups, k, k)` and an optional `bias (O)` give `y (B, O, H', W')`.
///
///     y[b,o,i,j] = bias[o] + Σ_{c,u,v} x[b, c, i·stride+u−padding, j·stride+v−padding] · w[o,c,u,v]
///
/// Backward, where the first sum runs over the `o, i, j, u, v` with `i·stride+u−padding = m` and `j·stride+v−padding = n`:
///
///     dx[b,c,m,n] = Σ_{o,i,j,u,v} dy[b,o,i,j] · w[o,c,u,v]
///     dw[o,c,u,v] = Σ_{b,i,j} dy[b,o,i,j] · x[b, c, i·stride+u−padding, j·stride+v−padding]
///     dbias[o]    = Σ_{b,i,j} dy[b,o,i,j]
///
/// @param groups the number of parts into which the channels of both sides are cut: `c` runs over the channels of `o`'s part ([Conv2dShape])
/// @param exact whether kernels must compute all of these products ([Conv2dShape])
public record Conv2d(int stride, int padding, int groups, boolean exact) implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor x = xs.get(0), w = xs.get(1), bias = xs.size() > 2 ? xs.get(2) : null;
        Conv2dShape s = shape(x, w);
        checkBias("conv2d", bias, s.outChannels());
        ctx.save(x, w);
        Tensor y = ctx.empty(Shape.of(s.batch(), s.outChannels(), s.outHeight(), s.outWidth()));
        ctx.kernels().conv2d(s, x.buffer(), w.buffer(), bias == null ? null : bias.buffer(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), w = ctx.saved(1), dx = null, dw = null;
        Conv2dShape s = shape(x, w);
        if (ctx.needsGrad(0)) {
            dx = ctx.emptyLike(x);
            ctx.kernels().conv2dGradInput(s, dy.buffer(), w.buffer(), null, dx.buffer());
        }
        if (ctx.needsGrad(1)) {
            dw = ctx.emptyLike(w);
            ctx.kernels().conv2dGradWeight(s, x.buffer(), dy.buffer(), dw.buffer());
        }
        return ctx.inputs() == 2 ? Arrays.asList(dx, dw) : Arrays.asList(dx, dw, ctx.needsGrad(2) ? sumPerChannel(dy) : null);
    }

    static void checkBias(String op, @Nullable Tensor bias, int channels) {
        if (bias != null && bias.shape().size() != channels)
            throw new ShapeException(op + ": bias " + bias.shape() + " for " + channels + " channels");
    }

    /// `(B, C, H, W) → (C)`: the gradient of a bias.
    static Tensor sumPerChannel(Tensor dy) {
        return dy.reshape(dy.dim(0), dy.dim(1), -1).sum(2).sum(0);
    }

    private Conv2dShape shape(Tensor x, Tensor w) {
        if (x.shape().rank() != 4 || w.shape().rank() != 4 || groups < 1 || x.dim(1) != groups * w.dim(1) || w.dim(0) % groups != 0
                || w.dim(2) != w.dim(3)
                || stride < 1 || padding < 0 || Math.min(x.dim(2), x.dim(3)) + 2 * padding < w.dim(2))
            throw new ShapeException("conv2d: input " + x.shape() + ", weight " + w.shape() + ", stride " + stride + ", padding "
                    + padding + (groups == 1 ? "" : ", " + groups + " groups"));
        return new Conv2dShape(x.dim(0), x.dim(1), x.dim(2), x.dim(3), w.dim(0), w.dim(2), stride, padding, groups, exact);
    }
}
