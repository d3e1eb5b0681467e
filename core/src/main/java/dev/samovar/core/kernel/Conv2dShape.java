package dev.samovar.core.kernel;

/// The dimensions of a two-dimensional convolution: `x (batch, inChannels, height, width)` with `w (outChannels, inChannels / groups, kernel, kernel)`
/// gives `y (batch, outChannels, outHeight, outWidth)`; the same `stride` and zero `padding` along both axes.
///
/// @param groups the number of equal parts into which the channels of both sides are cut: an output channel sees only the input channels of its own
/// part. 1 is the usual convolution, `inChannels` a depthwise one
/// @param exact whether every product must be computed and summed; otherwise kernels may use an algorithm with fewer products, for an error of about
/// 1e-5 of the result
public record Conv2dShape(int batch, int inChannels, int height, int width, int outChannels, int kernel, int stride, int padding,
        int groups, boolean exact) {

    /// The shape of a convolution without groups that may be computed by any algorithm.
    public Conv2dShape(int batch, int inChannels, int height, int width, int outChannels, int kernel, int stride, int padding) {
        this(batch, inChannels, height, width, outChannels, kernel, stride, padding, 1, false);
    }

    /// Input channels that an output channel sees.
    public int groupIn() {
        return inChannels / groups;
    }

    /// Output channels that an input channel reaches.
    public int groupOut() {
        return outChannels / groups;
    }

    /// Rows of the output.
    public int outHeight() {
        return (height + 2 * padding - kernel) / stride + 1;
    }

    /// Columns of the output.
    public int outWidth() {
        return (width + 2 * padding - kernel) / stride + 1;
    }

    /// Weights that make one output value: `inChannels / groups · kernel · kernel`.
    public int fanIn() {
        return groupIn() * kernel * kernel;
    }

    /// Values in one plane of the output.
    public int outPixels() {
        return outHeight() * outWidth();
    }
}
