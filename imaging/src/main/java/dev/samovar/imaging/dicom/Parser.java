package dev.samovar.imaging.dicom;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.samovar.core.io.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Walks over the elements of a data set and keeps those of [Tags], up to the pixels (PS3.5, 7).
///
/// It reads only what the elements claim and the file contains, and skips everything else without using memory.
final class Parser {
    /// The length of what ends with a mark.
    static final long UNDEFINED = 0xFFFFFFFFL;

    private static final Set<String> SHORT = Set.of("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH",
            "SL", "SS", "ST", "TM", "UI", "UL", "US");
    private static final Set<String> LONG = Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");
    private static final int MAX_ELEMENTS = 200_000, MAX_DEPTH = 32, WINDOW = 1 << 12;
    private static final long MAX_HEADER = 64L << 20;

    private final Content content;
    private byte[] window = new byte[0];
    private long windowAt, at;
    private int elements;
    private long kept;

    /// Where the pixels begin, once [#dataSet] has reached them; -1 before that.
    long pixelsAt = -1;

    /// Their type (VR); empty if the file names none.
    String pixelsType = "";

    /// Their length in bytes; [#UNDEFINED] if they are in fragments.
    long pixelsLength;

    /// How numbers and headers are encoded.
    record Encoding(boolean explicit, ByteOrder order) {}

    /// Parses these bytes, from a place on.
    Parser(Content content, long at) {
        this.content = content;
        this.at = at;
    }

    private static final Encoding IMPLICIT = new Encoding(false, LITTLE_ENDIAN), EXPLICIT = new Encoding(true, LITTLE_ENDIAN);

    /// The encoding of a data set with this transfer syntax.
    static Encoding encoding(String syntax) {
        return switch (syntax) {
            case "1.2.840.10008.1.2" -> IMPLICIT;
            case "1.2.840.10008.1.2.2" -> new Encoding(true, BIG_ENDIAN);
            default -> EXPLICIT;
        };
    }

    /// The encoding of a data set without a transfer syntax, guessed from its first element.
    Encoding guess() throws IOException {
        String vr = new String(peek(at + 4, 2), ISO_8859_1);
        return SHORT.contains(vr) || LONG.contains(vr) ? EXPLICIT : IMPLICIT;
    }

    /// Where the next element begins.
    long at() {
        return at;
    }

    /// Reads the elements of group 0002, which are the same in all files, and stops before another group begins.
    DataSet meta() throws IOException {
        DataSet set = new DataSet(LITTLE_ENDIAN);
        while (content.size() - at >= 8 && ByteBuffer.wrap(peek(at, 2)).order(LITTLE_ENDIAN).getShort() == 2)
            element(set, EXPLICIT, content.size(), 0);
        return set;
    }

    /// Reads the elements up to the pixels, or to the end.
    DataSet dataSet(Encoding encoding) throws IOException {
        DataSet set = new DataSet(encoding.order);
        long start = at;
        while (content.size() - at >= 8) {
            if (at - start > MAX_HEADER) throw new FormatException("its header is longer than 64 MiB");
            if (!element(set, encoding, content.size(), 0)) break;
        }
        return set;
    }

    /// Reads one element. False if it was the pixels or the end of an item: then nothing follows.
    private boolean element(DataSet set, Encoding encoding, long end, int depth) throws IOException {
        int tag = tag(encoding.order);
        if (tag == Tags.ITEM_END || tag == Tags.SEQUENCE_END) {
            at += 4;
            return false;
        }
        String vr = encoding.explicit && tag >>> 16 != 0xFFFE ? new String(take(2), ISO_8859_1) : "";
        long length = vr.isEmpty()
                ? number(encoding.order, 4)
                : SHORT.contains(vr)
                        ? number(encoding.order, 2)
                        : longLength(tag, vr, encoding);
        if (depth == 0 && (tag == Tags.PIXEL_DATA || tag == Tags.FLOAT_PIXEL_DATA || tag == Tags.DOUBLE_PIXEL_DATA)) {
            if (tag != Tags.PIXEL_DATA) throw new FormatException("its pixels are floating-point numbers, which are not read");
            pixelsAt = at;
            pixelsType = vr;
            pixelsLength = length;
            return false;
        }
        if (length != UNDEFINED && length > end - at)
            throw new FormatException("it ends too early, in the element " + Tags.shown(tag));
        boolean known = Tags.SEQUENCES.contains(tag);
        if (length == UNDEFINED || (known && (vr.isEmpty() || vr.equals("UN") || vr.equals("SQ")))) {
            List<DataSet> items = sequence(vr.equals("UN") ? IMPLICIT : encoding, length == UNDEFINED ? end : at + length,
                    length == UNDEFINED, depth + 1);
            if (known) set.put(tag, items);
        } else {
            if (Tags.VALUES.contains(tag)) keep(set, tag, length);
            at += length;
        }
        return true;
    }

    private void keep(DataSet set, int tag, long length) throws IOException {
        count();
        kept += length;
        if (kept > MAX_HEADER) throw new FormatException("its header is longer than 64 MiB");
        set.put(tag, peek(at, (int) length));
    }

    /// Limits what is kept of a file; what is passed over costs no memory.
    private void count() {
        if (++elements > MAX_ELEMENTS) throw new FormatException("it has more than " + MAX_ELEMENTS + " elements");
    }

    private long longLength(int tag, String vr, Encoding encoding) throws IOException {
        if (!LONG.contains(vr)) throw new FormatException("its element " + Tags.shown(tag) + " has no known type (VR)");
        at += 2;
        return number(encoding.order, 4);
    }

    private List<DataSet> sequence(Encoding encoding, long end, boolean marked, int depth) throws IOException {
        if (depth > MAX_DEPTH) throw new FormatException("its sequences are nested more than " + MAX_DEPTH + " deep");
        List<DataSet> items = new ArrayList<>();
        while (marked || at < end) {
            int tag = tag(encoding.order);
            long length = number(encoding.order, 4);
            if (tag == Tags.SEQUENCE_END && marked) return items;
            if (tag != Tags.ITEM) throw new FormatException("a sequence in it holds " + Tags.shown(tag) + " where an item is expected");
            if (length != UNDEFINED && length > end - at) throw new FormatException("it ends too early, in an item of a sequence");
            count();
            DataSet item = new DataSet(encoding.order);
            long itemEnd = length == UNDEFINED ? end : at + length;
            boolean more = true;
            while (more && (length == UNDEFINED || at < itemEnd)) more = element(item, encoding, itemEnd, depth);
            if (length != UNDEFINED && at != itemEnd) throw new FormatException("an item of a sequence in it is longer than it says");
            items.add(item);
        }
        return items;
    }

    private int tag(ByteOrder order) throws IOException {
        ByteBuffer b = ByteBuffer.wrap(take(4)).order(order);
        return b.getChar() << 16 | b.getChar();
    }

    private long number(ByteOrder order, int bytes) throws IOException {
        ByteBuffer b = ByteBuffer.wrap(take(bytes)).order(order);
        return bytes == 2 ? b.getChar() : Integer.toUnsignedLong(b.getInt());
    }

    private byte[] take(int count) throws IOException {
        byte[] bytes = peek(at, count);
        at += count;
        return bytes;
    }

    private byte[] peek(long from, int count) throws IOException {
        if (count > WINDOW) return content.bytes(from, count);
        if (from < windowAt || from + count > windowAt + window.length) {
            if (from > content.size() - count) throw new EOFException();
            window = content.bytes(from, (int) Math.min(WINDOW, content.size() - from));
            windowAt = from;
        }
        int offset = (int) (from - windowAt);
        return Arrays.copyOfRange(window, offset, offset + count);
    }
}
