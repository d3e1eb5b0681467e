package dev.samovar.core.kernel;

/// The dimensions of three convolutions in a row, the middle one by depth: `x (batch, in, height, width)` widened to `hidden` channels, seen with its 3 × 3 neighbours at a `stride`, and
/// narrowed to `out`. With a `shortcut`, `in` is `out` and the stride 1.
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
