package dev.samovar.core.kernel;

/// The dimensions of the end of SAM's mask decoder: `batch` attended images of `height · width` positions with `channels` values, a multiple of 8,
/// and `masks` masks for each image, four times as high and wide. `eps` is the layer norm's.
public record MaskUpscalingShape(int batch, int height, int width, int channels, int masks, float eps) {

    /// Positions of an image.
    public int positions() {
        return height * width;
    }

    /// Channels at twice the size.
    public int middle() {
        return channels / 4;
    }

    /// Channels at four times the size.
    public int last() {
        return channels / 8;
    }
}
