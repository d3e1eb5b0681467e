package dev.samovar.core.kernel;

/// The dimensions of a block of MobileSAM's image encoder: `batch` maps of `channels` planes, `height · width`; `heads` of attention within windows
/// of `window · window`, which may extend beyond the map, and `hidden` units between the two layers of the MLP. `eps` is the layer norms'.
public record WindowBlockShape(int batch, int channels, int height, int width, int heads, int hidden, int window, float eps) {

    /// Values of a token that belong to one head.
    public int dim() {
        return channels / heads;
    }

    /// Places of a window.
    public int places() {
        return window * window;
    }
}
