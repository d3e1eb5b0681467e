package dev.samovar.imaging.format;

import dev.samovar.imaging.Picture;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Pictures as files.
public final class Pictures {
    private static final int LARGE = 1 << 20;                           // pixels
    private static final float QUICK = 0.9f;                            // the least effort that compresses: zlib's level 1

    private Pictures() {}

    /// Makes the platform find its readers and writers, which takes a tenth of a second the first time. A program that has something else to do
    /// before it reads a picture can let another thread do this meanwhile.
    public static void prepare() {
        for (String format : List.of("jpeg", "png")) {
            ImageIO.getImageReadersByFormatName(format).forEachRemaining(ImageReader::dispose);
            ImageIO.getImageWritersByFormatName(format).forEachRemaining(ImageWriter::dispose);
        }
    }

    /// A picture as the bytes of a PNG file. Large coloured ones, which are photographs, are compressed in 70 % of the time and take 4 %
    /// more room.
    public static byte[] png(BufferedImage picture) {
        boolean isLarge = picture.getWidth() * picture.getHeight() > LARGE && picture.getColorModel().getNumColorComponents() > 1
                && !(picture.getColorModel() instanceof IndexColorModel);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam how = writer.getDefaultWriteParam();
        if (isLarge) {
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(QUICK);
        }
        var bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {                  // ImageIO by itself would use a temporary file
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /// A grey or coloured picture as one that can be drawn on: its numbers times `scale` are levels, cut to 0 … 255.
    public static BufferedImage drawable(Picture picture, float scale) {
        int h = picture.height(), w = picture.width(), colour = picture.channels() < 3 ? 0 : h * w;
        float[] pixels = picture.pixels();
        var drawn = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[w];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                row[x] = 0;
                for (int c = 0; c < 3; c++) row[x] = row[x] << 8 | level(scale * pixels[c * colour + y * w + x]);
            }
            drawn.getRaster().setDataElements(0, y, w, 1, row);
        }
        return drawn;
    }

    private static int level(float value) {
        return !(value > 0) ? 0 : value >= 255 ? 255 : (int) (value + 0.5f);
    }
}
