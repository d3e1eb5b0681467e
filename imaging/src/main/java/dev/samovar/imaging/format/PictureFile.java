package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PngFile.Colour;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Photographs and the like, in PNG, JPEG and TIFF files: `(3, h, w)`, red, green and blue from 0 to 255 in whole numbers, as a network that was trained on
/// photographs wants them. [Volumes] reads numbers as they are stored; here they become brightness.
///
/// | | becomes |
/// |---|---|
/// | PNG of 1 to 16 bits | 8 bits; grey in all three channels; a palette's colours; how transparent a pixel is does not matter |
/// | JPEG, grey or coloured | the same, held as the camera was (Exif's orientation) |
/// | TIFF of 8 bits, grey, coloured or with a palette; coloured of 16 bits | the same |
/// | TIFF in grey of 16 bits or floating-point numbers | stretched: the least number of the page is 0, the greatest 255, a constant page 0 |
///
/// TIFF may be in strips or tiles, not compressed or by LZW, deflate or PackBits. Of one with several pages one must be chosen.
///
/// A file is told by its content. It is not trusted: at most [Png#MAX_PIXELS] are read, and no more memory is asked for than the data in the file can
/// fill. Whatever is wrong is one [FormatException] that names the file.
public final class PictureFile {
    private PictureFile() {}

    /// Reads a picture.
    ///
    /// @throws FormatException if it is not one of these, damaged, or has several pages
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Picture read(Path file) {
        return read(file, null);
    }

    /// Reads a picture, or one page, counted from 0, of a file that has several.
    ///
    /// @throws FormatException if it is not one of these, damaged, has several pages where none was chosen, or not this one
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Picture read(Path file, @Nullable Integer page) {
        try (MappedFile mapped = MappedFile.open(file)) {
            if (mapped.length() > PngFile.MAX_BYTES) throw new FormatException("it is longer than 1 GiB");
            ByteBuffer bytes = mapped.view(0, mapped.length());
            if (TiffFile.is(bytes)) return TiffFile.read(bytes, page);
            if (page != null && page != 0) throw new FormatException("it has no page " + page + ", it is a single picture");
            if (PngFile.is(bytes)) return png(PngFile.read(bytes, 8));
            if (JpegFile.is(bytes)) return jpeg(JpegFile.read(bytes));
            throw new FormatException("it is neither PNG, JPEG nor TIFF; save it as PNG");
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /// Whether a file begins as one of these does.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static boolean isPicture(Path file) {
        try (MappedFile mapped = MappedFile.open(file)) {
            ByteBuffer start = mapped.view(0, Math.min(mapped.length(), Long.BYTES));
            return TiffFile.is(start) || PngFile.is(start) || JpegFile.is(start);
        }
    }

    private static Picture png(PngFile.Pixels pixels) {
        PngFile file = pixels.file();
        if (file.colour == Colour.PALETTE) return picture(pixels.raster(), file::entry);
        int most = (1 << file.depth) - 1;
        return picture(pixels.raster(), (value, _) -> (255 * value + most / 2) / most);
    }

    private static Picture jpeg(JpegFile.Pixels pixels) {
        return Exif.upright(picture(pixels.raster(), (value, _) -> value), pixels.orientation());
    }

    /// What a number becomes in a channel.
    @FunctionalInterface
    private interface Level {
        int of(int value, int channel);
    }

    private static Picture picture(Raster raster, Level level) {
        int w = raster.getWidth(), h = raster.getHeight(), bands = raster.getNumBands();
        float[] colours = new float[3 * w * h];
        int[] row = new int[bands * w];
        for (int y = 0; y < h; y++) {
            raster.getPixels(0, y, w, 1, row);
            for (int c = 0; c < 3; c++)
                for (int x = 0; x < w; x++) colours[(c * h + y) * w + x] = level.of(row[x * bands + (bands < 3 ? 0 : c)], c);
        }
        return new Picture(3, h, w, colours);
    }
}
