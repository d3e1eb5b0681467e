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

/// Transposed convolution with stride = kernel `k`: `x (B, C, H, W)`, `w (C, O, k, k)` and an optional `bias (O)` give `y (B, O, H·k, W·k)`.
///
///     y[b, o, i·k+u, j·k+v] = bias[o] + Σ_c x[b,c,i,j] · w[c,o,u,v]
///
/// Backward:
///
///     dx[b,c,i,j] = Σ_{o,u,v} dy[b, o, i·k+u, j·k+v] · w[c,o,u,v]
///     dw[c,o,u,v] = Σ_{b,i,j} dy[b, o, i·k+u, j·k+v] · x[b,c,i,j]
///     dbias[o]    = Σ_{b,m,n} dy[b,o,m,n]
///
/// It is the backward pass of the convolution from `y`'s shape to `x`'s: the forward pass here is that convolution's input gradient,
/// `dx` its forward pass, and `dw` its weight gradient with input and output exchanged.
public record ConvTranspose2d() implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor x = xs.get(0), w = xs.get(1), bias = xs.size() > 2 ? xs.get(2) : null;
        Conv2dShape s = transposed(x, w);
        Conv2d.checkBias("convTranspose2d", bias, s.inChannels());
        ctx.save(x, w);
        Tensor y = ctx.empty(Shape.of(s.batch(), s.inChannels(), s.height(), s.width()));
        ctx.kernels().conv2dGradInput(s, x.buffer(), w.buffer(), bias == null ? null : bias.buffer(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), w = ctx.saved(1), dx = null, dw = null;
        Conv2dShape s = transposed(x, w);
        if (ctx.needsGrad(0)) {
            dx = ctx.emptyLike(x);
            ctx.kernels().conv2d(s, dy.buffer(), w.buffer(), null, dx.buffer());
        }
        if (ctx.needsGrad(1)) {
            dw = ctx.emptyLike(w);
            ctx.kernels().conv2dGradWeight(s, dy.buffer(), x.buffer(), dw.buffer());
        }
        return ctx.inputs() == 2 ? Arrays.asList(dx, dw) : Arrays.asList(dx, dw, ctx.needsGrad(2) ? Conv2d.sumPerChannel(dy) : null);
    }

    /// The convolution of which this is the transpose: from `y` to `x`.
    private static Conv2dShape transposed(Tensor x, Tensor w) {
        if (x.shape().rank() != 4 || w.shape().rank() != 4 || x.dim(1) != w.dim(0) || w.dim(2) != w.dim(3))
            throw new ShapeException("convTranspose2d: input " + x.shape() + ", weight " + w.shape());
        int k = w.dim(2);
        return new Conv2dShape(x.dim(0), w.dim(1), x.dim(2) * k, x.dim(3) * k, x.dim(1), k, k, 0);
    }
}
