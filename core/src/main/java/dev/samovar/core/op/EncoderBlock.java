package dev.samovar.core.op;

import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A whole block of SAM's image encoder with frozen parameters, fused: `x (B, H, W, C)` gives `(B, H, W, C)`. It is what `Block.forward` of the image encoder spells out, and is faster
/// because what lies between the block's layers stays in the layout and in the caches where the next one wants it.
///
/// The inputs after `x`, in the checkpoint's order: `norm1.weight (C)` and `.bias (C)`, `rel_pos_h (2h−1, C/heads)`, `rel_pos_w (2w−1, C/heads)`, `qkv.weight (3C, C)` and `.bias`, `proj.weight (C, C)` and
/// `.bias`, `norm2.weight` and `.bias`, `lin1.weight (M, C)` and `.bias`, `lin2.weight (C, M)` and `.bias`; `h · w` is the window, or the whole grid where `window` is 0.
///
/// It has no backward pass: one who asks for a gradient gets it from the composition.
public record EncoderBlock(int heads, int window, float eps) implements Op.Nary {
    private static final int INPUTS = 15;

    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        EncoderBlockShape shape = shape(xs);
        if (ctx.recording())
            throw new IllegalStateException("encoderBlock: has no gradient; where one is asked for, compose the block of other operations");
        Tensor x = xs.getFirst(), y = ctx.emptyLike(x);
        ctx.kernels().encoderBlock(shape, x.buffer(), xs.stream().skip(1).map(Tensor::buffer).toList(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        throw new IllegalStateException("encoderBlock: has no gradient");           // forward refuses to be recorded
    }

    private EncoderBlockShape shape(List<Tensor> xs) {
        if (xs.size() != INPUTS || xs.getFirst().shape().rank() != 4 || xs.get(11).shape().rank() != 2) throw wrong(xs);
        Tensor x = xs.getFirst();
        if (heads < 1 || window < 0 || x.dim(3) % heads != 0) throw wrong(xs);
        int c = x.dim(3), hidden = xs.get(11).dim(0);
        var s = new EncoderBlockShape(x.dim(0), x.dim(1), x.dim(2), c, heads, hidden, window, eps);
        int h = s.attention().height(), w = s.attention().width(), d = c / heads;
        int[] sizes = {c, c, (2 * h - 1) * d, (2 * w - 1) * d, 3 * c * c, 3 * c, c * c, c, c, c, hidden * c, hidden, c * hidden, c};
        for (int i = 0; i < sizes.length; i++) if (xs.get(i + 1).shape().size() != sizes[i]) throw wrong(xs);
        return s;
    }

    private ShapeException wrong(List<Tensor> xs) {
        return new ShapeException("encoderBlock with " + heads + " heads and windows of " + window + ": " + xs.stream().map(x -> x.shape()
                .toString()).toList());
    }
}
