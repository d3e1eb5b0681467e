package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The segments of a JPEG file, checked before the platform's reader sees them. Layout and meaning: ITU-T T.81, annex B; JFIF 1.02; Exif 2.3.
///
/// Only frame, tables, scans and the two marks that tell the colours (JFIF's, Adobe's) are handed on, from memory: no thumbnail, no colour profile. What the
/// frame claims must fit into the scans: a block of 64 pixels takes a bit or more, so that a small file cannot ask for a large picture.
final class JpegFile {
    private static final int START = 0xD8, END = 0xD9, SCAN = 0xDA, APP0 = 0xE0, APP1 = 0xE1, APP14 = 0xEE;
    private static final int QUANTIZATION = 0xDB, HUFFMAN = 0xC4, RESTART_INTERVAL = 0xDD, PROGRESSIVE = 0xC2;
    private static final int PIXELS_PER_BYTE = 64 * 8;
    private static final int MAX_SCANS = 100;
    private static final long MAX_WORK = 1L << 29;                      // pixels times scans: some seconds, for each scan is drawn

    private final List<ByteBuffer> essential = new ArrayList<>();
    private int width, height, scans;
    private long data;
    private int orientation = Exif.UPRIGHT;

    private JpegFile() {}

    /// A file's pixels, one number each if it is grey, red, green and blue otherwise, and which way it was held when it was taken.
    record Pixels(Raster raster, int orientation) {}

    /// Whether a file that starts so is one.
    static boolean is(ByteBuffer start) {
        return start.remaining() >= 3 && start.get(0) == (byte) 0xFF && start.get(1) == (byte) START && start.get(2) == (byte) 0xFF;
    }

    /// Checks the segments of a file and decodes its pixels.
    ///
    /// @throws FormatException if it is damaged or of a rare kind, in words that follow the name of the file
    static Pixels read(ByteBuffer bytes) {
        JpegFile file = new JpegFile();
        file.parse(bytes.duplicate().order(ByteOrder.BIG_ENDIAN));
        return new Pixels(file.decode(), file.orientation);
    }

    private void parse(ByteBuffer b) {
        essential.add(b.slice(0, 2));
        b.position(2);
        for (int marker = marker(b); marker != END; marker = marker(b)) {
            int at = b.position() - 2, length = b.remaining() < 2 ? 0 : b.getChar(b.position());
            if (length < 2 || length > b.remaining()) throw new FormatException("it ends too early, in its segment at byte " + at);
            ByteBuffer content = b.slice(at + 4, length - 2);
            b.position(at + 2 + length);
            if (isFrame(marker)) frame(marker, content);
            if (marker == SCAN) scan(b);
            if (marker == APP1 && starts(content, "Exif\0\0") && orientation == Exif.UPRIGHT)
                orientation = Exif.orientation(content.slice(6, content.remaining() - 6));
            if ((marker == QUANTIZATION || marker == HUFFMAN) && length == 2)
                throw new FormatException("its table at byte " + at + " is empty");
            if (isEssential(marker, content)) essential.add(b.slice(at, b.position() - at));
        }
        essential.add(b.slice(b.position() - 2, 2));
        if (scans == 0) throw new FormatException("it has no picture in it");
        if (pixels() > PIXELS_PER_BYTE * data)
            throw new FormatException("it claims " + width + " × " + height + " pixels, more than its " + data + " bytes of data can hold");
        if (pixels() * scans > MAX_WORK)
            throw new FormatException("it draws its " + width + " × " + height + " pixels " + scans
                    + " times over; save it without passes");
    }

    /// The next one that has a length; padding before it, and what stands alone and means nothing here, is passed over.
    private static int marker(ByteBuffer b) {
        while (b.remaining() >= 2) {
            int marker = b.get() == -1 ? b.get(b.position()) & 0xFF : 0;
            if (marker == 0 || marker == 0xFF) continue;
            b.position(b.position() + 1);
            if (marker == START) throw new FormatException("it has two pictures in it; save one of them alone");
            if (marker != 1 && (marker < 0xD0 || marker > 0xD7)) return marker;
        }
        throw new FormatException("it ends too early, a part is missing");
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != HUFFMAN && marker != 0xC8 && marker != 0xCC;
    }

    private static boolean isEssential(int marker, ByteBuffer content) {
        return switch (marker) {
            case QUANTIZATION, HUFFMAN, RESTART_INTERVAL, SCAN -> true;
            case APP0 -> starts(content, "JFIF\0");
            case APP14 -> starts(content, "Adobe");
            default -> isFrame(marker);
        };
    }

    private static boolean starts(ByteBuffer content, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return content.remaining() >= bytes.length && content.slice(0, bytes.length).equals(ByteBuffer.wrap(bytes));
    }

    private void frame(int marker, ByteBuffer b) {
        if (height > 0) throw new FormatException("it has two frames");
        if (marker > PROGRESSIVE) throw new FormatException("it is a lossless or another rare kind of JPEG; save it as PNG");
        if (b.remaining() < 6) throw new FormatException("its frame is cut off");
        int bits = b.get(), components = b.get(5);
        height = b.getChar(1);
        width = b.getChar(3);
        if (bits != 8) throw new FormatException("it has " + bits + " bits per colour, and only 8 are read; save it as PNG");
        if (components == 4) throw new FormatException("it has the four colours of a printer (CMYK); save it as PNG");
        if (components != 1 && components != 3)
            throw new FormatException("it has " + components + " colours, and only grey and red, green, blue are read; save it as PNG");
        if (width == 0 || height == 0) throw new FormatException("it has " + width + " × " + height + " pixels");
        if (pixels() > Png.MAX_PIXELS)
            throw new FormatException("it has " + width + " × " + height + " pixels, more than the limit of " + Png.MAX_PIXELS);
    }

    private long pixels() {
        return (long) width * height;
    }

    /// Passes over the data that follow the header of a scan, to the next marker that is not within them.
    private void scan(ByteBuffer b) {
        if (height == 0) throw new FormatException("it has no frame before its data");
        scans++;
        if (scans > MAX_SCANS) throw new FormatException("it has more than " + MAX_SCANS + " scans; save it without passes");
        int from = b.position(), at = from;
        while (at + 1 < b.limit() && !(b.get(at) == -1 && ends(b.get(at + 1) & 0xFF))) at++;
        data += at - from;
        b.position(at);
    }

    private static boolean ends(int marker) {
        return marker != 0 && marker != 0xFF && (marker < 0xD0 || marker > 0xD7);
    }

    private Raster decode() {
        ByteBuffer all = ByteBuffer.allocate(essential.stream().mapToInt(ByteBuffer::remaining).sum());
        for (ByteBuffer segment : essential) all.put(segment);
        Raster raster = PlatformReader.read("jpeg", all.array());
        int bands = raster.getNumBands();
        if ((bands == 1 || bands == 3) && raster.getWidth() == width && raster.getHeight() == height) return raster;
        throw new FormatException("it has " + bands + " colours, and only grey and red, green, blue are read; save it as PNG");
    }
}
