package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `y = (x − μ) · r · weight + bias` with `r = 1/√(σ² + eps)`, mean `μ` and biased variance `σ²` of each channel taken over pictures and pixels: `x (B, C, H, W)`, `weight` and `bias (C)`.
///
/// Two more results, `μ` and `r`, each `(C)`, are written into `statistics (2, C)`, from which a layer updates its running ones.
/// With `x̂ = (x − μ) · r`: `dx = weight · r · (dy − mean(dy) − x̂ · mean(dy · x̂))`, `dweight = Σ dy · x̂`, `dbias = Σ dy`
///
/// @param statistics `(2, C)`, filled by the forward pass
public record BatchNorm(float eps, Tensor statistics) implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor x = xs.get(0), weight = xs.get(1), bias = xs.get(2);
        Shape s = x.shape();
        if (s.rank() != 4 || weight.shape().size() != s.dim(1) || bias.shape().size() != s.dim(1))
            throw new ShapeException("batchNorm: input " + s + ", weight " + weight.shape() + ", bias " + bias.shape());
        int c = s.dim(1);
        if (!statistics.shape().equals(Shape.of(2, c)))
            throw new ShapeException("batchNorm: statistics " + statistics.shape() + " of " + c + " channels; they need (2, " + c + ")");
        Tensor y = ctx.emptyLike(x), mean = ctx.empty(Shape.of(c)), rstd = ctx.emptyLike(mean);
        ctx.kernels().batchNorm(s.dim(0), c, s.dim(2) * s.dim(3), eps, x.buffer(), weight.buffer(), bias.buffer(), y.buffer(), mean.buffer(),
                rstd.buffer());
        int[] row = {c}, one = {1};
        ctx.kernels().copy(row, mean.buffer(), 0, one, statistics.buffer(), 0, one);
        ctx.kernels().copy(row, rstd.buffer(), 0, one, statistics.buffer(), c, one);
        ctx.save(x, weight, mean, rstd);
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), weight = ctx.saved(1), mean = ctx.saved(2), rstd = ctx.saved(3);
        Shape s = x.shape();
        Tensor dx = ctx.emptyLike(x), dweight = ctx.emptyLike(weight), dbias = ctx.emptyLike(weight);
        ctx.kernels().batchNormGrad(s.dim(0), s.dim(1), s.dim(2) * s.dim(3), x.buffer(), weight.buffer(), mean.buffer(), rstd.buffer(), dy.buffer(),
                dx.buffer(), dweight.buffer(), dbias.buffer());
        return Arrays.asList(dx, dweight, dbias);
    }

    /// Composed of simple operations.
    public static Tensor composed(Tensor x, Tensor weight, Tensor bias, float eps) {
        int[] channel = {1, x.dim(1), 1, 1};
        double share = 1.0 / (x.dim(0) * x.dim(2) * x.dim(3));
        Tensor centred = x.sub(Conv2d.sumPerChannel(x).affine(share, 0).reshape(channel));
        Tensor variance = Conv2d.sumPerChannel(centred.mul(centred)).affine(share, eps).reshape(channel);
        return centred.div(variance.sqrt()).mul(weight.reshape(channel)).add(bias.reshape(channel));
    }

    @Override
    public String toString() {
        return "BatchNorm";
    }
}
