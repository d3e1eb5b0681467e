package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// Resizes pictures `(…, H, W)` to `(…, H', W')`: each pixel is a weighted mean of its four nearest sources. Corners are not aligned, and there is no
/// antialiasing.
///
/// Row `i` of the result is between the rows `i₀` and `i₁` of the source, with the weights `1 − a` and `a`; columns in the same way, between `j₀` and
/// `j₁` with `c`:
///
///     r = max(0, (i + ½) · H/H' − ½)        i₀ = min(⌊r⌋, H − 1)        i₁ = min(i₀ + 1, H − 1)        a = r − i₀
///     y[i,j] = (1−a)·((1−c)·x[i₀,j₀] + c·x[i₀,j₁]) + a·((1−c)·x[i₁,j₀] + c·x[i₁,j₁])
///
/// Backward, every `dy[i,j]` is distributed to its four sources with these weights:
///
///     dx[m,n] = Σ_{i,j} R[i,m] · dy[i,j] · C[j,n]        R[i,m] = (1−a)·[m = i₀] + a·[m = i₁]        C[j,n] = (1−c)·[n = j₀] + c·[n = j₁]
public record ResizeBilinear(int height, int width) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        if (x.shape().rank() < 2 || height < 1 || width < 1 || x.shape().size() == 0)
            throw new ShapeException("resizeBilinear: " + x.shape() + " to (" + height + ", " + width + ")");
        Tensor y = ctx.empty(x.shape().with(-2, height).with(-1, width));
        ctx.kernels().resizeBilinear(x.shape().outer(-2), x.dim(-2), x.dim(-1), height, width, x.buffer(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor dx = ctx.empty(ctx.inputShape(0));
        ctx.kernels().resizeBilinearGrad(dx.shape().outer(-2), dx.dim(-2), dx.dim(-1), height, width, dy.buffer(), dx.buffer());
        return dx;
    }
}
