package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `y = (x − μ) / √(σ² + eps) · weight + bias`, mean `μ` and biased variance `σ²` taken along one axis.
///
/// Along the last axis it is a transformer's layer norm, along axis 1 of `(B, C, H, W)` SAM's LayerNorm2d. With `x̂ = (x − μ)/√(σ² + eps)` and `g =
/// dy · weight`: `dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(σ² + eps)`, `dweight = Σ dy · x̂`, `dbias = Σ dy`
public record LayerNorm(int axis, float eps) implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor x = xs.get(0), weight = xs.get(1), bias = xs.get(2);
        Shape s = x.shape();
        if (weight.shape().size() != s.dim(axis) || bias.shape().size() != s.dim(axis))
            throw new ShapeException("layerNorm along axis " + axis + ": input " + s + ", weight " + weight.shape() + ", bias " + bias.shape());
        Tensor y = ctx.emptyLike(x), mean = ctx.empty(s.without(axis)), rstd = ctx.emptyLike(mean);
        ctx.kernels().layerNorm(s.outer(axis), s.dim(axis), s.inner(axis), eps, x.buffer(), weight.buffer(), bias.buffer(), y.buffer(), mean.buffer(),
                rstd.buffer());
        ctx.save(x, weight, mean, rstd);
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), weight = ctx.saved(1), mean = ctx.saved(2), rstd = ctx.saved(3);
        Shape s = x.shape();
        Tensor dx = ctx.emptyLike(x), dweight = ctx.emptyLike(weight), dbias = ctx.emptyLike(weight);
        ctx.kernels().layerNormGrad(s.outer(axis), s.dim(axis), s.inner(axis), x.buffer(), weight.buffer(), mean.buffer(), rstd.buffer(), dy.buffer(),
                dx.buffer(),
                dweight.buffer(), dbias.buffer());
        return Arrays.asList(dx, dweight, dbias);
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x, int axis, Tensor weight, Tensor bias, float eps) {
        int[] one = x.shape().with(axis, 1).dims(), along = new int[one.length];
        Arrays.fill(along, 1);
        along[x.shape().axis(axis)] = x.dim(axis);
        Tensor centred = x.sub(x.mean(axis).reshape(one));
        Tensor variance = centred.mul(centred).mean(axis).reshape(one);
        return centred.div(variance.affine(1, eps).sqrt()).mul(weight.reshape(along)).add(bias.reshape(along));
    }
}
