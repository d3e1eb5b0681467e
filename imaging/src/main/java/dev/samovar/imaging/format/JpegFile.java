package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The segments of a JPEG file, checked before the platform's reader sees them. Layout and meaning: ITU-T T.81, annex B; JFIF 1.02; Exif 2.3; Adobe Technical
/// Note 5116.
///
/// Only frame, tables and scans are handed on, from memory: no thumbnail, no colour profile. What the frame claims must fit into the scans: a block of 64
/// pixels takes a bit or more, so that a small file cannot ask for a large picture. The reader is only asked for the numbers; what they mean is decided as
/// libjpeg does ([JpegColours]).
final class JpegFile {
    private static final int START = 0xD8, END = 0xD9, SCAN = 0xDA, APP0 = 0xE0, APP1 = 0xE1, APP14 = 0xEE;
    private static final int QUANTIZATION = 0xDB, HUFFMAN = 0xC4, RESTART_INTERVAL = 0xDD, PROGRESSIVE = 0xC2, LOSSLESS = 0xC3;
    private static final int PIXELS_PER_BYTE = 64 * 8;
    private static final int MAX_SCANS = 100;

    /// The largest number of pixels times scans: some seconds of work, because each scan is drawn.
    static final long MAX_WORK = 1L << 29;

    private final List<ByteBuffer> essential = new ArrayList<>();
    private int width, height, components, scans, adobe = -1;
    private int[] sampling = new int[0];
    private String names = "";
    private boolean jfif;
    private long data;
    private int orientation = Exif.UPRIGHT;

    private JpegFile() {}

    /// Whether these first bytes are those of a JPEG file.
    static boolean is(ByteBuffer start) {
        return start.remaining() >= 3 && start.get(0) == (byte) 0xFF && start.get(1) == (byte) START && start.get(2) == (byte) 0xFF;
    }

    /// Checks the segments of a file and decodes its pixels, upright: grey, or red, green and blue.
    ///
    /// @throws FormatException if it is damaged or of a rare kind, in words that follow the name of the file
    static StoredPicture read(ByteBuffer bytes) {
        JpegFile file = new JpegFile();
        file.parse(bytes.duplicate().order(ByteOrder.BIG_ENDIAN));
        byte[] planes = file.decode();
        int n = file.width * file.height, channels = planes.length / n == 1 ? 1 : 3;
        JpegColours.toRgb(planes, n, file.colours());
        return new StoredPicture(channels == 1 ? StoredPicture.Kind.GREY : StoredPicture.Kind.COLOUR, file.height, file.width, 8, false,
                Samples.of(channels * n == planes.length ? planes : Arrays.copyOf(planes, channels * n))).upright(file.orientation);
    }

    /// A picture within another file: its numbers, plane after plane, without a change of colours.
    ///
    /// @param bytes of a file that must have this size
    /// @throws FormatException if it has another size, is damaged or of a rare kind, in words that follow the name of the file
    static JpegFile part(ByteBuffer bytes, int height, int width, int components) {
        JpegFile file = new JpegFile();
        file.parse(bytes.duplicate().order(ByteOrder.BIG_ENDIAN));
        if (file.width != width || file.height != height || file.components != components)
            throw new FormatException("it holds a JPEG of " + file.width + " × " + file.height + " pixels in " + file.components
                    + " colours where one of "
                    + width + " × " + height + " in " + components + " must be");
        return file;
    }

    /// The amount of drawing: pixels times scans.
    long work() {
        return pixels() * scans;
    }

    /// How the three or four numbers of a pixel become red, green and blue; libjpeg's rules (jdapimin.c, default_decompress_parms).
    private JpegColours colours() {
        if (components == 1) return JpegColours.NONE;
        if (components == 4) return adobe < 0 || adobe == 0 ? JpegColours.CMYK : JpegColours.YCCK;
        if (jfif) return JpegColours.YCC;
        if (adobe >= 0) return adobe == 0 ? JpegColours.NONE : JpegColours.YCC;
        return names.equals("RGB") ? JpegColours.NONE : JpegColours.YCC;
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
            if (marker == APP0 && content.remaining() >= 12 && starts(content, "JFIF\0")) jfif = true;
            if (marker == APP14 && content.remaining() >= 12 && starts(content, "Adobe")) adobe = content.get(11) & 0xFF;
            if ((marker == QUANTIZATION || marker == HUFFMAN) && length == 2)
                throw new FormatException("its table at byte " + at + " is empty");
            if (isEssential(marker)) essential.add(b.slice(at, b.position() - at));
        }
        essential.add(b.slice(b.position() - 2, 2));
        if (scans == 0) throw new FormatException("it has no picture in it");
        if (pixels() > PIXELS_PER_BYTE * data)
            throw new FormatException("it claims " + width + " × " + height + " pixels, more than its " + data + " bytes of data can hold");
        if (pixels() * scans > MAX_WORK)
            throw new FormatException("it draws its " + width + " × " + height + " pixels " + scans
                    + " times over; save it without passes");
    }

    /// The next segment that has a length. Padding before it, and markers without a length that mean nothing here, are skipped.
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

    private static boolean isEssential(int marker) {
        return marker == QUANTIZATION || marker == HUFFMAN || marker == RESTART_INTERVAL || marker == SCAN || isFrame(marker);
    }

    private static boolean starts(ByteBuffer content, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return content.remaining() >= bytes.length && content.slice(0, bytes.length).equals(ByteBuffer.wrap(bytes));
    }

    private void frame(int marker, ByteBuffer b) {
        if (height > 0) throw new FormatException("it has two frames");
        if (marker > PROGRESSIVE)
            throw new FormatException("it is " + (marker == LOSSLESS ? "a lossless" : "another rare kind of") + " JPEG; save it as PNG");
        if (b.remaining() < 6) throw new FormatException("its frame is cut off");
        int bits = b.get();
        components = b.get(5) & 0xFF;
        height = b.getChar(1);
        width = b.getChar(3);
        if (bits != 8) throw new FormatException("it has " + bits + " bits per colour, and only 8 are read; save it as PNG");
        if (components != 1 && components != 3 && components != 4)
            throw new FormatException("it has " + components
                    + " colours, and only grey, red, green, blue, and a printer's four are read; save it as PNG");
        if (b.limit() < 6 + 3 * components) throw new FormatException("its frame is cut off");
        sampling = new int[components];
        StringBuilder letters = new StringBuilder();
        for (int c = 0; c < components; c++) {
            letters.append((char) (b.get(6 + 3 * c) & 0xFF));
            sampling[c] = b.get(7 + 3 * c) & 0xFF;
        }
        names = letters.toString();
        if (width == 0 || height == 0) throw new FormatException("it has " + width + " × " + height + " pixels");
        if (pixels() > Png.MAX_PIXELS)
            throw new FormatException("it has " + width + " × " + height + " pixels, more than the limit of " + Png.MAX_PIXELS);
    }

    private long pixels() {
        return (long) width * height;
    }

    /// Skips the data after the header of a scan, up to the next marker that is not part of them.
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

    /// The numbers as the reader finds them, plane after plane.
    byte[] decode() {
        ByteBuffer all = ByteBuffer.allocate(essential.stream().mapToInt(ByteBuffer::remaining).sum());
        for (ByteBuffer segment : essential) all.put(segment);
        Raster raster = PlatformReader.read("jpeg", all.array());
        int bands = raster.getNumBands(), most = 0;
        if (bands != components || raster.getWidth() != width || raster.getHeight() != height)
            throw new FormatException("it has " + bands + " colours, not " + components);
        byte[] planes = new byte[bands * width * height];
        int[] row = new int[bands * width];
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int c = 0; c < bands; c++)
                for (int x = 0; x < width; x++) planes[(c * height + y) * width + x] = (byte) row[x * bands + c];
        }
        for (int s : sampling) most = Math.max(most, s & 15);
        int wide = Arrays.stream(sampling).max().orElse(0) >> 4;
        for (int c = 0; c < bands; c++)
            if (sampling[c] >> 4 == wide && 2 * (sampling[c] & 15) == most)
                JpegColours.smoothDown(planes, c * width * height, height, width);
        return planes;
    }
}
