package dev.samovar.core.fused;

import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.kernel.MaskUpscalingWeights;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// The end of SAM's mask decoder with frozen parameters, fused: attended positions in panels `x (B, P/L, C, L)` ([TwoWay#panel]) and a linear
/// classifier for each mask, `(B, M, C/8)`, give masks `(B, M, 4H, 4W)`. It computes what `MaskOutput.forward` of the mask decoder spells out, but
/// the enlarged images, 8 MB for each prompt, never exist as a whole.
///
/// @param height H, rows of positions
/// @param width W, columns of positions
/// @param eps of the norm
public record MaskUpscaling(int height, int width, float eps) {

    /// Whether it can replace the composed operations: the device has it for this number of positions, and no gradient will be asked for.
    public static boolean fits(int positions, Tensor x, Tensor classifiers, MaskUpscalingWeights<Tensor> weights) {
        int panel = TwoWay.panel(x.device());
        return panel > 0 && positions % panel == 0 && Frozen.fits(MaskDecoderKernels.class, x, Stream.concat(Stream.of(classifiers), weights.all()));
    }

    /// The masks.
    ///
    /// @throws dev.samovar.core.tensor.ShapeException if the shapes do not fit each other
    public Tensor apply(Tensor x, Tensor classifiers, MaskUpscalingWeights<Tensor> weights) {
        List<Tensor> xs = Frozen.all(weights.all(), x, classifiers);
        MaskUpscalingShape s = shape(x, classifiers, xs);
        return Tensor.frozen("maskUpscaling", xs, ctx -> {
            Tensor y = ctx.empty(Shape.of(s.batch(), s.masks(), 4 * height, 4 * width));
            ctx.fused(MaskDecoderKernels.class).maskUpscaling(s, x.buffer(), classifiers.buffer(), weights.map(Tensor::buffer), y.buffer());
            return y;
        });
    }

    private MaskUpscalingShape shape(Tensor x, Tensor classifiers, List<Tensor> xs) {
        String op = "maskUpscaling of " + height + " × " + width + " positions";
        if (x.shape().rank() != 4 || classifiers.shape().rank() != 3) throw Frozen.wrong(op, xs);
        int c = x.dim(2), middle = c / 4, last = c / 8;
        if (c % 8 != 0 || x.dim(3) != TwoWay.panel(x.device()) || x.dim(1) * x.dim(3) != height * width || classifiers.dim(0) != x.dim(0)
                || classifiers.dim(2) != last)
            throw Frozen.wrong(op, xs);
        Frozen.check(op, xs, x.shape().size(), classifiers.shape().size(), c * middle * 4, middle, middle, middle, middle * last * 4, last);
        return new MaskUpscalingShape(x.dim(0), height, width, c, classifiers.dim(1), eps);
    }
}
