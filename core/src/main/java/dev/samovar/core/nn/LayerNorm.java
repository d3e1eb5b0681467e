package dev.samovar.core.nn;

import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.tensor.Tensor;

/// Layer normalisation of the last axis.
public final class LayerNorm {
    private final Tensor weight;
    private final Tensor bias;
    private final float eps;

    /// Parameters `weight (dim)` and `bias (dim)`.
    public LayerNorm(Params p, int dim, float eps) {
        weight = p.get("weight", Init.constant(1), dim);
        bias = p.get("bias", Init.constant(0), dim);
        this.eps = eps;
    }

    /// `(…, dim) → (…, dim)`
    public Tensor forward(Tensor x) {
        return x.layerNorm(-1, weight, bias, eps);
    }

    /// `weight` and `bias`.
    public WeightAndBias<Tensor> parameters() {
        return new WeightAndBias<>(weight, bias);
    }
}
