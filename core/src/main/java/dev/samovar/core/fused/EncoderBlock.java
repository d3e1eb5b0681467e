package dev.samovar.core.fused;

import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.tensor.Tensor;
import java.util.List;

/// A whole block of SAM's image encoder with frozen parameters, fused: `x (B, H, W, C)` gives `(B, H, W, C)`. It computes what `Block.forward` of the
/// image encoder spells out, but faster, because the values between the block's layers stay in the caches, in the layout that the next layer wants.
///
/// @param heads of the attention
/// @param window side of the windows within which tokens attend to each other; 0 if they attend to all
/// @param eps of the layer norms
public record EncoderBlock(int heads, int window, float eps) {

    /// Whether it can replace the composed block: the device has it, and no gradient will be asked for.
    public static boolean fits(Tensor x, EncoderBlockWeights<Tensor> weights) {
        return Frozen.fits(EncoderBlockKernel.class, x, weights.all());
    }

    /// The block's output.
    ///
    /// @throws dev.samovar.core.tensor.ShapeException if the shapes do not fit each other
    public Tensor apply(Tensor x, EncoderBlockWeights<Tensor> weights) {
        List<Tensor> xs = Frozen.all(weights.all(), x);
        EncoderBlockShape s = shape(x, weights, xs);
        return Tensor.frozen("encoderBlock", xs, ctx -> {
            Tensor y = ctx.emptyLike(x);
            ctx.fused(EncoderBlockKernel.class).encoderBlock(s, x.buffer(), weights.map(Tensor::buffer), y.buffer());
            return y;
        });
    }

    private EncoderBlockShape shape(Tensor x, EncoderBlockWeights<Tensor> weights, List<Tensor> xs) {
        String op = "encoderBlock with " + heads + " heads and windows of " + window;
        if (x.shape().rank() != 4 || weights.lin1().weight().shape().rank() != 2 || heads < 1 || window < 0 || x.dim(3) % heads != 0)
            throw Frozen.wrong(op, xs);
        int c = x.dim(3), hidden = weights.lin1().weight().dim(0);
        var s = new EncoderBlockShape(x.dim(0), x.dim(1), x.dim(2), c, heads, hidden, window, eps);
        int h = s.attention().height(), w = s.attention().width(), d = c / heads;
        Frozen.check(op, xs, x.shape().size(), c, c, (2 * h - 1) * d, (2 * w - 1) * d, 3 * c * c, 3 * c, c * c, c, c, c, hidden * c, hidden,
                c * hidden, c);
        return s;
    }
}
