package dev.samovar.core.kernel;

/// The dimensions of self-attention over a grid: `groups` = pictures (or windows) × heads, each with `height · width` tokens of `dim` values.
public record AttentionShape(int groups, int height, int width, int dim) {

    /// Tokens of one group.
    public int tokens() {
        return height * width;
    }

    /// The factor of the scores, `1/√dim`.
    public double scale() {
        return 1 / Math.sqrt(dim);
    }
}
