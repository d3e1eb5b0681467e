package dev.samovar.imaging;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A flat picture: one number per channel and pixel.
///
/// Channel `c` of the pixel in row `r` and column `k` is at index `(c · height + r) · width + k`: planes, as a tensor `(C, H, W)`.
public final class Picture {
    private final int channels, height, width;
    private final float[] pixels;

    /// Wraps these numbers without a copy.
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

    /// Copies a picture of the JDK: its numbers as they are if it is grey, else red, green and blue from 0 to 255. Opacity is ignored.
    public static Picture of(BufferedImage image) {
        int w = image.getWidth(), h = image.getHeight(), n = w * h;
        if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY) return new Picture(1, h, w, grey(image));
        float[] pixels = new float[3 * n];
        int[] row = new int[w];
        for (int y = 0; y < h; y++) {
            image.getRGB(0, y, w, 1, row, 0, w);
            for (int x = 0; x < w; x++) for (int c = 0; c < 3; c++) pixels[c * n + y * w + x] = (row[x] >> (16 - 8 * c)) & 0xFF;
        }
        return new Picture(3, h, w, pixels);
    }

    /// The stored numbers, not `getRGB`, which would change them: the JDK takes grey for linear, and red, green and blue for sRGB.
    private static float[] grey(BufferedImage image) {
        ColorModel model = image.getColorModel();
        WritableRaster raster = image.getRaster();
        if (model.hasAlpha() && model.isAlphaPremultiplied()) {
            raster = image.copyData(null);
            model.coerceData(raster, false);
        }
        return raster.getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (float[]) null);
    }

    /// A grey picture of these numbers, row by row, unsigned, of 16 bits. [Intensity#apply(Picture)] makes 8 bits of it.
    ///
    /// @throws IllegalArgumentException if there are not `height · width` of them
    public static Picture of(int height, int width, short[] unsigned) {
        float[] pixels = new float[unsigned.length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = unsigned[i] & 0xFFFF;
        return new Picture(1, height, width, pixels);
    }

    /// A picture of 8 bits as most programs hold it: the bytes of a pixel, its channels, one after the other, row by row, from the buffer's position on. The buffer stays as it is.
    ///
    /// @throws IllegalArgumentException if there are not `height · width · channels` of them
    public static Picture of(int height, int width, int channels, ByteBuffer interleaved) {
        if (channels < 1 || interleaved.remaining() != (long) height * width * channels)
            throw new IllegalArgumentException(interleaved.remaining() + " bytes for a picture of " + channels + " × " + height + " × "
                    + width);
        int n = height * width, start = interleaved.position();
        float[] pixels = new float[channels * n];
        for (int i = 0; i < pixels.length; i++) pixels[i % channels * n + i / channels] = interleaved.get(start + i) & 0xFF;
        return new Picture(channels, height, width, pixels);
    }

    /// The channels of this picture followed by those of another of the same size.
    ///
    /// @throws IllegalArgumentException if the sizes differ
    public Picture beside(Picture other) {
        if (other.height != height || other.width != width)
            throw new IllegalArgumentException("a picture of " + other.height + " × " + other.width + " beside one of " + height + " × "
                    + width);
        float[] all = Arrays.copyOf(pixels, pixels.length + other.pixels.length);
        System.arraycopy(other.pixels, 0, all, pixels.length, other.pixels.length);
        return new Picture(channels + other.channels, height, width, all);
    }

    /// The number of channels: 1 for grey, 3 for red, green and blue.
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
