package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// How a strip or tile of a TIFF file is compressed.
///
/// Source: TIFF 6.0 (Adobe 1992), sections 9 (PackBits) and 13 (LZW); Adobe Photoshop TIFF Technical Notes, 2002 (deflate); libtiff's tag list for Zstandard (50000).
enum TiffCodec {
    NONE(1), PACK_BITS(64), LZW(PngFile.INFLATION), DEFLATE(PngFile.INFLATION), ZSTANDARD(1 << 15), JPEG(1 << 9);

    private static final int CLEAR = 256, END = 257, FIRST = 258, CODES = 1 << 12, SHORTEST = 9, LONGEST = 12;

    /// The most bytes that one byte can become. LZW can do more in theory, with megabytes of one colour, and a bit of JPEG can become 64 numbers;
    /// claims beyond this are refused.
    final int inflation;

    TiffCodec(int inflation) {
        this.inflation = inflation;
    }

    /// The compression with this code in the file.
    ///
    /// @throws FormatException if it is none of these
    static TiffCodec of(long code) {
        if (code == 1) return NONE;
        if (code == 5) return LZW;
        if (code == 8 || code == 32946) return DEFLATE;
        if (code == 32773) return PACK_BITS;
        if (code == 50000 || code == 34926) return ZSTANDARD;
        if (code == 7) return JPEG;
        String name = switch ((int) Math.min(code, Integer.MAX_VALUE)) {
            case 2, 3, 4 -> "as a fax";
            case 6 -> "as JPEG of the old kind";
            case 33003, 33004, 33005, 34712 -> "as JPEG 2000";
            case 34887 -> "by LERC";
            case 34925 -> "by LZMA";
            case 34927, 50001 -> "as WebP";
            case 50002 -> "as JPEG XL";
            default -> "in the way " + code;
        };
        throw new FormatException("it is compressed " + name
                + ", which is not read here; save it as PNG, or as TIFF with LZW or without compression");
    }

    /// Whether numbers may have been replaced by their differences before they were compressed. With other codecs a file may name a predictor, but has
    /// numbers all the same, as in libtiff, where each codec knows whether it has one.
    boolean hasPredictor() {
        return this == LZW || this == DEFLATE || this == ZSTANDARD;
    }

    /// The most bytes that these can become.
    long most(ByteBuffer from) {
        long most = (long) inflation * from.remaining();
        return this == ZSTANDARD ? Math.min(most, Zstandard.most(from)) : most;
    }

    /// The first `size` bytes of what was compressed.
    ///
    /// @throws FormatException if there are fewer, or the data are damaged
    byte[] decode(ByteBuffer from, int size) {
        byte[] to = new byte[size];
        boolean whole = switch (this) {
            case NONE -> copy(from, to);
            case PACK_BITS -> unpack(from, to);
            case LZW -> expand(from, to);
            case DEFLATE -> inflate(from, to);
            case ZSTANDARD -> expandZstandard(from, to);
            case JPEG -> throw new IllegalStateException("a JPEG is a picture of its own");
        };
        if (!whole) throw new FormatException("its data are damaged or incomplete");
        return to;
    }

    private static boolean expandZstandard(ByteBuffer from, byte[] to) {
        try {
            return Zstandard.decode(from, to);
        } catch (Zstandard.Damaged | BufferUnderflowException | IndexOutOfBoundsException _) {
            return false;
        }
    }

    private static boolean copy(ByteBuffer from, byte[] to) {
        if (from.remaining() < to.length) return false;
        from.get(to);
        return true;
    }

    private static boolean unpack(ByteBuffer from, byte[] to) {
        for (int at = 0; at < to.length;) {
            if (from.remaining() < 2) return false;
            int n = from.get();
            if (n >= 0) {
                int count = Math.min(n + 1, to.length - at);
                if (from.remaining() < count) return false;
                from.get(to, at, count);
                at += n + 1;
            } else if (n > -128) {
                byte value = from.get();
                for (int end = Math.min(at + 1 - n, to.length); at < end; at++) to[at] = value;
            }
        }
        return true;
    }

    /// The string of a code is already in the output: it is the string of the code before it, and the byte that followed.
    private static boolean expand(ByteBuffer from, byte[] to) {
        int[] starts = new int[CODES], lengths = new int[CODES];
        int next = FIRST, width = SHORTEST, at = 0, before = 0, length = 0, bits = 0;
        long held = 0;
        while (at < to.length) {
            for (; bits < width && from.hasRemaining(); bits += 8) held = held << 8 | (from.get() & 0xFF);
            if (bits < width) return false;
            bits -= width;
            int code = (int) (held >> bits) & (1 << width) - 1;
            if (code == END) return false;
            if (code == CLEAR) {
                next = FIRST;
                width = SHORTEST;
                length = 0;
                continue;
            }
            if (length > 0 && next < CODES) {
                starts[next] = before;
                lengths[next++] = length + 1;
                if (next == (1 << width) - 1 && width < LONGEST) width++;
            }
            if (code >= next) return false;
            before = at;
            length = code < CLEAR ? 1 : lengths[code];
            if (code < CLEAR) to[at++] = (byte) code;
            else for (int i = starts[code], end = Math.min(at + length, to.length); at < end; i++) to[at++] = to[i];
        }
        return true;
    }

    private static boolean inflate(ByteBuffer from, byte[] to) {
        try (Inflater inflater = new Inflater()) {
            byte[] bytes = new byte[from.remaining()];
            from.get(bytes);
            inflater.setInput(bytes);
            int at = 0;
            while (at < to.length) {
                int more = inflater.inflate(to, at, to.length - at);
                if (more == 0) return false;
                at += more;
            }
            return true;
        } catch (DataFormatException _) {
            return false;
        }
    }
}
