package dev.samovar.core.op;

import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An image looks at tokens, fused, for frozen parameters: an image in panels `x (B, P/L, C, L)`, or one for all prompts, the encoding of its positions `(1, P/L, C, L)`, and `k` and `v (B, N, D)` give `(B, P/L, C, L)`.
///
///     y = norm(x + proj(attention((x + pe)·qᵀ + qBias, k, v)))
///
/// The queries of the positions are never made: keys are taken through `q` instead, and values through `proj`, which for a few tokens is half of the work.
/// The inputs after those four: `q_proj.weight (D, C)` and `.bias`, `out_proj.weight (C, D)` and `.bias`, the norm's weight and bias `(C)`. It has no backward pass.
public record ImageToTokens(int heads, float eps) implements Op.Nary {
    private static final int INPUTS = 10;

    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        TwoWayShape s = shape(ctx, xs);
        if (ctx.recording())
            throw new IllegalStateException("imageToTokens: has no gradient; where one is asked for, compose it of other operations");
        Tensor y = ctx.empty(xs.get(0).shape().with(0, s.batch()));
        ctx.kernels().imageToTokens(s, xs.get(0).buffer(), xs.get(1).buffer(), xs.get(2).buffer(), xs.get(3).buffer(), xs.stream().skip(4)
                .map(Tensor::buffer).toList(), y.buffer());
        return y;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        throw new IllegalStateException("imageToTokens: has no gradient");          // forward refuses to be recorded
    }

    private TwoWayShape shape(Context ctx, List<Tensor> xs) {
        if (xs.size() != INPUTS || !xs.get(2).shape().equals(xs.get(3).shape())) throw TokensToImage.wrong("imageToTokens", heads, xs);
        TwoWayShape s = TokensToImage.shape(ctx, "imageToTokens", heads, eps, xs.get(2), xs.get(0), xs);
        int c = s.channels(), weight = s.inner() * c;
        TokensToImage.check("imageToTokens", heads, xs, 1, s.positions() * c);
        TokensToImage.check("imageToTokens", heads, xs, 4, weight, s.inner(), weight, c, c, c);
        return s;
    }
}
