package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Locale;

/// A compressed picture whose header is read before any decoder sees it: the frame header of JPEG (ITU-T T.81, annex B), or the SIZ of
/// JPEG 2000 (T.800, annex A).
///
/// @param kind how it is compressed
/// @param width its columns
/// @param height its rows
/// @param components its samples per pixel
/// @param precision their bits
/// @param left the columns before the first, where JPEG 2000 has pixels on a larger canvas (XOsiz)
/// @param top the rows above the first (YOsiz)
/// @param data the parts that a decoder needs, without thumbnail, colour profile and comments
@SuppressWarnings("ArrayRecordComponent")
record Codestream(Kind kind, int width, int height, int components, int precision, int left, int top, byte[] data) {
    private static final int START = 0xD8, END = 0xD9, SCAN = 0xDA, HUFFMAN = 0xC4, QUANTIZATION = 0xDB, RESTART_INTERVAL = 0xDD;
    private static final int START_2000 = 0xFF4F, SIZE_2000 = 0xFF51, TILE = 0xFF90, DATA = 0xFF93, PACKED_HEADERS = 0xFF60,
            PACKED_TILE_HEADERS = 0xFF61, MAX_TILES = 4096, MAX_SCANS = 100;

    /// The kinds of compression.
    enum Kind {
        BASELINE, EXTENDED, LOSSLESS, LS, JPEG_2000
    }

    /// Reads the header of a frame.
    ///
    /// @throws FormatException if they are damaged or none of these, in words that follow the name of the file
    static Codestream of(byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        if (b.remaining() >= 4 && b.getChar(0) == START_2000 && b.getChar(2) == SIZE_2000) return jpeg2000(b);
        if (b.remaining() >= 4 && b.getChar(0) == (0xFF00 | START)) return jpeg(b);
        throw new FormatException("its compressed pixels are neither JPEG nor JPEG 2000");
    }

    private static Codestream jpeg2000(ByteBuffer b) {
        if (b.remaining() < 42) throw early();
        long right = unsigned(b, 8), bottom = unsigned(b, 12), left = unsigned(b, 16), top = unsigned(b, 20);
        long width = right - left, height = bottom - top;
        int components = b.getChar(40);
        if (b.remaining() < 42 + 3 * components || components == 0) throw early();
        int precision = 0;
        for (int c = 0; c < components; c++) {
            if (b.get(43 + 3 * c) != 1 || b.get(44 + 3 * c) != 1)
                throw new FormatException("its JPEG 2000 data have components of different sizes");
            precision = Math.max(precision, (b.get(42 + 3 * c) & 0x7F) + 1);
        }
        long tileWidth = unsigned(b, 24), tileHeight = unsigned(b, 28);
        if (width < 1 || height < 1 || right > 1 << 16 || bottom > 1 << 16 || tileWidth < 1 || tileHeight < 1) throw damaged("JPEG 2000");
        if (Math.ceilDiv(width, tileWidth) * Math.ceilDiv(height, tileHeight) > MAX_TILES)
            throw new FormatException("its JPEG 2000 data are in more than " + MAX_TILES + " tiles");
        int end = b.limit();
        while (end > 2 && b.get(end - 1) == 0) end--;                    // padding to an even length
        if (b.getChar(end - 2) != (0xFF00 | END)) throw early();
        checkTiles(b, end - 2);
        return new Codestream(Kind.JPEG_2000, (int) width, (int) height, components, precision, (int) left, (int) top, some(b, 0, end));
    }

    /// Looks for what would make the decoder run forever: two consecutive bytes of ones in packets, which the standard does not allow (T.800, annex
    /// B.10.1), and packet headers that are stored apart from the packets, which the decoder reads beyond their end.
    private static void checkTiles(ByteBuffer b, int end) {
        for (int at = 2, tile = -1; at < end;) {
            int marker = at + 4 <= end ? b.getChar(at) : 0;
            if (marker == PACKED_HEADERS || marker == PACKED_TILE_HEADERS)
                throw new FormatException("its JPEG 2000 data keep the headers of packets in one place, a rare way that is not read");
            if (marker == TILE) tile = at;
            if (marker != DATA) {
                if (marker >>> 8 != 0xFF) throw damaged("JPEG 2000");
                at += 2 + b.getChar(at + 2);
                continue;
            }
            if (tile < 0 || tile + 12 > end) throw damaged("JPEG 2000");
            long length = unsigned(b, tile + 6), last = length == 0 ? end : Math.min(end, tile + length);
            boolean ones = false;
            for (at += 2; at < last; at++) {
                if (ones && b.get(at) == -1) throw damaged("JPEG 2000");
                ones = b.get(at) == -1;
            }
            if (ones) throw damaged("JPEG 2000");                       // the next byte is the first of a mark, all ones, too
        }
    }

    private static byte[] some(ByteBuffer b, int at, int length) {
        byte[] bytes = new byte[length];
        b.get(at, bytes);
        return bytes;
    }

    private static long unsigned(ByteBuffer b, int at) {
        return Integer.toUnsignedLong(b.getInt(at));
    }

    private static Codestream jpeg(ByteBuffer b) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(b.remaining());
        kept.writeBytes(some(b, 0, 2));
        Codestream frame = null;
        int scans = 0;
        boolean restarts = false;
        b.position(2);
        for (int marker = marker(b); marker != END; marker = marker(b)) {
            int at = b.position() - 2, length = b.remaining() < 2 ? 0 : b.getChar(b.position());
            if (length < 2 || length > b.remaining()) throw early();
            b.position(at + 2 + length);
            boolean isFrame = (marker >= 0xC0 && marker <= 0xCF && marker != HUFFMAN && marker != 0xC8 && marker != 0xCC) || marker == 0xF7;
            if (isFrame && frame != null) throw damaged("JPEG");
            if (isFrame) frame = frame(marker, b.slice(at + 4, length - 2));
            if (marker == RESTART_INTERVAL && length == 4) restarts = b.getChar(at + 4) != 0;
            if (marker == SCAN) {
                if (frame == null || ++scans > MAX_SCANS) throw damaged("JPEG");
                if (frame.kind == Kind.LS) break;                       // its data have other markers; it is refused anyway
                while (b.remaining() >= 2 && !(b.get(b.position()) == -1 && ends(b.get(b.position() + 1) & 0xFF))) b.get();
            }
            if (isFrame || marker == SCAN || marker == HUFFMAN || marker == QUANTIZATION || marker == RESTART_INTERVAL) {
                kept.writeBytes(some(b, at, 2 + length));
                withoutFill(b, at + 2 + length, b.position(), kept);
            }
        }
        if (frame == null || scans == 0) throw damaged("JPEG");
        if (frame.kind == Kind.LOSSLESS && restarts)                     // before a restart the decoder loses the same pixel, see withoutFill
            throw new FormatException(
                    "its lossless JPEG restarts within a frame, a rare way that is not read: decompress it first, say with dcmdjpeg");
        kept.write(0xFF);
        kept.write(END);
        return new Codestream(frame.kind, frame.width, frame.height, frame.components, frame.precision, 0, 0, kept.toByteArray());
    }

    /// Copies the data of a scan without fill bytes, which are ones before a mark (T.81, B.1.1.2). DCMTK writes one to make the length even;
    /// TwelveMonkeys' imageio-jpeg 3.14.0 then loses the last pixel of lossless JPEG, if it equals its prediction and its code ends with a byte.
    private static void withoutFill(ByteBuffer b, int from, int end, ByteArrayOutputStream to) {
        for (int i = from; i < end; i++) if (b.get(i) != -1 || (i + 1 < end && b.get(i + 1) != -1)) to.write(b.get(i));
    }

    private static int marker(ByteBuffer b) {
        while (b.remaining() >= 2) {
            int marker = b.get() == -1 ? b.get(b.position()) & 0xFF : 0;
            if (marker == 0 || marker == 0xFF) continue;
            b.get();
            if (marker == START) throw damaged("JPEG");
            if (marker != 1 && (marker < 0xD0 || marker > 0xD7)) return marker;
        }
        throw early();
    }

    private static boolean ends(int marker) {
        return marker != 0 && marker != 0xFF && (marker < 0xD0 || marker > 0xD7);
    }

    private static Codestream frame(int marker, ByteBuffer b) {
        if (b.remaining() < 6) throw damaged("JPEG");
        int precision = b.get(0) & 0xFF;
        Kind kind = switch (marker) {
            case 0xC3 -> Kind.LOSSLESS;
            case 0xF7 -> Kind.LS;
            case 0xC0, 0xC1, 0xC2 -> precision == 8 ? Kind.BASELINE : Kind.EXTENDED;
            default -> throw new FormatException("it is a rare kind of JPEG (mark FF" + Integer.toHexString(marker).toUpperCase(Locale.ROOT)
                    + "), which is not read");
        };
        return new Codestream(kind, b.getChar(3), b.getChar(1), b.get(5) & 0xFF, precision, 0, 0, new byte[0]);
    }

    private static FormatException early() {
        return new FormatException("its compressed pixels end too early");
    }

    private static FormatException damaged(String kind) {
        return new FormatException("its " + kind + " data are damaged");
    }
}
