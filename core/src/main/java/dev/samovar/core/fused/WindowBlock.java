package dev.samovar.core.fused;

import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.WindowBlockShape;
import dev.samovar.core.kernel.WindowBlockWeights;
import dev.samovar.core.tensor.Tensor;
import java.util.List;

/// A whole block of MobileSAM's image encoder with frozen parameters, fused: a map `x (B, C, H, W)` gives `(B, C, H, W)`. It computes what
/// `Block.forward` of that encoder spells out.
///
/// @param heads of the attention
/// @param window side of the windows within which places attend to each other
/// @param eps of the layer norms
public record WindowBlock(int heads, int window, float eps) {

    /// Whether it can replace the composed block: the device has it, and no gradient will be asked for.
    public static boolean fits(Tensor x, WindowBlockWeights<Tensor> weights) {
        return Frozen.fits(MobileBlockKernels.class, x, weights.all());
    }

    /// The block's output.
    ///
    /// @throws dev.samovar.core.tensor.ShapeException if the shapes do not fit each other
    public Tensor apply(Tensor x, WindowBlockWeights<Tensor> weights) {
        List<Tensor> xs = Frozen.all(weights.all(), x);
        WindowBlockShape s = shape(x, weights, xs);
        return Tensor.frozen("windowBlock", xs, ctx -> {
            Tensor y = ctx.emptyLike(x);
            ctx.fused(MobileBlockKernels.class).windowBlock(s, x.buffer(), weights.map(Tensor::buffer), y.buffer());
            return y;
        });
    }

    private WindowBlockShape shape(Tensor x, WindowBlockWeights<Tensor> weights, List<Tensor> xs) {
        String op = "windowBlock with " + heads + " heads and windows of " + window;
        if (x.shape().rank() != 4 || heads < 1 || window < 1 || x.dim(1) % heads != 0) throw Frozen.wrong(op, xs);
        int c = x.dim(1), hidden = weights.lin1().bias().shape().size(), places = window * window;
        Frozen.check(op, xs, x.shape().size(), c, c, heads * places * places, 3 * c * c, 3 * c, c * c, c, 9 * c, c, c, c, hidden * c,
                hidden,
                c * hidden, c);
        return new WindowBlockShape(x.dim(0), c, x.dim(2), x.dim(3), heads, hidden, window, eps);
    }
}
