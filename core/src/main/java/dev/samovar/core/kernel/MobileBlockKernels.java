package dev.samovar.core.kernel;

/// An optional part of a backend, beside its [Kernels]: the blocks of MobileSAM's image encoder, each as one fused kernel, with frozen parameters.
public interface MobileBlockKernels {

    /// Three convolutions: `conv3(gelu(conv2(gelu(conv1(x)))))`, where the first and the last are 1 × 1, and the middle one is depthwise, 3 × 3, with
    /// a padding of 1. With a shortcut, the result is `gelu(x + …)`.
    ///
    /// `x` is `(batch, in, height, width)`, `y (batch, out, outHeight, outWidth)`.
    void invertedBottleneck(InvertedBottleneckShape s, Buffer x, InvertedBottleneckWeights<Buffer> weights, Buffer y);

    /// A block with attention: `z = x + proj(attention(qkv(norm1(x))))`, `t = conv(z)`, `t + lin2(gelu(lin1(norm2(t))))`, where `conv` is depthwise,
    /// 3 × 3, with a padding of 1.
    ///
    /// `x` and `y` are maps `(batch, channels, height, width)`. Windows that extend beyond the map are padded with zeros *before* norm1, and all
    /// their places are keys.
    void windowBlock(WindowBlockShape s, Buffer x, WindowBlockWeights<Buffer> weights, Buffer y);
}
