package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The chunks of a PNG file, checked before the platform's reader sees them. Layout and meaning: PNG specification, third edition, W3C 2025.
///
/// Only header, palette, data and end are handed on, from memory: no text, no colour profile, no transparency. Of a camera's notes (`eXIf`) only the orientation counts. What the header claims must
/// fit into what deflate can make of the data that is there, a factor of 1032 at most, so that a small file cannot ask for a large picture.
final class PngFile {
    static final long SIGNATURE = 0x89504E470D0A1A0AL;
    static final int IHDR = 0x49484452, PLTE = 0x504C5445, IDAT = 0x49444154, IEND = 0x49454E44;
    private static final int EXIF = 0x65584966;

    /// The most bytes that deflate makes of one: 258 bytes from two bits.
    static final int INFLATION = 1032;

    static final int MAX_SIDE = Short.MAX_VALUE, MAX_BYTES = 1 << 30;
    private static final int ANCILLARY = 0x20000000;                    // the bit that makes a chunk's first letter small
    private static final int[][] ADAM7 = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

    /// The meaning of a pixel's numbers: the code in the header, how many numbers there are, and the sum of the bit depths that are allowed.
    enum Colour {
        GREY(0, 1, 1 + 2 + 4 + 8 + 16), RGB(2, 3, 8 + 16), PALETTE(3, 1, 1 + 2 + 4 + 8), GREY_ALPHA(4, 2, 8 + 16), RGBA(6, 4, 8 + 16);

        final int code, bands;
        private final int depths;

        Colour(int code, int bands, int depths) {
            this.code = code;
            this.bands = bands;
            this.depths = depths;
        }

        boolean has(int depth) {
            return Integer.bitCount(depth) == 1 && (depths & depth) != 0;
        }
    }

    final int width, height, depth;
    final Colour colour;
    private final boolean interlaced;
    private final List<ByteBuffer> essential = new ArrayList<>();
    private byte @Nullable [] palette;
    private long data;
    private int orientation = Exif.UPRIGHT;

    private PngFile(ByteBuffer header) {
        width = header.getInt();
        height = header.getInt();
        depth = header.get();
        colour = colour(header.get(), depth);
        int compression = header.get(), filter = header.get(), interlace = header.get();
        if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
            throw new FormatException("it has " + size() + " pixels, and a side is from 1 to " + MAX_SIDE);
        if (width * height > Png.MAX_PIXELS)
            throw new FormatException("it has " + size() + " pixels, more than the limit of " + Png.MAX_PIXELS);
        if (compression != 0 || filter != 0 || interlace < 0 || interlace > 1)
            throw new FormatException("its compression, filter and interlace methods are " + compression + ", " + filter + " and "
                    + interlace + ", which PNG does not know");
        interlaced = interlace == 1;
    }

    private static Colour colour(int code, int depth) {
        for (Colour colour : Colour.values()) if (colour.code == code && colour.has(depth)) return colour;
        throw new FormatException("its colour type " + code + " with " + depth + " bits is none of PNG's");
    }

    /// Checks the chunks of a file and decodes its pixels, upright.
    ///
    /// @param leastBits how many bits the data must be able to hold for each pixel, even if fewer are stored
    /// @throws FormatException if it is not a PNG, or a damaged one, in words that follow the name of the file
    static StoredPicture read(ByteBuffer bytes, int leastBits) {
        PngFile file = parse(bytes.duplicate().order(ByteOrder.BIG_ENDIAN));
        file.check(leastBits);
        return file.picture(file.decode()).upright(file.orientation);
    }

    private StoredPicture picture(Raster raster) {
        int bands = colour.bands, channels = bands < 3 ? 1 : 3;
        Samples samples = Samples.whole(depth, channels * width * height);
        int[] row = new int[bands * width], colours = new int[palette == null ? 0 : palette.length / 3];
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int c = 0; c < channels; c++)
                for (int x = 0; x < width; x++) samples.set((c * height + y) * width + x, row[x * bands + c]);
        }
        byte[] rgb = palette;
        for (int i = 0; rgb != null && i < colours.length; i++)
            colours[i] = (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | (rgb[3 * i + 2] & 0xFF);
        StoredPicture.Kind kind = colour == Colour.PALETTE
                ? StoredPicture.Kind.PALETTE
                : channels == 3 ? StoredPicture.Kind.COLOUR : StoredPicture.Kind.GREY;
        return new StoredPicture(kind, height, width, depth, false, samples, colour == Colour.PALETTE ? colours : new int[0]);
    }

    /// Whether these first bytes are those of a PNG file.
    static boolean is(ByteBuffer start) {
        return start.remaining() >= Long.BYTES && start.duplicate().order(ByteOrder.BIG_ENDIAN).getLong(0) == SIGNATURE;
    }

    private static PngFile parse(ByteBuffer b) {
        if (b.remaining() < 8 || b.getLong() != SIGNATURE) throw new FormatException("it is not PNG: it does not start as one");
        ByteBuffer start = b.slice(0, 8), header = chunk(b);
        if (header.getInt(4) != IHDR || header.getInt(0) != 13) throw new FormatException("its first chunk is not a header of 13 bytes");
        PngFile file = new PngFile(header.slice(8, 13));
        file.essential.add(start);
        file.essential.add(header);
        while (!file.add(chunk(b))) {}
        return file;
    }

    /// The next chunk, whole: length, type, content, checksum.
    private static ByteBuffer chunk(ByteBuffer b) {
        if (b.remaining() < 12) throw new FormatException("it ends too early, a part is missing");
        int at = b.position(), length = b.getInt(at);
        String name = StandardCharsets.ISO_8859_1.decode(b.slice(at + 4, 4)).toString();
        if (length < 0 || length > b.remaining() - 12)
            throw new FormatException("it ends too early, in its chunk " + FormatException.shown(name) + " at byte " + at);
        CRC32 crc = new CRC32();
        crc.update(b.slice(at + 4, length + 4));
        if ((int) crc.getValue() != b.getInt(at + 8 + length))
            throw new FormatException("it is damaged: the checksum of its chunk " + FormatException.shown(name) + " at byte " + at
                    + " is wrong");
        b.position(at + length + 12);
        return b.slice(at, length + 12);
    }

    /// Keeps a chunk if it is needed. Returns whether it was the last.
    private boolean add(ByteBuffer chunk) {
        int length = chunk.getInt(0), type = chunk.getInt(4);
        switch (type) {
            case IDAT -> data += length;
            case PLTE -> {
                if (palette != null || data > 0 || length == 0 || length % 3 != 0 || length > 3 << 8)
                    throw new FormatException("it has a palette of " + length + " bytes that is too long, too late, or one too many");
                palette = new byte[length];
                chunk.get(8, palette);
                if (colour != Colour.PALETTE) return false;             // a mere suggestion
            }
            case EXIF -> {
                if (orientation == Exif.UPRIGHT) orientation = Exif.orientation(chunk.slice(8, length));
                return false;
            }
            case IEND -> {}
            case IHDR -> throw new FormatException("it has two headers");
            default -> {
                if ((type & ANCILLARY) != 0) return false;
                throw new FormatException("it has a chunk of an unknown kind without which it cannot be read; save it anew as a plain PNG");
            }
        }
        essential.add(chunk);
        return type == IEND;
    }

    private void check(int leastBits) {
        if (colour == Colour.PALETTE && palette == null) throw new FormatException("it has no palette, and needs one");
        if (Math.max(scanlines(), (long) width * height * leastBits / 8) > INFLATION * data)
            throw new FormatException("it claims " + size() + " pixels, more than its " + data + " bytes of data can hold");
    }

    /// The number of bytes that the data inflate to: each row of each pass has a byte for its filter in front, and ends with a whole byte.
    private long scanlines() {
        if (!interlaced) return scanlines(width, height);
        long bytes = 0;
        for (int[] pass : ADAM7) bytes += scanlines((width - pass[0] + pass[2] - 1) / pass[2], (height - pass[1] + pass[3] - 1) / pass[3]);
        return bytes;
    }

    private long scanlines(int columns, int rows) {
        return columns == 0 ? 0 : rows * (1 + ((long) columns * colour.bands * depth + 7) / 8);
    }

    private Raster decode() {
        byte[] bytes = new byte[essential.stream().mapToInt(ByteBuffer::remaining).sum()];
        ByteBuffer all = ByteBuffer.wrap(bytes);
        for (ByteBuffer chunk : essential) all.put(chunk);
        Raster raster = PlatformReader.read("png", bytes);
        if (raster.getNumBands() == colour.bands && raster.getWidth() == width && raster.getHeight() == height) return raster;
        throw new FormatException("it has " + raster.getNumBands() + " numbers per pixel, not " + colour.bands);
    }

    private String size() {
        return (width & 0xFFFF_FFFFL) + " × " + (height & 0xFFFF_FFFFL);
    }
}
