package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// Pictures `(…, H, W)` in another size: each pixel is a weighted mean of its four nearest sources. Corners are not aligned, nothing is antialiased.
///
/// Row `i` reads at `max(0, (i + ½) · H/H' − ½)`. In the backward pass every `dy` goes back to its four sources with the same weights.
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
