package dev.samovar.core.fused;

import dev.samovar.core.kernel.ImageToTokensWeights;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.TokensToImageWeights;
import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import java.util.List;

/// Attention between a few tokens and the many positions of an image, fused, with frozen parameters, in both directions. Images lie in panels `(I,
/// P/L, C, L)` ([#panel]); the first B/I of B prompts are about the first of them, and so on.
///
/// Keys, values and queries of the positions are never computed: the tokens are taken through their projections instead, which for a few tokens is a
/// third to a half of the work.
///
/// @param heads of the attention
/// @param eps of the norm after the attention from the image to the tokens
public record TwoWay(int heads, float eps) {

    /// How many positions of an image lie side by side in a panel of a device, L, or 0 if the device composes this of other operations.
    public static int panel(Device device) {
        MaskDecoderKernels kernels = device.kernels().fused(MaskDecoderKernels.class);
        return kernels == null ? 0 : kernels.positionPanel();
    }

    /// Whether it can replace the composed operations: the device has it for this number of positions, no gradient will be asked for, and there are
    /// few enough tokens that it pays.
    ///
    /// @param all the inputs, the tokens `(…, C)` first
    public static boolean fits(int tokens, int positions, int heads, List<Tensor> all) {
        int panel = panel(all.getFirst().device());
        return panel > 0 && positions % panel == 0 && all.stream().noneMatch(Tensor::requiresGrad) && tokens * heads <= all.getFirst().dim(-1);
    }

    /// Attention from tokens to an image: `q (B, N, D)`, `x` and the encoding of its positions `(1, P/L, C, L)` give `(B, N, D)`.
    ///
    ///     out = attention(q, (x + pe)·kᵀ + kBias, x·vᵀ + vBias)
    ///
    /// @throws dev.samovar.core.tensor.ShapeException if the shapes do not fit each other
    public Tensor tokensToImage(Tensor q, Tensor x, Tensor pe, TokensToImageWeights<Tensor> weights) {
        String op = "tokensToImage of " + heads + " heads";
        List<Tensor> xs = Frozen.all(weights.all(), q, x, pe);
        TwoWayShape s = shape(op, q, x, xs);
        int weight = s.inner() * s.channels();
        Frozen.check(op, xs, q.shape().size(), x.shape().size(), s.positions() * s.channels(), weight, s.inner(), weight, s.inner());
        return Tensor.frozen("tokensToImage", xs, ctx -> {
            Tensor out = ctx.emptyLike(q);
            ctx.fused(MaskDecoderKernels.class).tokensToImage(s, q.buffer(), x.buffer(), pe.buffer(), weights.map(Tensor::buffer), out.buffer());
            return out;
        });
    }

    /// Attention from an image to tokens: `x`, the encoding of its positions `(1, P/L, C, L)`, and `k` and `v (B, N, D)` give `(B, P/L, C, L)`.
    ///
    ///     y = norm(x + proj(attention((x + pe)·qᵀ + qBias, k, v)))
    ///
    /// @throws dev.samovar.core.tensor.ShapeException if the shapes do not fit each other
    public Tensor imageToTokens(Tensor x, Tensor pe, Tensor k, Tensor v, ImageToTokensWeights<Tensor> weights) {
        String op = "imageToTokens of " + heads + " heads";
        List<Tensor> xs = Frozen.all(weights.all(), x, pe, k, v);
        if (!k.shape().equals(v.shape())) throw Frozen.wrong(op, xs);
        TwoWayShape s = shape(op, k, x, xs);
        int c = s.channels(), weight = s.inner() * c, tokens = k.shape().size();
        Frozen.check(op, xs, x.shape().size(), s.positions() * c, tokens, tokens, weight, s.inner(), weight, c, c, c);
        return Tensor.frozen("imageToTokens", xs, ctx -> {
            Tensor y = ctx.empty(x.shape().with(0, s.batch()));
            ctx.fused(MaskDecoderKernels.class).imageToTokens(s, x.buffer(), pe.buffer(), k.buffer(), v.buffer(), weights.map(Tensor::buffer),
                    y.buffer());
            return y;
        });
    }

    /// The dimensions, which are the same for both directions.
    private TwoWayShape shape(String op, Tensor tokens, Tensor x, List<Tensor> xs) {
        if (tokens.shape().rank() != 3 || x.shape().rank() != 4 || x.dim(3) != panel(x.device())) throw Frozen.wrong(op, xs);
        int b = tokens.dim(0), inner = tokens.dim(2), c = x.dim(2);
        if (x.dim(0) < 1 || b % x.dim(0) != 0 || heads < 1 || inner % heads != 0) throw Frozen.wrong(op, xs);
        return new TwoWayShape(b, x.dim(0), tokens.dim(1), x.dim(1) * x.dim(3), c, heads, inner, eps);
    }
}
