package dev.samovar.core.kernel;

/// The dimensions of a two-dimensional convolution: `x (batch, inChannels, height, width)` with `w (outChannels, inChannels, kernel, kernel)`
/// gives `y (batch, outChannels, outHeight, outWidth)`; the same `stride` and zero `padding` along both axes.
///
/// @param exact whether every product is computed and summed as it is; otherwise kernels may do with fewer, for an error of some 1e-5 of the result
public record Conv2dShape(int batch, int inChannels, int height, int width, int outChannels, int kernel, int stride, int padding,
        boolean exact) {

    /// Of a convolution that may be computed in any way.
    public Conv2dShape(int batch, int inChannels, int height, int width, int outChannels, int kernel, int stride, int padding) {
        this(batch, inChannels, height, width, outChannels, kernel, stride, padding, false);
    }

    /// Rows of the output.
    public int outHeight() {
        return (height + 2 * padding - kernel) / stride + 1;
    }

    /// Columns of the output.
    public int outWidth() {
        return (width + 2 * padding - kernel) / stride + 1;
    }

    /// Weights that make one output value: `inChannels · kernel · kernel`.
    public int fanIn() {
        return inChannels * kernel * kernel;
    }

    /// Values in one plane of the output.
    public int outPixels() {
        return outHeight() * outWidth();
    }
}
