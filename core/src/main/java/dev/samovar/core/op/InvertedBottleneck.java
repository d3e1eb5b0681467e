package dev.samovar.core.op;

import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Three convolutions with frozen parameters, fused: `x (B, in, H, W)` gives `(B, out, H', W')`. It is what `Bottleneck.forward` of MobileSAM's image encoder spells out; the wide maps in between, 67 MB each at the
/// official size, never exist as a whole.
///
/// The inputs after `x`: weight and bias of each convolution, `(hidden, in, 1, 1)`, `(hidden, 1, 3, 3)`, `(out, hidden, 1, 1)`.
///
/// It has no backward pass: one who asks for a gradient gets it from the composition.
public record InvertedBottleneck(int stride, boolean shortcut) implements Op.Nary {
    private static final int INPUTS = 7;

    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        InvertedBottleneckShape s = shape(xs);
        if (ctx.recording())
            throw new IllegalStateException("invertedBottleneck: has no gradient; where one is asked for, compose it of other operations");
        Tensor y = ctx.empty(Shape.of(s.batch(), s.out(), s.outHeight(), s.outWidth()));
        ctx.kernels().invertedBottleneck(s, xs.getFirst().buffer(), xs.stream().skip(1).map(Tensor::buffer).toList(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        throw new IllegalStateException("invertedBottleneck: has no gradient");     // forward refuses to be recorded
    }

    private InvertedBottleneckShape shape(List<Tensor> xs) {
        if (xs.size() != INPUTS || xs.getFirst().shape().rank() != 4 || stride < 1) throw wrong(xs);
        Tensor x = xs.getFirst();
        int in = x.dim(1), hidden = xs.get(2).shape().size(), out = xs.get(6).shape().size();
        int[] sizes = {hidden * in, hidden, 9 * hidden, hidden, out * hidden, out};
        for (int i = 0; i < sizes.length; i++) if (xs.get(i + 1).shape().size() != sizes[i]) throw wrong(xs);
        if (shortcut && (in != out || stride != 1)) throw wrong(xs);
        return new InvertedBottleneckShape(x.dim(0), in, hidden, out, x.dim(2), x.dim(3), stride, shortcut);
    }

    private ShapeException wrong(List<Tensor> xs) {
        return new ShapeException("invertedBottleneck with stride " + stride + (shortcut ? " and a shortcut" : "") + ": " + xs.stream().map(
                x -> x.shape().toString()).toList());
    }
}
