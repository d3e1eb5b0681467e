package dev.samovar.core.op;

import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The end of SAM's mask decoder with frozen parameters, fused: attended positions in panels `x (B, P/L, C, L)` and a linear classifier for each mask, `weights (B, M, C/8)`, give masks `(B, M, 4H, 4W)`. It is what
/// `MaskOutput.forward` of the mask decoder spells out; the enlarged images, 8 MB for each prompt, never exist as a whole.
///
/// The inputs after those two: weight `(C, C/4, 2, 2)` and bias of the first transposed convolution, weight and bias `(C/4)` of the norm, weight `(C/4, C/8, 2, 2)` and bias of the second.
///
/// It has no backward pass: one who asks for a gradient gets it from the composition.
public record MaskUpscaling(int height, int width, float eps) implements Op.Nary {
    private static final int INPUTS = 8;

    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        MaskUpscalingShape s = shape(ctx, xs);
        if (ctx.recording())
            throw new IllegalStateException("maskUpscaling: has no gradient; where one is asked for, compose it of other operations");
        Tensor y = ctx.empty(Shape.of(s.batch(), s.masks(), 4 * height, 4 * width));
        ctx.kernels().maskUpscaling(s, xs.get(0).buffer(), xs.get(1).buffer(), xs.stream().skip(2).map(Tensor::buffer).toList(), y
                .buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        throw new IllegalStateException("maskUpscaling: has no gradient");          // forward refuses to be recorded
    }

    private MaskUpscalingShape shape(Context ctx, List<Tensor> xs) {
        if (xs.size() != INPUTS || xs.get(0).shape().rank() != 4 || xs.get(1).shape().rank() != 3) throw wrong(xs);
        Tensor x = xs.get(0), weights = xs.get(1);
        int c = x.dim(2), middle = c / 4, last = c / 8;
        int[] sizes = {c * middle * 4, middle, middle, middle, middle * last * 4, last};
        if (c % 8 != 0 || x.dim(3) != ctx.kernels().positionPanel() || x.dim(1) * x.dim(3) != height * width || weights.dim(0) != x.dim(0)
                || weights.dim(2) != last) throw wrong(xs);
        for (int i = 0; i < sizes.length; i++) if (xs.get(i + 2).shape().size() != sizes[i]) throw wrong(xs);
        return new MaskUpscalingShape(x.dim(0), height, width, c, weights.dim(1), eps);
    }

    private ShapeException wrong(List<Tensor> xs) {
        return new ShapeException("maskUpscaling of " + height + " × " + width + " positions: " + xs.stream().map(x -> x.shape().toString())
                .toList());
    }
}
