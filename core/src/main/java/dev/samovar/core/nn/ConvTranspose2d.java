package dev.samovar.core.nn;

import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.tensor.Tensor;

/// Transposed convolution that doubles height and width: kernel 2, stride 2.
public final class ConvTranspose2d {
    private static final int KERNEL = 2;

    private final Tensor weight;
    private final Tensor bias;

    /// Parameters `weight (in, out, 2, 2)` and `bias (out)`.
    public ConvTranspose2d(Params p, int in, int out) {
        Init init = Init.uniform(out * KERNEL * KERNEL);                           // the reference's framework computes the fan-in from the second dimension
        weight = p.get("weight", init, in, out, KERNEL, KERNEL);
        bias = p.get("bias", init, out);
    }

    /// `(B, in, H, W) → (B, out, 2H, 2W)`
    public Tensor forward(Tensor x) {
        return x.convTranspose2d(weight, bias);
    }

    /// `weight` and `bias`.
    public WeightAndBias<Tensor> parameters() {
        return new WeightAndBias<>(weight, bias);
    }
}
