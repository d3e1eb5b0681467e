package dev.samovar.core.kernel;

/// What a backend may have beside its [Kernels]: a block of SAM's image encoder in one.
public interface EncoderBlockKernel {

    /// With frozen parameters: `x + proj(attention(qkv(norm1(x))))`, and to that, as `z`, `z + lin2(gelu(lin1(norm2(z))))`.
    ///
    /// `x` and `y` are `(batch, height, width, channels)`. Windows that hang over the grid are filled up with zeros after norm1.
    void encoderBlock(EncoderBlockShape s, Buffer x, EncoderBlockWeights<Buffer> weights, Buffer y);
}
