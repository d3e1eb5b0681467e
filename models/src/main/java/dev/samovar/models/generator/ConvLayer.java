package dev.samovar.models.generator;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.nn.BatchNorm2d;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;

/// A convolution without bias and a batch norm; a dense one also has a ReLU6.
final class ConvLayer {
    private final Tensor weight;
    private final BatchNorm2d norm;
    private final int stride, groups;
    private final boolean activated;

    private ConvLayer(Params p, String name, int in, int out, int kernel, int stride, int groups, boolean activated) {
        weight = p.in(name).get("weight", Init.uniform(in / groups * kernel * kernel), out, in / groups, kernel, kernel);
        norm = new BatchNorm2d(p.in("norm"), out);
        this.stride = stride;
        this.groups = groups;
        this.activated = activated;
    }

    /// Parameters `conv.weight (out, in, kernel, kernel)` and those of `norm`.
    static ConvLayer dense(Params p, int in, int out, int kernel, int stride) {
        return new ConvLayer(p, "conv", in, out, kernel, stride, 1, true);
    }

    /// Depthwise, 3×3: parameters `dwconv.weight (channels, 1, 3, 3)` and those of `norm`.
    static ConvLayer byDepth(Params p, int channels, int stride) {
        return new ConvLayer(p, "dwconv", channels, channels, 3, stride, channels, false);
    }

    /// `(B, in, H, W) → (B, out, H/stride, W/stride)`
    Tensor forward(Tensor x, boolean training) {
        return tidy(in -> {
            Tensor y = convolved(in);
            y = training ? norm.train(y) : norm.forward(y);
            return activated ? y.relu6() : y;
        }, x);
    }

    private Tensor convolved(Tensor x) {
        int padding = weight.dim(2) / 2;
        return groups == 1 ? x.conv2d(weight, null, stride, padding) : x.groupedConv2d(weight, null, stride, padding, groups);
    }
}
