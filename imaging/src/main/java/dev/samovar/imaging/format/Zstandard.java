package dev.samovar.imaging.format;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Decodes Zstandard from one buffer into another. Layout and meaning: RFC 8878.
///
/// The output itself is the window: a match may lie anywhere before. Dictionaries are not supported, and checksums are not checked. Damaged data lead
/// to [Damaged] or to an exception of the buffers, never to a write beyond the end of the target.
final class Zstandard {
    private static final int MAGIC = 0xFD2FB528, SKIPPABLE = 0x184D2A50, SKIPPABLE_MASK = 0xFFFFFFF0;
    private static final int LARGEST_BLOCK = 1 << 17;
    private static final int RAW = 0, RLE = 1, COMPRESSED = 2;                      // kinds of blocks, of literals, and of tables; 3 repeats the last one

    private static final int[] LITERAL_BASE = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64,
        128, 256, 512, 1024,
        2048, 4096, 8192, 16384, 32768, 65536};
    private static final int[] LITERAL_BITS = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16};
    private static final int[] MATCH_BASE = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
        28, 29, 30, 31, 32, 33,
        34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539};
    private static final int[] MATCH_BITS = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 1, 1, 2, 2, 3, 3,
        4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    private static final Fse LITERALS = Fse.of(6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1,
            1, 1, -1, -1, -1, -1);
    private static final Fse MATCHES = Fse.of(6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1);
    private static final Fse OFFSETS = Fse.of(5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1);

    private final ByteBuffer from;
    private final byte[] to;
    private int at;
    private byte[] literals = new byte[0];
    private @Nullable Huffman huffman;
    private @Nullable Fse literalLengths, offsets, matchLengths;
    private final int[] recent = {1, 4, 8};

    private Zstandard(ByteBuffer from, byte[] to) {
        this.from = from.slice().order(ByteOrder.LITTLE_ENDIAN);
        this.to = to;
    }

    /// Data that break the rules.
    static final class Damaged extends RuntimeException {
        private static final long serialVersionUID = 1;

        Damaged() {
            super("damaged", null, false, false);
        }
    }

    /// Fills the target with the first bytes of the decompressed data. Returns whether there were enough.
    ///
    /// @throws RuntimeException if the data are damaged: [Damaged], or one of buffers and arrays
    static boolean decode(ByteBuffer from, byte[] to) {
        Zstandard decoder = new Zstandard(from, to);
        while (decoder.at < to.length && decoder.from.remaining() >= Integer.BYTES) decoder.frame();
        return decoder.at >= to.length;
    }

    /// The most bytes that this can become, according to the headers of its blocks: a block becomes at most 128 KiB, however short it is. Nothing is
    /// decompressed.
    static long most(ByteBuffer from) {
        Zstandard walk = new Zstandard(from, new byte[0]);
        long most = 0;
        try {
            while (walk.from.remaining() >= Integer.BYTES) {
                int flags = walk.header();
                for (boolean last = flags < 0; !last;) {
                    int header = walk.blockHeader(), size = header >>> 3, kind = header >> 1 & 3;
                    walk.skip(kind == RLE ? 1 : size);
                    most += kind == RAW ? size : kind == RLE ? Math.min(size, LARGEST_BLOCK) : LARGEST_BLOCK;
                    last = (header & 1) != 0;
                }
                if (flags > 0) walk.skip((flags & 4) != 0 ? Integer.BYTES : 0);
            }
        } catch (Damaged | BufferUnderflowException | IndexOutOfBoundsException _) {
            // The blocks before the damage are counted.
        }
        return most;
    }

    private static void check(boolean right) {
        if (!right) throw new Damaged();
    }

    private void frame() {
        int flags = header();
        if (flags < 0) return;
        huffman = null;
        literalLengths = null;
        offsets = null;
        matchLengths = null;
        recent[0] = 1;
        recent[1] = 4;
        recent[2] = 8;
        for (boolean last = false; !last && at < to.length;) last = block();
        if (at < to.length) skip((flags & 4) != 0 ? Integer.BYTES : 0);
    }

    /// Reads the header of a frame: its flags, or -1 of one that holds nothing and was skipped.
    private int header() {
        int magic = from.getInt();
        if ((magic & SKIPPABLE_MASK) == SKIPPABLE) {
            skip(from.getInt() & 0xFFFF_FFFFL);
            return -1;
        }
        check(magic == MAGIC);
        int flags = from.get() & 0xFF;
        boolean single = (flags & 0x20) != 0;
        check((flags & 0x08) == 0);
        skip(single ? 0 : 1);                                           // the memory for a window, which this decoder does not need
        int dictionary = 0;
        for (int i = 0, n = (1 << (flags & 3)) >> 1; i < n; i++) dictionary |= from.get();
        check(dictionary == 0);
        int size = flags >> 6;
        skip(size == 0 ? single ? 1 : 0 : 1 << size);
        return flags;
    }

    private void skip(long bytes) {
        check(bytes <= from.remaining());
        from.position(from.position() + (int) bytes);
    }

    private boolean block() {
        int header = blockHeader(), size = header >>> 3;
        switch (header >> 1 & 3) {
            case RAW -> {
                int n = Math.min(size, to.length - at);
                from.get(to, at, n);
                at += n;
            }
            case RLE -> {
                int end = Math.min(to.length, at + Math.min(size, LARGEST_BLOCK));
                Arrays.fill(to, at, end, from.get());
                at = end;
            }
            case COMPRESSED -> {
                check(size <= LARGEST_BLOCK && size <= from.remaining());
                ByteBuffer content = from.slice(from.position(), size).order(ByteOrder.LITTLE_ENDIAN);
                skip(size);
                literals(content);
                sequences(content);
            }
            default -> check(false);
        }
        return (header & 1) != 0;
    }

    private int blockHeader() {
        return from.getChar() | (from.get() & 0xFF) << 16;
    }

    // Literals ---------------------------------------------------------------------------------------------------------------

    private void literals(ByteBuffer b) {
        int first = b.get(b.position()) & 0xFF, kind = first & 3, format = first >> 2 & 3;
        if (kind == RAW || kind == RLE) {
            int bytes = (format & 1) == 0 ? 1 : format == 1 ? 2 : 3;
            int size = (int) (little(b, bytes) >> (bytes == 1 ? 3 : 4));
            check(size <= LARGEST_BLOCK);
            literals = new byte[size];
            if (kind == RAW) b.get(literals);
            else Arrays.fill(literals, b.get());
            return;
        }
        int bytes = format < 2 ? 3 : format + 2, bits = format < 2 ? 10 : format == 2 ? 14 : 18;
        long header = little(b, bytes) >> 4;
        int size = (int) (header & (1 << bits) - 1), packed = (int) (header >> bits);
        check(size <= LARGEST_BLOCK && packed <= b.remaining());
        int end = b.position() + packed;
        if (kind == COMPRESSED) huffman = Huffman.read(b);
        Huffman codes = huffman;
        if (codes == null) throw new Damaged();
        literals = new byte[size];
        if (format == 0) {
            codes.decode(b, end - b.position(), literals, 0, size);
        } else {
            int one = b.getChar(), two = b.getChar(), three = b.getChar(), each = (size + 3) / 4;
            check(3 * each <= size);
            codes.decode(b, one, literals, 0, each);
            codes.decode(b, two, literals, each, each);
            codes.decode(b, three, literals, 2 * each, each);
            codes.decode(b, end - b.position(), literals, 3 * each, size - 3 * each);
        }
    }

    private static long little(ByteBuffer b, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) value |= (b.get() & 0xFFL) << (8 * i);
        return value;
    }

    // Sequences --------------------------------------------------------------------------------------------------------------

    private void sequences(ByteBuffer b) {
        int first = b.get() & 0xFF, used = 0;
        int count = first < 128 ? first : first < 255 ? ((first - 128) << 8) + (b.get() & 0xFF) : b.getChar() + 0x7F00;
        if (count > 0) {
            int modes = b.get() & 0xFF;
            check((modes & 3) == 0);
            literalLengths = table(b, modes >> 6, 9, LITERALS, literalLengths, LITERAL_BASE.length);
            offsets = table(b, modes >> 4 & 3, 8, OFFSETS, offsets, 32);
            matchLengths = table(b, modes >> 2 & 3, 9, MATCHES, matchLengths, MATCH_BASE.length);
            Fse ll = literalLengths, of = offsets, ml = matchLengths;
            Bits bits = new Bits(b, b.remaining());
            int l = bits.read(ll.log), o = bits.read(of.log), m = bits.read(ml.log);
            for (int i = 0; i < count && at < to.length; i++) {
                int offsetCode = of.symbols[o], matchCode = ml.symbols[m], literalCode = ll.symbols[l];
                long offset = (1L << offsetCode) + bits.read(offsetCode);
                int match = MATCH_BASE[matchCode] + bits.read(MATCH_BITS[matchCode]);
                int literal = LITERAL_BASE[literalCode] + bits.read(LITERAL_BITS[literalCode]);
                check(bits.left() >= 0 && literal <= literals.length - used);
                copyLiterals(used, literal);
                used += literal;
                repeat(offset(offset, literal == 0), match);
                if (i + 1 < count) {
                    l = ll.next(l, bits);
                    m = ml.next(m, bits);
                    o = of.next(o, bits);
                }
            }
        }
        copyLiterals(used, literals.length - used);
    }

    private static Fse table(ByteBuffer b, int mode, int largest, Fse predefined, @Nullable Fse before, int symbols) {
        Fse table = switch (mode) {
            case RAW -> predefined;
            case RLE -> Fse.single(b.get() & 0xFF);
            case COMPRESSED -> Fse.read(b, largest);
            default -> before;
        };
        if (table == null || table.most >= symbols) throw new Damaged();
        return table;
    }

    private int offset(long value, boolean noLiterals) {
        if (value > 3) {
            check(value - 3 <= at);
            recent[2] = recent[1];
            recent[1] = recent[0];
            recent[0] = (int) (value - 3);
            return recent[0];
        }
        int which = (int) value - (noLiterals ? 0 : 1);
        int offset = which == 3 ? recent[0] - 1 : recent[which];
        if (which > 1) recent[2] = recent[1];
        if (which > 0) recent[1] = recent[0];
        recent[0] = offset;
        return offset;
    }

    private void copyLiterals(int start, int n) {
        int count = Math.min(n, to.length - at);
        System.arraycopy(literals, start, to, at, count);
        at += count;
    }

    private void repeat(int offset, int length) {
        check(offset > 0 && offset <= at);
        for (int end = Math.min(to.length, at + length); at < end; at++) to[at] = to[at - offset];
    }

    // Codes ------------------------------------------------------------------------------------------------------------------

    /// Bits that are read from the end to the start; the highest one set marks the end.
    private static final class Bits {
        private final ByteBuffer bytes;
        private int left;

        /// Takes so many bytes of a buffer.
        Bits(ByteBuffer b, int size) {
            check(size > 0 && size <= b.remaining());
            bytes = b.slice(b.position(), size);
            b.position(b.position() + size);
            int last = bytes.get(size - 1) & 0xFF;
            check(last != 0);
            left = 8 * size - Integer.numberOfLeadingZeros(last) + Integer.SIZE - 9;
        }

        /// The number of bits that are left; below 0 if more were read than there were.
        int left() {
            return left;
        }

        /// The next bits, at most 31; beyond the start they are 0.
        int read(int n) {
            left -= n;
            int from = Math.max(0, left), value = 0, shift = from - left;
            if (shift >= n) return 0;
            for (int i = from >> 3, got = -(from & 7); got < n - shift && i < bytes.limit(); i++, got += 8)
                value |= got < 0 ? (bytes.get(i) & 0xFF) >> -got : (bytes.get(i) & 0xFF) << got;
            return (value & (int) ((1L << (n - shift)) - 1)) << shift;
        }
    }

    /// A table of finite state entropy: for each state a symbol, and how many bits lead to the next state.
    private static final class Fse {
        final int log, most;
        final int[] symbols, bits, bases;

        private Fse(int log, int most) {
            this.log = log;
            this.most = most;
            symbols = new int[1 << log];
            bits = new int[1 << log];
            bases = new int[1 << log];
        }

        static Fse single(int symbol) {
            Fse table = new Fse(0, symbol);
            table.symbols[0] = symbol;
            return table;
        }

        /// Builds a table from normalised frequencies, with -1 for less than one.
        static Fse of(int log, int... frequencies) {
            int size = 1 << log, high = size, mask = size - 1, step = (size >> 1) + (size >> 3) + 3, place = 0;
            Fse table = new Fse(log, frequencies.length - 1);
            int[] next = new int[frequencies.length];
            for (int s = 0; s < frequencies.length; s++) {
                next[s] = Math.abs(frequencies[s]);
                if (frequencies[s] < 0) table.symbols[--high] = s;
            }
            for (int s = 0; s < frequencies.length; s++) for (int i = 0; i < frequencies[s]; i++) {
                table.symbols[place] = s;
                do
                    place = place + step & mask;
                while (place >= high);
            }
            check(place == 0);
            for (int i = 0; i < size; i++) {
                int state = next[table.symbols[i]]++;
                table.bits[i] = log - (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(state));
                table.bases[i] = (state << table.bits[i]) - size;
            }
            return table;
        }

        static Fse read(ByteBuffer b, int largest) {
            int log = (b.get(b.position()) & 15) + 5, bit = 8 * b.position() + 4, remaining = 1 << log, n = 0;
            check(log <= largest);
            int[] frequencies = new int[256];
            while (remaining > 0) {
                check(n < frequencies.length);
                int width = Integer.SIZE - Integer.numberOfLeadingZeros(remaining + 1), value = forward(b, bit, width);
                int low = (1 << (width - 1)) - 1, threshold = (1 << width) - 1 - (remaining + 1);
                bit += width;
                if ((value & low) < threshold) {
                    value &= low;
                    bit--;
                } else if (value > low) value -= threshold;
                frequencies[n++] = value - 1;
                remaining -= Math.abs(value - 1);
                for (int zeros = value == 1 ? 3 : 0; zeros == 3; bit += 2) {
                    zeros = forward(b, bit, 2);
                    n += zeros;
                }
            }
            check(remaining == 0 && n <= frequencies.length);
            b.position((bit + 7) >> 3);
            return of(log, Arrays.copyOf(frequencies, n));
        }

        private static int forward(ByteBuffer b, int bit, int n) {
            int value = 0;
            for (int i = 0; i < n; i++) value |= (b.get((bit + i) >> 3) >> (bit + i & 7) & 1) << i;
            return value;
        }

        int next(int state, Bits from) {
            return bases[state] + from.read(bits[state]);
        }
    }

    /// Codes of literals, of at most 11 bits.
    private static final class Huffman {
        private static final int LONGEST = 11;

        private final int log;
        private final byte[] symbols, lengths;

        private Huffman(int[] weights, int n) {
            int sum = 0;
            for (int i = 0; i < n; i++) sum += weights[i] > 0 ? 1 << (weights[i] - 1) : 0;
            check(sum > 0 && n < 256);
            log = Integer.SIZE - Integer.numberOfLeadingZeros(sum);
            int rest = (1 << log) - sum;
            check(log <= LONGEST && Integer.bitCount(rest) == 1);
            weights[n] = Integer.numberOfTrailingZeros(rest) + 1;
            symbols = new byte[1 << log];
            lengths = new byte[1 << log];
            int at = 0;
            for (int w = 1; w <= log; w++) for (int s = 0; s <= n; s++) {
                if (weights[s] != w) continue;
                Arrays.fill(symbols, at, at + (1 << (w - 1)), (byte) s);
                Arrays.fill(lengths, at, at + (1 << (w - 1)), (byte) (log + 1 - w));
                at += 1 << (w - 1);
            }
        }

        static Huffman read(ByteBuffer b) {
            int header = b.get() & 0xFF, n = 0;
            int[] weights = new int[257];
            if (header >= 128) {
                n = header - 127;
                for (int i = 0; i < n; i++) weights[i] = (i & 1) == 0 ? b.get(b.position()) >> 4 & 15 : b.get() & 15;
                if ((n & 1) == 1) b.get();
            } else {
                ByteBuffer packed = b.slice(b.position(), header);
                b.position(b.position() + header);
                Fse table = Fse.read(packed, 6);
                Bits bits = new Bits(packed, packed.remaining());
                int one = bits.read(table.log), other = bits.read(table.log);
                check(bits.left() >= 0);
                while (true) {                                          // two states in turn, until one asks for more bits than there are
                    check(n < 254);
                    weights[n++] = table.symbols[one];
                    int next = table.next(one, bits);
                    one = other;
                    other = next;
                    if (bits.left() < 0) break;
                }
                weights[n++] = table.symbols[one];
            }
            for (int i = 0; i < n; i++) check(weights[i] <= LONGEST);
            return new Huffman(weights, n);
        }

        void decode(ByteBuffer b, int size, byte[] to, int start, int count) {
            Bits bits = new Bits(b, size);
            int mask = (1 << log) - 1, state = bits.read(log);
            for (int i = start; i < start + count; i++) {
                to[i] = symbols[state];
                state = (state << lengths[state] | bits.read(lengths[state])) & mask;
            }
            check(bits.left() == -log);
        }
    }
}
