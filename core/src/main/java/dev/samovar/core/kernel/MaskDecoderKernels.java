package dev.samovar.core.kernel;

/// What a backend may have beside its [Kernels]: the pieces of SAM's mask decoder in which an image takes part, each in one, with frozen parameters. The image lies in panels,
/// `(images, positions/panel, channels, panel)`, from one to the next; there are no positions left over.
public interface MaskDecoderKernels {

    /// How many positions of an image lie side by side in a panel.
    int positionPanel();

    /// Tokens look at an image: `out = attention(q, keys(x + pe), values(x))`, as [Kernels#multiHeadAttention] has it.
    ///
    /// `q` and `out` are `(batch, tokens, inner)`, `x` panels of `images`, `pe` of one.
    void tokensToImage(TwoWayShape s, Buffer q, Buffer x, Buffer pe, TokensToImageWeights<Buffer> weights, Buffer out);

    /// An image looks at tokens: `y = norm(x + proj(attention(queries(x + pe), k, v)))`.
    ///
    /// `x` are panels of `images`, `pe` of one, `y` of `batch`, `k` and `v (batch, tokens, inner)`; `norm` is over the channels of each position.
    void imageToTokens(TwoWayShape s, Buffer x, Buffer pe, Buffer k, Buffer v, ImageToTokensWeights<Buffer> weights, Buffer y);

    /// The end of the decoder: `classifiers · gelu(up2(gelu(norm(up1(x)))))`, where `up1` and `up2` are transposed convolutions that double the size.
    ///
    /// `x` are panels, `classifiers (batch, masks, last)`, `masks (batch, masks, 4·height, 4·width)`; the norm is over the `middle` channels of each pixel.
    void maskUpscaling(MaskUpscalingShape s, Buffer x, Buffer classifiers, MaskUpscalingWeights<Buffer> weights, Buffer masks);
}
