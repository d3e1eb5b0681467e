package dev.samovar.core.nn;

import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.tensor.Tensor;

/// Layer normalisation of each pixel over its channels, with SAM's epsilon of 1e-6.
///
/// Source: segment_anything/modeling/common.py @ dca509f.
public final class LayerNorm2d {
    /// The number that is added to the variance.
    public static final float EPS = 1e-6f;

    private final Tensor weight;
    private final Tensor bias;

    /// Parameters `weight (channels)` and `bias (channels)`.
    public LayerNorm2d(Params p, int channels) {
        weight = p.get("weight", Init.constant(1), channels);
        bias = p.get("bias", Init.constant(0), channels);
    }

    /// `(B, channels, H, W) → (B, channels, H, W)`
    public Tensor forward(Tensor x) {
        return x.layerNorm(1, weight, bias, EPS);
    }

    /// `weight` and `bias`.
    public WeightAndBias<Tensor> parameters() {
        return new WeightAndBias<>(weight, bias);
    }
}
