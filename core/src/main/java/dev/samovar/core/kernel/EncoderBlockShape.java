package dev.samovar.core.kernel;

/// The dimensions of a block of SAM's image encoder: `batch` pictures of `height · width` tokens with `channels` values, `heads` of attention, `hidden` units between
/// the two layers of its MLP. Attention is within windows of `window · window` tokens, or, if `window` is 0, among all; `eps` is the layer norms'.
public record EncoderBlockShape(int batch, int height, int width, int channels, int heads, int hidden, int window, float eps) {

    /// The grid that attends to itself: a window, or the whole picture.
    public AttentionShape attention() {
        int h = window == 0 ? height : window, w = window == 0 ? width : window;
        return new AttentionShape(groups(), h, w, channels / heads);
    }

    /// Pictures (or windows) × heads.
    public int groups() {
        return batch * windowsDown() * windowsAcross() * heads;
    }

    /// Windows from top to bottom; the last may extend beyond the grid.
    public int windowsDown() {
        return window == 0 ? 1 : Math.ceilDiv(height, window);
    }

    /// Windows from left to right; the last may extend beyond the grid.
    public int windowsAcross() {
        return window == 0 ? 1 : Math.ceilDiv(width, window);
    }
}
