package dev.samovar.core.op;

import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tokens look at an image, fused, for frozen parameters: `q (B, N, D)`, an image in panels `x (B, P/L, C, L)`, or one for all prompts, and the encoding of its positions `(1, P/L, C, L)` give `(B, N, D)`.
///
///     out = attention(q, (x + pe)·kᵀ + kBias, x·vᵀ + vBias)
///
/// The keys and values of the positions are never made: a query is taken through `k` instead, and what it sees through `v`, which for a few tokens is a third of the work.
/// The inputs after those three: `k_proj.weight (D, C)` and `.bias`, `v_proj.weight` and `.bias`. It has no backward pass.
public record TokensToImage(int heads) implements Op.Nary {
    private static final int INPUTS = 7;

    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        TwoWayShape s = shape(ctx, xs);
        if (ctx.recording())
            throw new IllegalStateException("tokensToImage: has no gradient; where one is asked for, compose it of other operations");
        Tensor q = xs.get(0), out = ctx.emptyLike(q);
        ctx.kernels().tokensToImage(s, q.buffer(), xs.get(1).buffer(), xs.get(2).buffer(), xs.stream().skip(3).map(Tensor::buffer).toList(),
                out.buffer());
        return out;
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        throw new IllegalStateException("tokensToImage: has no gradient");          // forward refuses to be recorded
    }

    private TwoWayShape shape(Context ctx, List<Tensor> xs) {
        if (xs.size() != INPUTS) throw wrong("tokensToImage", heads, xs);
        TwoWayShape s = shape(ctx, "tokensToImage", heads, 0, xs.get(0), xs.get(1), xs);
        int weight = s.inner() * s.channels();
        check("tokensToImage", heads, xs, 2, s.positions() * s.channels(), weight, s.inner(), weight, s.inner());
        return s;
    }

    /// Checks how many numbers the inputs from `first` on have.
    static void check(String op, int heads, List<Tensor> xs, int first, int... sizes) {
        for (int i = 0; i < sizes.length; i++) if (xs.get(first + i).shape().size() != sizes[i]) throw wrong(op, heads, xs);
    }

    /// The dimensions, of which both directions have the same.
    static TwoWayShape shape(Context ctx, String op, int heads, float eps, Tensor tokens, Tensor x, List<Tensor> xs) {
        if (tokens.shape().rank() != 3 || x.shape().rank() != 4 || x.dim(3) != ctx.kernels().positionPanel()) throw wrong(op, heads, xs);
        int b = tokens.dim(0), inner = tokens.dim(2), c = x.dim(2);
        if ((x.dim(0) != b && x.dim(0) != 1) || heads < 1 || inner % heads != 0) throw wrong(op, heads, xs);
        return new TwoWayShape(b, x.dim(0), tokens.dim(1), x.dim(1) * x.dim(3), c, heads, inner, eps);
    }

    static ShapeException wrong(String op, int heads, List<Tensor> xs) {
        return new ShapeException(op + " of " + heads + " heads: " + xs.stream().map(x -> x.shape().toString()).toList());
    }
}
