package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Volume;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Flat pictures in PNG, JPEG and TIFF files. Photographs are read as brightness ([#read]), measurements as the numbers of the file ([#open],
/// [#volume], [#labels]).
///
/// | | read |
/// |---|---|
/// | PNG | 1 to 16 bits, grey, coloured or with a palette, interlaced or not |
/// | JPEG | 8 bits, sequential or progressive, grey, coloured, or for a printer (CMYK) |
/// | TIFF, BigTIFF, OME-TIFF, ImageJ's stacks | whole numbers of 1 to 64 bits with or without a sign, floating-point ones of 16, 32 and 64, in strips or tiles; not compressed or by PackBits, LZW, deflate, Zstandard or JPEG |
///
/// Pictures are turned upright (by Exif's orientation, also in PNG's `eXIf`). Transparency is ignored. Of a file with several pages, one is chosen;
/// if ImageJ or OME say that pages are channels, they belong to one page.
///
/// The format is recognised by content. A file is not trusted: at most [Png#MAX_PIXELS] are read, and no more memory is allocated than the data in
/// the file can fill. Every fault is reported as a [FormatException] that names the file.
public final class PictureFile {
    /// The bits that the data must be able to hold for each pixel. Fewer than 8 are only for masks, because a pixel of a picture takes many bytes in
    /// memory.
    private static final int PICTURE = 8, MASK = 1;

    private PictureFile() {}

    /// Reads a picture: `(3, h, w)`, red, green and blue from 0 to 255 in whole numbers, by [Intensity.Auto].
    ///
    /// @throws FormatException if it is not one of these, damaged, or has several pages
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Picture read(Path file) {
        return read(file, null);
    }

    /// Reads one page, counted from 0, of a file that has several.
    ///
    /// @throws FormatException if it is not one of these, damaged, has several pages where none was chosen, or not this one
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Picture read(Path file, @Nullable Integer page) {
        return open(file, page, picture -> picture.shown(new Intensity.Auto(), null).picture());
    }

    /// Reads a picture as it is stored, and hands it to `use`.
    ///
    /// @param page counted from 0; null for the only one
    /// @throws FormatException if it is not one of these, damaged, has several pages where none was chosen, or not this one, or `use` throws one, in words
    ///     that follow the name of the file
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static <T> T open(Path file, @Nullable Integer page, Function<StoredPicture, T> use) {
        return parse(file, bytes -> use.apply(read(bytes, page, PICTURE)));
    }

    /// Reads a picture as numbers, all of them finite: a volume of one slice, or of one for each page. NaN and infinities become the background, the
    /// least number, or 0 if none is below, and a [remark][Volume#remarks()] says so.
    ///
    /// @throws FormatException if it is not one of these, damaged, or its pages are not alike
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume volume(Path file) {
        return parse(file, bytes -> RawVoxels.finite(PictureStack.volume(all(bytes, PICTURE, StoredPicture::volume))));
    }

    /// Reads the numbers of labels as they are stored, whatever they mean ([StoredPicture#label]): those of one slice, or of one for each page.
    ///
    /// @throws FormatException if it is not one of these, damaged, its pages are not alike, or a pixel is coloured without a palette
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume numbers(Path file) {
        return parse(file, bytes -> PictureStack.volume(all(bytes, PICTURE, StoredPicture::numbers)));
    }

    /// Reads labels: those of one slice, or of one for each page. The class of a pixel is its [StoredPicture#label]; black and white alone (0 and 255, or 65535 in
    /// 16 bits) are a mask, white being class 1.
    ///
    /// @throws FormatException if it is not one of these, damaged, its pages are not alike, or something in it is no class
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static LabelVolume labels(Path file) {
        return parse(file, bytes -> PictureStack.labels(all(bytes, MASK, Function.identity())));
    }

    private static <T> T parse(Path file, Function<ByteBuffer, T> how) {
        try (MappedFile mapped = MappedFile.open(file)) {
            if (mapped.length() > PngFile.MAX_BYTES) throw new FormatException("it is longer than 1 GiB");
            return how.apply(mapped.view(0, mapped.length()));
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static <T> List<T> all(ByteBuffer bytes, int leastBits, Function<StoredPicture, T> use) {
        List<T> pages = new ArrayList<>();
        int n = TiffFile.is(bytes) ? new TiffFile(bytes).pages() : 1;
        for (int page = 0; page < n; page++) pages.add(use.apply(read(bytes, page, leastBits)));
        return pages;
    }

    private static StoredPicture read(ByteBuffer bytes, @Nullable Integer page, int leastBits) {
        if (TiffFile.is(bytes)) return new TiffFile(bytes).read(page, leastBits);
        if (page != null && page != 0) throw new FormatException("it has no page " + page + ", it is a single picture: leave --slice out");
        if (PngFile.is(bytes)) return PngFile.read(bytes, leastBits);
        if (JpegFile.is(bytes)) return JpegFile.read(bytes);
        throw new FormatException("it is neither PNG, JPEG nor TIFF; save it as PNG");
    }

    /// Whether the first bytes of a file are those of one of these formats.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static boolean isPicture(Path file) {
        try (MappedFile mapped = MappedFile.open(file)) {
            ByteBuffer start = mapped.view(0, Math.min(mapped.length(), Long.BYTES));
            return TiffFile.is(start) || PngFile.is(start) || JpegFile.is(start);
        }
    }
}
