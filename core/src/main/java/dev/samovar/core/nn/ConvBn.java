package dev.samovar.core.nn;

import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A convolution without bias, followed by batch norm with the stored statistics of its training, which are constants here. Together they are one
/// convolution with a bias:
///
///     g = bn.weight / √(running_var + eps)        y = conv(x, c.weight · g) + bn.bias − running_mean · g
///
/// with one `g` for each output channel. If the parameters are frozen, this is computed once; if they learn, gradients flow through it.
public final class ConvBn {
    private static final float EPS = 1e-5f;

    private final Params params;
    private final Tensor conv, gamma, beta, mean, variance;
    private final @Nullable WeightAndBias<Tensor> frozen;
    private final int stride, padding, groups;

    private ConvBn(Params p, int in, int out, int kernel, int stride, int groups) {
        params = p;
        conv = p.in("c").get("weight", Init.uniform(in / groups * kernel * kernel), out, in / groups, kernel, kernel);
        Params bn = p.in("bn");
        gamma = bn.get("weight", Init.constant(1), out);
        beta = bn.get("bias", Init.constant(0), out);
        mean = bn.frozen().get("running_mean", Init.constant(0), out);
        variance = bn.frozen().get("running_var", Init.constant(1), out);
        this.stride = stride;
        this.groups = groups;
        padding = kernel / 2;
        frozen = conv.requiresGrad() || gamma.requiresGrad() || beta.requiresGrad() ? null : constant();
    }

    /// Parameters `c.weight (out, in, kernel, kernel)`, `bn.weight`, `bn.bias`, `bn.running_mean` and `bn.running_var (out)`; for stride 1 and odd kernels the output is as large as the input.
    public static ConvBn dense(Params p, int in, int out, int kernel, int stride) {
        return new ConvBn(p, in, out, kernel, stride, 1);
    }

    /// A depthwise convolution, of each channel by itself: `c.weight (channels, 1, kernel, kernel)`.
    public static ConvBn byDepth(Params p, int channels, int kernel, int stride) {
        return new ConvBn(p, channels, channels, kernel, stride, channels);
    }

    private WeightAndBias<Tensor> constant() {
        try (var _ = Scope.open()) {
            WeightAndBias<Tensor> f = fold();
            return new WeightAndBias<>(params.derived(f.weight().toArray(), f.weight().shape()),
                    params.derived(f.bias().toArray(), f.bias().shape()));
        }
    }

    private WeightAndBias<Tensor> fold() {
        Tensor g = gamma.div(variance.affine(1, EPS).sqrt());
        return new WeightAndBias<>(conv.mul(g.reshape(-1, 1, 1, 1)), beta.sub(mean.mul(g)));
    }

    /// `(B, in, H, W) → (B, out, H', W')`
    public Tensor forward(Tensor x) {
        WeightAndBias<Tensor> f = folded();
        return groups == 1
                ? x.conv2d(f.weight(), f.bias(), stride, padding)
                : x.groupedConv2d(f.weight(), f.bias(), stride, padding, groups);
    }

    /// Whether none of its parameters learns.
    public boolean isFrozen() {
        return frozen != null;
    }

    /// Weight `(out, in/groups, k, k)` and bias `(out)` of the one convolution; constants if the parameters are frozen.
    public WeightAndBias<Tensor> folded() {
        return frozen == null ? fold() : frozen;
    }
}
