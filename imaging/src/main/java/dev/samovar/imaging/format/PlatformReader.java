package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// The platform's own readers of PNG and JPEG. They read from memory, and only what was checked before.
final class PlatformReader {
    private PlatformReader() {}

    /// The pixels of a whole file.
    ///
    /// @param format `png` or `jpeg`
    /// @throws FormatException if the reader fails, or says that data are missing, in words that follow the name of the file
    static Raster read(String format, byte[] file) {
        ImageReader reader = reader(format);
        boolean[] incomplete = new boolean[1];
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            reader.addIIOReadWarningListener((_, warning) -> incomplete[0] |= warning.toLowerCase(Locale.ROOT).contains("premature end"));
            Raster raster = reader.canReadRaster() ? reader.readRaster(0, null) : reader.read(0).getRaster();      // of JPEG without a change of colours
            if (!incomplete[0]) return raster;
            throw new FormatException("its data are damaged or incomplete");
        } catch (IOException | RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) if (cause instanceof OutOfMemoryError memory) throw memory;
            throw e instanceof FormatException wrong ? wrong : new FormatException("its data are damaged or incomplete", e);
        } finally {
            reader.dispose();
        }
    }

    /// The platform's own reader, even if others are on the class path.
    private static ImageReader reader(String format) {
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format); readers.hasNext();) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) return reader;
        }
        throw new IllegalStateException("every Java platform with java.desktop reads " + format);
    }
}
