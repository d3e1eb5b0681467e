package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;

/// The heads' two losses, fused: for logits `x (B, K, H, W)`, the [CrossEntropy] and the [SoftDice] of their softmax, `(2)`.
/// The softmax is never held as a whole: there is one pass over the pixels forward and one backward.
///
/// `dx = dy₀ · (p − g) / n + p · (dp − Σ dp · p)`, where `n` is the number of pixels that are not ignored, `g` the one-hot label, `p` the softmax
/// over classes and `dp` the gradient of `dy₁` times the soft Dice loss.
public record CrossEntropyAndDice(Labels labels) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        CrossEntropy.check("crossEntropyAndDice", x, labels);
        Tensor sums = ctx.empty(Shape.of(3, x.dim(1))), y = ctx.empty(Shape.of(2));
        ctx.kernels().crossEntropyAndDice(x.dim(0), x.dim(1), x.dim(2) * x.dim(3), x.buffer(), labels.classes(), sums.buffer(), y.buffer());
        ctx.save(x, sums);
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), sums = ctx.saved(1), dx = ctx.emptyLike(x);
        ctx.kernels().crossEntropyAndDiceGrad(x.dim(0), x.dim(1), x.dim(2) * x.dim(3), x.buffer(), labels.classes(), sums.buffer(), dy.buffer(),
                dx.buffer());
        return dx;
    }

    /// Composed of the two losses.
    public static Tensor composed(Tensor x, Labels labels) {
        return Tensor.concat(0, x.crossEntropy(labels).reshape(1), x.softmax(1).softDice(labels).reshape(1));
    }

    @Override
    public String toString() {
        return "CrossEntropyAndDice";
    }
}
