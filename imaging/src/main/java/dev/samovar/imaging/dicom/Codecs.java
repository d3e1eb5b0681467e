package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// Decodes compressed pixels: JPEG with the platform's own reader; lossless JPEG and JPEG 2000 with readers
/// that other libraries register with `javax.imageio`.
///
/// Decoders are not trusted. The codestream's claims are compared with the header beforehand, and the size of the result afterwards. Whatever they
/// throw, even an `Error`, becomes a [FormatException].
final class Codecs {
    private static final int PLATFORM_PER_BYTE = 512, LOSSLESS_PER_BYTE = 8, WAVELET_PER_BYTE = 4096, WAVELET_FREE = 1 << 22;

    private Codecs() {}

    /// The planes of a frame.
    ///
    /// @throws FormatException if it is damaged, or no reader on the class path decodes it; worded to follow the name of the file
    static int[] decode(byte[] frame, DicomFile file) {
        Codestream stream = Codestream.of(frame);
        long pixels = (long) (stream.left() + stream.width()) * (stream.top() + stream.height());
        String syntax = file.syntax();
        switch (stream.kind()) {
            case EXTENDED -> throw new FormatException("JPEG of " + stream.precision() + " bits (Extended, " + syntax
                    + ") is not read: decompress it first, say with dcmdjpeg or gdcmconv --raw");
            case LS -> throw new FormatException("JPEG-LS (" + syntax
                    + ") is not read: decompress it first, say with dcmdjpls or gdcmconv --raw");
            default -> {
                // decoded below
            }
        }
        if (stream.width() != file.columns() || stream.height() != file.rows() || stream.components() != file.samples()
                || stream.precision() > file.bitsAllocated())
            throw new FormatException("its header says " + file.columns() + " × " + file.rows() + " pixels of " + file.samples() + " × "
                    + file.bitsAllocated() + " bits, and its compressed pixels are " + stream.width() + " × " + stream.height() + " of "
                    + stream.components() + " × " + stream.precision());
        long most = switch (stream.kind()) {
            case LOSSLESS -> (long) LOSSLESS_PER_BYTE * frame.length;
            case JPEG_2000 -> Math.max(WAVELET_FREE, (long) WAVELET_PER_BYTE * frame.length);
            default -> (long) PLATFORM_PER_BYTE * frame.length;
        };
        if (pixels > most)
            throw new FormatException(
                    "it claims " + (stream.left() + stream.width()) + " × " + (stream.top() + stream.height()) + " pixels, more than " + frame.length
                            + " bytes of data can hold");
        return planes(raster(stream, syntax), stream);
    }

    /// The decoder of JPEG 2000 gives the whole canvas, with the pixels at its right and lower edge.
    private static int[] planes(Raster raster, Codestream stream) {
        int w = stream.width(), h = stream.height(), n = w * h, left = stream.left(), top = stream.top();
        if (raster.getWidth() != left + w || raster.getHeight() != top + h || raster.getNumBands() != stream.components())
            throw new FormatException("its compressed pixels are damaged: of another size when they are decoded");
        int[] planes = new int[stream.components() * n], row = new int[w];
        for (int c = 0; c < stream.components(); c++) {
            for (int y = 0; y < h; y++) {
                raster.getSamples(raster.getMinX() + left, raster.getMinY() + top + y, w, 1, c, row);
                System.arraycopy(row, 0, planes, c * n + y * w, w);
            }
        }
        return planes;
    }

    private static Raster raster(Codestream stream, String syntax) {
        ImageReader reader = switch (stream.kind()) {
            case LOSSLESS -> foreign("jpeg", "lossless JPEG", "TwelveMonkeys' imageio-jpeg", syntax);
            case JPEG_2000 -> foreign("jpeg2000", "JPEG 2000", "jai-imageio-jpeg2000", syntax);
            default -> platform();
        };
        boolean[] warned = new boolean[1];
        try (var _ = Silence.around(reader);
                var in = stream.kind() == Codestream.Kind.JPEG_2000
                        ? new Ending(stream.data())
                        : new MemoryCacheImageInputStream(new ByteArrayInputStream(stream.data()))) {
            reader.addIIOReadWarningListener((_, _) -> warned[0] = true);
            reader.setInput(in, true, true);
            Raster raster = reader.readRaster(0, null);
            if (!warned[0]) return raster;
            throw new FormatException("its compressed pixels are damaged or incomplete");
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw e instanceof FormatException wrong ? wrong : damaged(e);
        } catch (Error e) {
            if (isOfTheMachine(e)) throw e;
            throw damaged(e);                                           // ThreadDeath, which a decoder of JPEG 2000 throws
        } finally {
            reader.dispose();
        }
    }

    /// A stream that throws when it is read beyond its end: the decoder of JPEG 2000 would take the missing bits for ones, and count them forever. It
    /// would only print an [IOException], so this is an exception of another kind.
    private static final class Ending extends MemoryCacheImageInputStream {
        private final int length;

        Ending(byte[] data) {
            super(new ByteArrayInputStream(data));
            length = data.length;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public int read() throws IOException {
            return checked(super.read());
        }

        @Override
        public int read(byte[] to, int from, int count) throws IOException {
            return checked(super.read(to, from, count));
        }

        @Override
        public void readFully(byte[] to, int from, int count) throws IOException {
            try {
                super.readFully(to, from, count);
            } catch (EOFException e) {
                throw damaged(e);
            }
        }

        private static int checked(int read) {
            if (read < 0) throw new FormatException("its compressed pixels are damaged or incomplete");
            return read;
        }
    }

    private static boolean isOfTheMachine(Error e) {
        return e instanceof AssertionError || e instanceof LinkageError || e instanceof VirtualMachineError;
    }

    private static FormatException damaged(Throwable cause) {
        return new FormatException("its compressed pixels are damaged or incomplete", cause);
    }

    private static ImageReader platform() {
        ImageReader reader = reader("jpeg", true);
        if (reader == null) throw new IllegalStateException("every Java platform with java.desktop reads JPEG");
        return reader;
    }

    private static ImageReader foreign(String format, String name, String library, String syntax) {
        ImageReader reader = reader(format, false);
        if (reader != null) return reader;
        throw new FormatException(name + " (" + syntax + ") is not read without " + library
                + " on the class path: add it, or decompress the file first, say with gdcmconv --raw");
    }

    private static @Nullable ImageReader reader(String format, boolean platform) {
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format); readers.hasNext();) {
            ImageReader reader = readers.next();
            if (platform == (reader.getClass().getModule() == ImageIO.class.getModule())) return reader;
            reader.dispose();
        }
        return null;
    }
}
