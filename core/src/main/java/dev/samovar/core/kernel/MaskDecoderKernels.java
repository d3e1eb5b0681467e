package dev.samovar.core.kernel;

/// An optional part of a backend, beside its [Kernels]: those pieces of SAM's mask decoder that involve the image, each as one fused kernel, with
/// frozen parameters. Between them the image stays in panels, `(images, positions/panel, channels, panel)`; the number of positions is a multiple of
/// a panel.
public interface MaskDecoderKernels {

    /// How many positions of an image lie side by side in a panel.
    int positionPanel();

    /// Attention from tokens to an image: `out = attention(q, keys(x + pe), values(x))`, as in [Kernels#multiHeadAttention].
    ///
    /// `q` and `out` are `(batch, tokens, inner)`, `x` panels of `images`, `pe` of one.
    void tokensToImage(TwoWayShape s, Buffer q, Buffer x, Buffer pe, TokensToImageWeights<Buffer> weights, Buffer out);

    /// Attention from an image to tokens: `y = norm(x + proj(attention(queries(x + pe), k, v)))`.
    ///
    /// `x` are panels of `images`, `pe` of one, `y` of `batch`, `k` and `v (batch, tokens, inner)`; `norm` is over the channels of each position.
    void imageToTokens(TwoWayShape s, Buffer x, Buffer pe, Buffer k, Buffer v, ImageToTokensWeights<Buffer> weights, Buffer y);

    /// The end of the decoder: `classifiers · gelu(up2(gelu(norm(up1(x)))))`, where `up1` and `up2` are transposed convolutions that double the size.
    ///
    /// `x` are panels, `classifiers (batch, masks, last)`, `masks (batch, masks, 4·height, 4·width)`; the norm is over the `middle` channels of each pixel.
    void maskUpscaling(MaskUpscalingShape s, Buffer x, Buffer classifiers, MaskUpscalingWeights<Buffer> weights, Buffer masks);
}
