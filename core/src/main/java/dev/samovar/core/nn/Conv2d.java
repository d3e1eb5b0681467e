package dev.samovar.core.nn;

import dev.samovar.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Convolution with a square kernel.
public final class Conv2d {
    private final Tensor weight;
    private final @Nullable Tensor bias;
    private final int stride;
    private final int padding;
    private final boolean exact;

    private Conv2d(Params p, int in, int out, int kernel, int stride, int padding, boolean hasBias) {
        int fanIn = in * kernel * kernel;
        weight = p.get("weight", Init.uniform(fanIn), out, in, kernel, kernel);
        bias = hasBias ? p.get("bias", Init.uniform(fanIn), out) : null;
        this.stride = stride;
        this.padding = padding;
        exact = false;
    }

    private Conv2d(Conv2d same, boolean exact) {
        weight = same.weight;
        bias = same.bias;
        stride = same.stride;
        padding = same.padding;
        this.exact = exact;
    }

    /// Parameters `weight (out, in, kernel, kernel)` and `bias (out)`; stride 1, the output as large as the input for odd kernels.
    public Conv2d(Params p, int in, int out, int kernel) {
        this(p, in, out, kernel, 1, kernel / 2, true);
    }

    /// A convolution without a bias.
    public static Conv2d withoutBias(Params p, int in, int out, int kernel) {
        return new Conv2d(p, in, out, kernel, 1, kernel / 2, false);
    }

    /// Patches that do not overlap: stride = kernel.
    public static Conv2d patches(Params p, int in, int out, int kernel) {
        return new Conv2d(p, in, out, kernel, kernel, 0, true);
    }

    /// This layer, computed without a faster algorithm that loses precision ([dev.samovar.core.kernel.Conv2dShape]).
    public Conv2d exact() {
        return new Conv2d(this, true);
    }

    /// `(B, in, H, W) → (B, out, H', W')`
    public Tensor forward(Tensor x) {
        return x.conv2d(weight, bias, stride, padding, exact);
    }
}
