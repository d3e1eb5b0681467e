package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The directories of a TIFF or BigTIFF file, and which of them are pages. Layout and meaning: TIFF 6.0 (Adobe 1992); the BigTIFF design of libtiff 4.
///
/// This is a reader of our own, because Samovar needs the numbers of the file, which neither the platform nor TwelveMonkeys' reader (3.14.0) gives.
/// The latter cuts floating-point numbers at 1, returns 255 minus the number where white is 0, drops all planes of several grey channels but the
/// first, and refuses Zstandard and whole numbers of 64 bits. One damaged file in seven makes it throw an exception of another kind than its own. It does
/// read faxes, which we do not. Nothing is believed that the file cannot hold: tags must lie within it, strips must not overlap, and their claimed
/// size must fit what their compression can produce.
final class TiffFile {
    private static final int SUBFILE_TYPE = 254, DESCRIPTION = 270, ORIENTATION = 274, X_RESOLUTION = 282, Y_RESOLUTION = 283;
    private static final int REDUCED = 1, MASK = 4;                     // bits of the kind of a page
    private static final int BYTE = 1, ASCII = 2, SHORT = 3, LONG = 4, RATIONAL = 5, IFD = 13, LONG8 = 16, IFD8 = 18;
    private static final int MAX_NUMBERS = 1 << 22;                     // under one tag: the places of that many strips
    private static final int CLASSIC = 42, BIG = 43;

    private final ByteBuffer file;
    private final boolean big;
    private final List<Integer> directories = new ArrayList<>();        // where pages are described
    private final Map<Integer, Integer> tags = new HashMap<>();         // of the current page: where each is described
    private final TiffStack stack;
    private final @Nullable PixelSize size;

    /// Looks for the pages of a file.
    ///
    /// @throws FormatException if it is damaged, in words that follow the name of the file
    TiffFile(ByteBuffer bytes) {
        file = bytes.slice().order(bytes.get(bytes.position()) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        big = file.getChar(2) == BIG;
        findPages();
        describe(directories.getFirst());
        stack = TiffStack.of(text(DESCRIPTION), directories.size(), new TiffPage(this).contiguous());
        size = PixelSize.of(text(DESCRIPTION), fraction(X_RESOLUTION), fraction(Y_RESOLUTION));
    }

    /// Whether these first bytes are those of a TIFF or BigTIFF file.
    static boolean is(ByteBuffer start) {
        if (start.remaining() < 4 || start.get(0) != start.get(1) || (start.get(0) != 'I' && start.get(0) != 'M')) return false;
        int version = start.get(0) == 'I' ? start.get(2) | start.get(3) << 8 : start.get(3) | start.get(2) << 8;
        return version == CLASSIC || version == BIG;
    }

    /// The number of pages, not counting reduced copies and masks.
    int pages() {
        return stack.pages();
    }

    /// Decodes a page, counted from 0, upright; the only one if none is chosen.
    ///
    /// @param leastBits how many bits the data must be able to hold for each pixel, even if fewer are stored
    /// @throws FormatException if it is damaged or of a rare kind, or there is no such page, in words that follow the name of the file
    StoredPicture read(@Nullable Integer page, int leastBits) {
        int n = pages();
        if (page == null && n > 1)
            throw new FormatException("it has " + n + " pages, and none was chosen; choose one from 0 to " + (n - 1));
        if (page != null && (page < 0 || page >= n))
            throw new FormatException("it has no page " + page + "; choose one from 0 to " + (n - 1) + " with --slice");
        List<StoredPicture> channels = new ArrayList<>();
        for (int c = 0; c < stack.channels(); c++) {
            int at = stack.directory(page == null ? 0 : page, c);
            describe(directories.get(stack.virtual() ? 0 : at));
            channels.add(new TiffPage(this).picture(stack.virtual() ? at : 0, leastBits).sized(size).upright(orientation()));
        }
        return StoredPicture.join(channels);
    }

    private int orientation() {
        long orientation = one(ORIENTATION, Exif.UPRIGHT);
        return orientation >= 1 && orientation <= 8 ? (int) orientation : Exif.UPRIGHT;
    }

    private void findPages() {
        if (big && (file.limit() < 16 || file.getChar(4) != 8 || file.getChar(6) != 0))
            throw new FormatException("it ends too early, before the description of a page");
        long used = 0;
        for (long at = file.limit() < 8 ? -1 : big ? file.getLong(8) : unsigned(4); at != 0;) {
            int end = describe(at);
            used += (long) entry() * tags.size();
            if (used > file.limit()) throw new FormatException("its pages overlap");
            if ((one(SUBFILE_TYPE, 0) & (REDUCED | MASK)) == 0) directories.add((int) at);
            at = big ? file.getLong(end) : unsigned(end);
        }
        if (directories.isEmpty()) throw new FormatException("it has no page");
    }

    private int entry() {
        return big ? 20 : 12;
    }

    private long unsigned(int at) {
        return file.getInt(at) & 0xFFFF_FFFFL;
    }

    /// Makes a page the current one, and returns where its description ends.
    private int describe(long at) {
        int head = big ? 8 : 2, next = big ? 8 : 4;
        if (at < 8 || at > file.limit() - head - next) throw new FormatException("it ends too early, before the description of a page");
        long n = big ? file.getLong((int) at) : file.getChar((int) at);
        int first = (int) at + head;
        if (n <= 0 || n > file.limit() / entry() || first + entry() * n + next > file.limit())
            throw new FormatException("it ends too early, in the description of a page");
        tags.clear();
        for (int i = 0; i < n; i++) tags.put((int) file.getChar(first + entry() * i), first + entry() * i);
        if (tags.size() < n) throw new FormatException("it describes a page twice over");
        return first + entry() * (int) n;
    }

    // Tags of the current page ----------------------------------------------------------------------------------------------

    /// All bytes, in the file's order.
    ByteBuffer bytes() {
        return file;
    }

    boolean has(int tag) {
        return tags.containsKey(tag);
    }

    /// The numbers under a tag, without a sign.
    long[] all(int tag) {
        Numbers numbers = numbers(tag);
        if (numbers.count > MAX_NUMBERS) throw new FormatException("its tag " + tag + " has " + numbers.count + " numbers");
        long[] values = new long[(int) numbers.count];
        for (int i = 0; i < values.length; i++) values[i] = number(numbers, i);
        return values;
    }

    /// The first number under a tag.
    long one(int tag, long otherwise) {
        return has(tag) ? number(numbers(tag), 0) : otherwise;
    }

    /// The fraction under a tag; 0 if there is none.
    private double fraction(int tag) {
        Integer entry = tags.get(tag);
        if (entry == null || file.getChar(entry + 2) != RATIONAL) return 0;
        long at = place(entry, 2 * Integer.BYTES);
        return at < 0 || at > file.limit() - 2 * Integer.BYTES ? 0 : (double) unsigned((int) at) / unsigned((int) at + Integer.BYTES);
    }

    /// The bytes under a tag, of any type; empty if there is no such tag, or it is damaged.
    ByteBuffer block(int tag) {
        Integer entry = tags.get(tag);
        if (entry == null) return ByteBuffer.allocate(0);
        long count = count(entry), at = place(entry, count);
        return count < 0 || at < 0 || at > file.limit() || count > file.limit() - at
                ? ByteBuffer.allocate(0)
                : file.slice((int) at, (int) count);
    }

    private String text(int tag) {
        Integer entry = tags.get(tag);
        return entry == null || file.getChar(entry + 2) != ASCII ? "" : StandardCharsets.ISO_8859_1.decode(block(tag)).toString();
    }

    /// Where the numbers under a tag are.
    private record Numbers(int bytes, long count, int at) {}

    private long count(int entry) {
        return big ? file.getLong(entry + 4) : unsigned(entry + 4);
    }

    private long place(int entry, long size) {
        if (big) return size <= Long.BYTES ? entry + 12 : file.getLong(entry + 12);
        return size <= Integer.BYTES ? entry + 8 : unsigned(entry + 8);
    }

    private Numbers numbers(int tag) {
        Integer entry = tags.get(tag);
        if (entry == null) throw new FormatException("its page has no tag " + tag);
        int bytes = switch (file.getChar(entry + 2)) {
            case BYTE -> 1;
            case SHORT -> 2;
            case LONG, IFD -> 4;
            case LONG8, IFD8 -> 8;
            default -> 0;
        };
        long count = count(entry);
        if (bytes == 0 || count <= 0 || count > file.limit()) throw new FormatException("its tag " + tag + " is damaged");
        long at = place(entry, count * bytes);
        if (at < 0 || at > file.limit() || count * bytes > file.limit() - at) throw new FormatException("its tag " + tag + " is damaged");
        return new Numbers(bytes, count, (int) at);
    }

    private long number(Numbers numbers, int i) {
        int at = numbers.at + i * numbers.bytes;
        return switch (numbers.bytes) {
            case 1 -> file.get(at) & 0xFF;
            case 2 -> file.getChar(at);
            case 4 -> unsigned(at);
            default -> file.getLong(at) & Long.MAX_VALUE;
        };
    }
}
