package dev.samovar.core.nn;

import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.tensor.Tensor;

/// `y = x · weightᵀ + bias` over the last axis.
public final class Linear {
    private final Tensor weight;
    private final Tensor bias;

    /// Parameters `weight (out, in)` and `bias (out)`.
    public Linear(Params p, int in, int out) {
        this(p, in, out, Init.uniform(in));
    }

    /// A layer whose parameters are initialised by `init` if no checkpoint has them.
    public Linear(Params p, int in, int out, Init init) {
        weight = p.get("weight", init, out, in);
        bias = p.get("bias", init, out);
    }

    /// `(…, in) → (…, out)`
    public Tensor forward(Tensor x) {
        return x.linear(weight, bias);
    }

    /// Whether its weight requires a gradient.
    public boolean learns() {
        return weight.requiresGrad();
    }

    /// `weight` and `bias`.
    public WeightAndBias<Tensor> parameters() {
        return new WeightAndBias<>(weight, bias);
    }
}
