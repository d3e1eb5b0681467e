package dev.samovar.core.kernel;

/// An optional part of a backend, beside its [Kernels]: a block of SAM's image encoder as one fused kernel.
public interface EncoderBlockKernel {

    /// With frozen parameters: `z = x + proj(attention(qkv(norm1(x))))`, then `y = z + lin2(gelu(lin1(norm2(z))))`.
    ///
    /// `x` and `y` are `(batch, height, width, channels)`. Windows that extend beyond the grid are padded with zeros after norm1.
    void encoderBlock(EncoderBlockShape s, Buffer x, EncoderBlockWeights<Buffer> weights, Buffer y);
}
