package dev.samovar.core.op;

import dev.samovar.core.kernel.WindowBlockShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A whole block of MobileSAM's image encoder with frozen parameters, fused: a map `x (B, C, H, W)` gives `(B, C, H, W)`. It is what `Block.forward` of that encoder spells out.
///
/// The inputs after `x`: `norm.weight (C)` and `.bias`, the biases of pairs `(heads, w², w²)`, `qkv.weight (3C, C)` and `.bias`, `proj.weight (C, C)` and `.bias`, the local convolution's weight `(C, 1, 3, 3)` and
/// bias, `norm2.weight` and `.bias`, `fc1.weight (M, C)` and `.bias`, `fc2.weight (C, M)` and `.bias`.
///
/// It has no backward pass: one who asks for a gradient gets it from the composition.
public record WindowBlock(int heads, int window, float eps) implements Op.Nary {
    private static final int INPUTS = 16;

    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        WindowBlockShape s = shape(xs);
        if (ctx.recording())
            throw new IllegalStateException("windowBlock: has no gradient; where one is asked for, compose the block of other operations");
        Tensor x = xs.getFirst(), y = ctx.emptyLike(x);
        ctx.kernels().windowBlock(s, x.buffer(), xs.stream().skip(1).map(Tensor::buffer).toList(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        throw new IllegalStateException("windowBlock: has no gradient");            // forward refuses to be recorded
    }

    private WindowBlockShape shape(List<Tensor> xs) {
        if (xs.size() != INPUTS || xs.getFirst().shape().rank() != 4 || heads < 1 || window < 1) throw wrong(xs);
        Tensor x = xs.getFirst();
        int c = x.dim(1), hidden = xs.get(13).shape().size(), places = window * window;
        int[] sizes = {c, c, heads * places * places, 3 * c * c, 3 * c, c * c, c, 9 * c, c, c, c, hidden * c, hidden, c * hidden, c};
        for (int i = 0; i < sizes.length; i++) if (xs.get(i + 1).shape().size() != sizes[i]) throw wrong(xs);
        if (c % heads != 0) throw wrong(xs);
        return new WindowBlockShape(x.dim(0), c, x.dim(2), x.dim(3), heads, hidden, window, eps);
    }

    private ShapeException wrong(List<Tensor> xs) {
        return new ShapeException("windowBlock with " + heads + " heads and windows of " + window + ": " + xs.stream().map(x -> x.shape()
                .toString()).toList());
    }
}
