package dev.samovar.core.nn;

import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// Batch normalisation of each channel: in training by the batch's own mean and biased variance, of which it keeps running averages, and in inference
/// by these averages.
///
/// Running statistics move by a tenth at every step, that of the variance towards the unbiased one: `torch.nn.BatchNorm2d` with its defaults.
public final class BatchNorm2d {
    private static final float EPS = 1e-5f;
    private static final double MOMENTUM = 0.1;

    private final Tensor weight;
    private final Tensor bias;
    private final Tensor runningMean;
    private final Tensor runningVar;
    private final int channels;

    /// Parameters `weight (channels)` and `bias (channels)`, and the running statistics `running_mean` and `running_var`, each `(channels)`.
    public BatchNorm2d(Params p, int channels) {
        this.channels = channels;
        weight = p.get("weight", Init.constant(1), channels);
        bias = p.get("bias", Init.constant(0), channels);
        runningMean = p.state("running_mean", Init.constant(0), channels);
        runningVar = p.state("running_var", Init.constant(1), channels);
    }

    /// Normalises by the batch's statistics, and updates the running ones: `(B, channels, H, W) → (B, channels, H, W)`.
    ///
    /// @throws ShapeException if a channel has only one value, which has no variance
    public Tensor train(Tensor x) {
        int n = x.dim(0) * x.dim(2) * x.dim(3);
        if (n < 2) throw new ShapeException("batchNorm: a channel of " + x.shape() + " has one value, and so no variance");
        Tensor statistics = Tensor.full(x.device(), 0, 2, channels), y = x.batchNorm(weight, bias, EPS, statistics);
        try (var _ = Scope.open()) {
            Tensor rstd = statistics.select(0, 1), variance = Tensor.full(x.device(), 1, channels).div(rstd.mul(rstd)).affine(1, -EPS);
            runningMean.follow(statistics.select(0, 0), MOMENTUM);
            runningVar.follow(variance.affine(n / (n - 1.0), 0), MOMENTUM);
        }
        return y;
    }

    /// Normalises by the running statistics: `(B, channels, H, W) → (B, channels, H, W)`.
    public Tensor forward(Tensor x) {
        Shape channel = Shape.of(1, channels, 1, 1);
        Tensor scale = weight.div(runningVar.affine(1, EPS).sqrt());
        return x.mul(scale.reshape(channel.dims())).add(bias.sub(runningMean.mul(scale)).reshape(channel.dims()));
    }
}
