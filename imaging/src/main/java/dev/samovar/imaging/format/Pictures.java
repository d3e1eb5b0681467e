package dev.samovar.imaging.format;

import dev.samovar.imaging.Picture;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Pictures as files.
public final class Pictures {
    private Pictures() {}

    /// A picture as the bytes of a PNG file.
    public static byte[] png(BufferedImage picture) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {                  // ImageIO by itself would use a temporary file
            ImageIO.write(picture, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// A grey or coloured picture as one that can be drawn on: its numbers times `scale` are levels, cut to 0 … 255.
    public static BufferedImage drawable(Picture picture, float scale) {
        int n = picture.height() * picture.width(), colour = picture.channels() < 3 ? 0 : n;
        var drawn = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < n; i++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) rgb = rgb << 8 | Math.clamp(Math.round(scale * picture.pixels()[c * colour + i]), 0, 255);
            drawn.setRGB(i % picture.width(), i / picture.width(), rgb);
        }
        return drawn;
    }
}
