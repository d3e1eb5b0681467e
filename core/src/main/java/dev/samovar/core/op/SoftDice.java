package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;

/// The soft Dice loss of probabilities `p (B, K, H, W)`, a scalar. For each class `c ≥ 1`, with sums over batch and pixels that are not ignored, and
/// with the one-hot label `g`:
///
///     D_c = 1 − (2·Σ p·g + 1) / (Σ p² + Σ g² + 1)
///
/// The loss is the mean of the `D_c` that are positive, and 0 if none is (the reference gives NaN then). With numerator `N` and denominator `M`,
/// each of these `count` classes has the gradient `dp = dy/count · (2·p·N − 2·g·M) / M²`.
///
/// Source: loss_functions/dice_loss.py, `SoftDiceLoss`, of the AutoSAM code @ 50a6ff4.
public record SoftDice(Labels labels) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor p) {
        CrossEntropy.check("softDice", p, labels);
        Tensor sums = ctx.empty(Shape.of(3, p.dim(1))), y = ctx.empty(Shape.of());
        ctx.kernels().softDice(p.dim(0), p.dim(1), p.dim(2) * p.dim(3), p.buffer(), labels.classes(), sums.buffer(), y.buffer());
        ctx.save(p, sums);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor p = ctx.saved(0), sums = ctx.saved(1), dp = ctx.emptyLike(p);
        ctx.kernels().softDiceGrad(p.dim(0), p.dim(1), p.dim(2) * p.dim(3), p.buffer(), labels.classes(), sums.buffer(), dy.buffer(), dp.buffer());
        return dp;
    }

    /// Composed of simple operations, for labels and probabilities where every `D_c` is positive.
    public static Tensor composed(Tensor p, Labels labels) {
        Tensor g = labels.oneHot(p.device(), p.dim(1));
        Tensor numerator = perClass(p.mul(g)).affine(2, 1);
        Tensor denominator = perClass(p.mul(p)).add(perClass(g)).affine(1, 1);
        return numerator.div(denominator).affine(-1, 1).slice(0, 1, p.dim(1)).mean(0);
    }

    private static Tensor perClass(Tensor x) {
        return Conv2d.sumPerChannel(x);                                            // (B, K, H, W) → (K)
    }

    @Override
    public String toString() {
        return "SoftDice";
    }
}
