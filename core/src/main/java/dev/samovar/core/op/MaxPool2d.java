package dev.samovar.core.op;

import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// The largest value of each window of `kernel · kernel` pixels: `(B, C, H, W) → (B, C, H', W')`.  `dx`: `dy` at the pixel the value came from (the
/// first, in a tie), else 0
public record MaxPool2d(int kernel, int stride, int padding) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        Conv2dShape s = shape(x.shape());
        Tensor y = ctx.empty(Shape.of(s.batch(), s.outChannels(), s.outHeight(), s.outWidth()));
        ctx.kernels().maxPool(s, x.buffer(), y.buffer());
        ctx.save(x);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), dx = ctx.emptyLike(x);
        ctx.kernels().maxPoolGrad(shape(x.shape()), x.buffer(), dy.buffer(), dx.buffer());
        return dx;
    }

    private Conv2dShape shape(Shape x) {
        if (x.rank() != 4 || kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel || Math.min(x.dim(2), x.dim(3)) + 2
                * padding < kernel)
            throw new ShapeException("maxPool2d: input " + x + ", window " + kernel + ", stride " + stride + ", padding " + padding);
        return new Conv2dShape(x.dim(0), x.dim(1), x.dim(2), x.dim(3), x.dim(1), kernel, stride, padding);
    }
}
