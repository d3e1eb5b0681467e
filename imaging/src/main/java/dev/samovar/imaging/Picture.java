package dev.samovar.imaging;

import java.util.Arrays;

/// A flat picture: one number per channel and pixel.
///
/// Channel `c` of the pixel in row `r` and column `k` is at index `(c · height + r) · width + k`: planes, as a tensor `(C, H, W)`.
public final class Picture {
    private final int channels, height, width;
    private final float[] pixels;

    /// Of these numbers, which are not copied.
    ///
    /// @throws IllegalArgumentException if there are not `channels · height · width` of them
    public Picture(int channels, int height, int width, float[] pixels) {
        if (channels < 1 || height < 1 || width < 1 || pixels.length != (long) channels * height * width)
            throw new IllegalArgumentException(pixels.length + " numbers for a picture of " + channels + " × " + height + " × " + width);
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.pixels = pixels;
    }

    /// Its channels, and after them those of another picture of the same size.
    ///
    /// @throws IllegalArgumentException if the other one has another size
    public Picture beside(Picture other) {
        if (other.height != height || other.width != width)
            throw new IllegalArgumentException("a picture of " + other.height + " × " + other.width + " beside one of " + height + " × "
                    + width);
        float[] all = Arrays.copyOf(pixels, pixels.length + other.pixels.length);
        System.arraycopy(other.pixels, 0, all, pixels.length, other.pixels.length);
        return new Picture(channels + other.channels, height, width, all);
    }

    /// How many numbers a pixel has: 1 if grey, 3 if red, green, blue.
    public int channels() {
        return channels;
    }

    /// The number of rows.
    public int height() {
        return height;
    }

    /// The number of columns.
    public int width() {
        return width;
    }

    /// All numbers, not a copy.
    public float[] pixels() {
        return pixels;
    }
}
