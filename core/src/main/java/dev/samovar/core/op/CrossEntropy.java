package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// `y = −mean log softmax(x)[label]` over the `n` pixels that are not [ignored][Labels#IGNORED]: `x (B, K, H, W)` are logits, the mean is a scalar.
///
/// `dx = dy · (softmax(x) − [class = label]) / n`, 0 where a pixel is ignored
public record CrossEntropy(Labels labels) implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        check("crossEntropy", x, labels);
        ctx.save(x);
        Tensor y = ctx.empty(Shape.of());
        ctx.kernels().crossEntropy(x.dim(0), x.dim(1), x.dim(2) * x.dim(3), x.buffer(), labels.classes(), y.buffer());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0), dx = ctx.emptyLike(x);
        ctx.kernels().crossEntropyGrad(x.dim(0), x.dim(1), x.dim(2) * x.dim(3), x.buffer(), labels.classes(), dy.buffer(), dx.buffer());
        return dx;
    }

    static void check(String op, Tensor x, Labels labels) {
        if (x.shape().rank() != 4 || x.dim(0) != labels.batch() || x.dim(2) != labels.height() || x.dim(3) != labels.width())
            throw new ShapeException(
                    op + ": input " + x.shape() + ", labels (" + labels.batch() + ", " + labels.height() + ", " + labels.width() + ")");
        if (x.dim(1) > Labels.IGNORED) throw new ShapeException(op + ": an input of " + x.dim(1) + " classes; at most 255 are possible");
        if (labels.max() >= x.dim(1))
            throw new ShapeException(op + ": a label of class " + labels.max() + ", but an input of " + x.dim(1) + " classes");
    }

    /// Composed of simple operations, for labels without ignored pixels.
    public static Tensor composed(Tensor x, Labels labels) {
        Tensor logSum = x.exp().sum(1).log().reshape(x.shape().with(1, 1).dims());
        return x.sub(logSum).mul(labels.oneHot(x.device(), x.dim(1))).sum().affine(-1.0 / labels.classes().length, 0);
    }

    @Override
    public String toString() {
        return "CrossEntropy";
    }
}
