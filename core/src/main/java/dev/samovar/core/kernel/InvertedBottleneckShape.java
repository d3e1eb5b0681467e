package dev.samovar.core.kernel;

/// The dimensions of three convolutions in a row: a 1 × 1 from `x (batch, in, height, width)` to `hidden` channels, a depthwise 3 × 3 with a
/// `stride`, and a 1 × 1 to `out` channels. With a `shortcut`, `in` equals `out` and the stride is 1.
public record InvertedBottleneckShape(int batch, int in, int hidden, int out, int height, int width, int stride, boolean shortcut) {

    /// Rows of the output.
    public int outHeight() {
        return (height - 1) / stride + 1;
    }

    /// Columns of the output.
    public int outWidth() {
        return (width - 1) / stride + 1;
    }
}
