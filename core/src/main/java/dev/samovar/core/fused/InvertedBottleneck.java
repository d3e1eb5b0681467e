package dev.samovar.core.fused;

import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.List;

/// Three convolutions with frozen parameters, fused: `x (B, in, H, W)` gives `(B, out, H', W')`. It computes what `Bottleneck.forward` of MobileSAM's
/// image encoder spells out, but the wide maps in between, 67 MB each at the official size, never exist as a whole.
///
/// @param stride of the convolution in the middle
/// @param shortcut whether `x` is added at the end
public record InvertedBottleneck(int stride, boolean shortcut) {

    /// Whether it can replace the convolutions: the device has it, and `x` asks for no gradient.
    public static boolean fits(Tensor x) {
        return x.device().has(MobileBlockKernels.class) && !x.requiresGrad();
    }

    /// The last convolution's output.
    ///
    /// @throws dev.samovar.core.tensor.ShapeException if the shapes do not fit each other
    public Tensor apply(Tensor x, InvertedBottleneckWeights<Tensor> weights) {
        List<Tensor> xs = Frozen.all(weights.all(), x);
        InvertedBottleneckShape s = shape(x, weights, xs);
        return Tensor.frozen("invertedBottleneck", xs, ctx -> {
            Tensor y = ctx.empty(Shape.of(s.batch(), s.out(), s.outHeight(), s.outWidth()));
            ctx.fused(MobileBlockKernels.class).invertedBottleneck(s, x.buffer(), weights.map(Tensor::buffer), y.buffer());
            return y;
        });
    }

    private InvertedBottleneckShape shape(Tensor x, InvertedBottleneckWeights<Tensor> weights, List<Tensor> xs) {
        String op = "invertedBottleneck with stride " + stride + (shortcut ? " and a shortcut" : "");
        if (x.shape().rank() != 4 || stride < 1) throw Frozen.wrong(op, xs);
        int in = x.dim(1), hidden = weights.conv1().bias().shape().size(), out = weights.conv3().bias().shape().size();
        Frozen.check(op, xs, x.shape().size(), hidden * in, hidden, 9 * hidden, hidden, out * hidden, out);
        if (shortcut && (in != out || stride != 1)) throw Frozen.wrong(op, xs);
        return new InvertedBottleneckShape(x.dim(0), in, hidden, out, x.dim(2), x.dim(3), stride, shortcut);
    }
}
