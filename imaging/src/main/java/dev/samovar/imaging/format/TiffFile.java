package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Picture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The pages of a TIFF file, in strips or tiles. Layout and meaning: TIFF 6.0 (Adobe 1992); Adobe Photoshop TIFF Technical Notes, 2002, and Technical
/// Note 3, 2005 (the predictor of floating-point numbers).
///
/// Read by hand, and not by the platform: what microscopes write, floating-point numbers and 16 bits with a predictor, the platform does not read. Nothing
/// is believed that the file cannot hold: tags lie within it, strips do not overlap, and what they claim must fit into what their compression can make
/// of them.
final class TiffFile {
    private static final int SUBFILE_TYPE = 254, WIDTH = 256, HEIGHT = 257, BITS = 258, COMPRESSION = 259, PHOTOMETRIC = 262,
            FILL_ORDER = 266;
    private static final int STRIP_OFFSETS = 273, ORIENTATION = 274, SAMPLES = 277, STRIP_ROWS = 278, STRIP_COUNTS = 279, PLANAR = 284;
    private static final int MAX_NUMBERS = 1 << 22;                    // under one tag: the places of that many strips
    private static final int PREDICTOR = 317, PALETTE = 320, TILE_WIDTH = 322, TILE_HEIGHT = 323, TILE_OFFSETS = 324, TILE_COUNTS = 325;
    private static final int SAMPLE_FORMAT = 339;
    private static final int BYTE = 1, SHORT = 3, LONG = 4, ENTRY = 12;
    private static final int REDUCED = 1, MASK = 4;                     // bits of the kind of a page
    private static final int WHITE_IS_ZERO = 0, RGB = 2, INDEXED = 3;
    private static final int UNSIGNED = 1, FLOAT = 3;
    private static final int DIFFERENCES = 2, FLOAT_DIFFERENCES = 3;

    private final ByteBuffer file;
    private final List<Integer> pages = new ArrayList<>();              // where they are described
    private final Map<Integer, Integer> tags = new HashMap<>();         // of the page in hand: where each is described

    private TiffFile(ByteBuffer file) {
        this.file = file;
    }

    /// Whether a file that starts so is one, or its larger brother.
    static boolean is(ByteBuffer start) {
        if (start.remaining() < 4 || start.get(0) != start.get(1) || (start.get(0) != 'I' && start.get(0) != 'M')) return false;
        int version = start.get(2) | start.get(3) << 8;
        return start.get(0) == 'I' ? version == 42 || version == 43 : version == 42 << 8 || version == 43 << 8;
    }

    /// Decodes a page, counted from 0; the only one if none is chosen. Small copies of pages, and masks, do not count.
    ///
    /// @throws FormatException if it is damaged or of a rare kind, or there is not that page, in words that follow the name of the file
    static Picture read(ByteBuffer bytes, @Nullable Integer page) {
        TiffFile file = new TiffFile(bytes.slice().order(bytes.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
        file.findPages();
        int n = file.pages.size();
        if (page == null && n > 1)
            throw new FormatException("it has " + n + " pages, and none was chosen; choose one from 0 to " + (n - 1));
        if (page != null && (page < 0 || page >= n))
            throw new FormatException("it has no page " + page + "; choose one from 0 to " + (n - 1));
        file.describe(file.pages.get(page == null ? 0 : page));
        return Exif.upright(file.new Page().picture(), file.orientation());
    }

    // Pages and tags -------------------------------------------------------------------------------------------------------

    private void findPages() {
        if (file.getChar(2) == 43) throw new FormatException("it is BigTIFF, which is not read here; save it as plain TIFF or PNG");
        long used = 0;
        for (long at = file.limit() < 8 ? -1 : unsigned(4); at != 0;) {
            int end = describe(at);
            used += (long) ENTRY * tags.size();
            if (used > file.limit()) throw new FormatException("its pages overlap");
            if ((one(SUBFILE_TYPE, 0) & (REDUCED | MASK)) == 0) pages.add((int) at);
            at = unsigned(end);
        }
        if (pages.isEmpty()) throw new FormatException("it has no page");
    }

    private long unsigned(int at) {
        return file.getInt(at) & 0xFFFF_FFFFL;
    }

    /// Takes a page in hand, and returns where its description ends.
    private int describe(long at) {
        if (at < 8 || at > file.limit() - 6) throw new FormatException("it ends too early, before the description of a page");
        int first = (int) at + 2, n = file.getChar((int) at);
        if (n == 0 || first + (long) ENTRY * n + 4 > file.limit())
            throw new FormatException("it ends too early, in the description of a page");
        tags.clear();
        for (int i = 0; i < n; i++) tags.put((int) file.getChar(first + ENTRY * i), first + ENTRY * i);
        if (tags.size() < n) throw new FormatException("it describes a page twice over");
        return first + ENTRY * n;
    }

    private boolean has(int tag) {
        return tags.containsKey(tag);
    }

    /// The numbers under a tag, without a sign.
    private long[] all(int tag) {
        Numbers numbers = numbers(tag);
        if (numbers.count > MAX_NUMBERS) throw new FormatException("its tag " + tag + " has " + numbers.count + " numbers");
        long[] values = new long[(int) numbers.count];
        for (int i = 0; i < values.length; i++) values[i] = number(numbers, i);
        return values;
    }

    private long one(int tag, long otherwise) {
        return has(tag) ? number(numbers(tag), 0) : otherwise;
    }

    /// Where the numbers under a tag are.
    private record Numbers(int type, int bytes, long count, int at) {}

    private Numbers numbers(int tag) {
        Integer entry = tags.get(tag);
        if (entry == null) throw new FormatException("its page has no tag " + tag);
        int type = file.getChar(entry + 2), bytes = type == BYTE ? 1 : type == SHORT ? 2 : type == LONG ? 4 : 0;
        long count = unsigned(entry + 4), size = count * bytes, at = size <= 4 ? entry + 8 : unsigned(entry + 8);
        if (size == 0 || at + size > file.limit()) throw new FormatException("its tag " + tag + " is damaged");
        return new Numbers(type, bytes, count, (int) at);
    }

    private long number(Numbers numbers, int i) {
        int at = numbers.at + i * numbers.bytes;
        return numbers.type == BYTE ? file.get(at) & 0xFF : numbers.type == SHORT ? file.getChar(at) : unsigned(at);
    }

    private int orientation() {
        long orientation = one(ORIENTATION, Exif.UPRIGHT);
        return orientation >= 1 && orientation <= 8 ? (int) orientation : Exif.UPRIGHT;
    }

    // One page ---------------------------------------------------------------------------------------------------------------

    /// The page in hand: what its numbers mean, and how they lie in strips or tiles, which are all called tiles here.
    private final class Page {
        final int width = side(WIDTH), height = side(HEIGHT);
        final int samples = (int) one(SAMPLES, 1), bits = (int) one(BITS, 1), format = (int) one(SAMPLE_FORMAT, UNSIGNED);
        final int photometric = (int) one(PHOTOMETRIC, -1), predictor = (int) one(PREDICTOR, 1), bytes = bits / 8;
        final boolean tiled = has(TILE_WIDTH), planar = one(PLANAR, 1) == 2;
        final TiffCodec codec = TiffCodec.of(one(COMPRESSION, 1));
        final int channels = photometric == RGB ? 3 : 1, together = planar ? 1 : samples;
        final int tileWidth = tiled ? side(TILE_WIDTH) : width, tileHeight = tiled
                ? side(TILE_HEIGHT)
                : (int) Math.min(one(STRIP_ROWS, height),
                        height);

        Page() {
            if ((long) width * height > Png.MAX_PIXELS)
                throw new FormatException("it has " + width + " × " + height + " pixels, more than the limit of " + Png.MAX_PIXELS);
            if (tileHeight == 0) throw new FormatException("its strips have no rows");
            if (photometric < WHITE_IS_ZERO || photometric > INDEXED)
                throw new FormatException(
                        "its colours are neither grey nor red, green, blue nor a palette's (its photometric interpretation is "
                                + photometric + "); save it as PNG");
            if (samples < channels || samples > channels + 1)
                throw new FormatException("it has " + samples + " numbers per pixel where there must be " + channels
                        + ", and perhaps one for transparency; save it as PNG");
            for (int tag : List.of(BITS, SAMPLE_FORMAT))
                if (has(tag))
                    for (long value : all(tag))
                        if (value != (tag == BITS ? bits : format))
                            throw new FormatException("its numbers are not all of one kind; save it as PNG");
            String kind = format == UNSIGNED ? "unsigned" : format == FLOAT ? "floating-point" : "of the kind " + format;
            if (!isKnown())
                throw new FormatException("its numbers of " + bits + " bits, " + kind + ", are not read as such colours; save it as PNG");
            boolean undone = predictor == 1 || predictor == (format == FLOAT ? FLOAT_DIFFERENCES : DIFFERENCES);
            if (!undone || one(FILL_ORDER, 1) != 1) throw new FormatException("its numbers are stored in a rare way; save it as PNG");
        }

        private boolean isKnown() {
            if (format == UNSIGNED) return bits == 8 || (bits == 16 && photometric != INDEXED);
            return format == FLOAT && bits == 32 && photometric < RGB;
        }

        private int side(int tag) {
            long side = all(tag)[0];
            if (side < 1 || side > PngFile.MAX_SIDE)
                throw new FormatException("it has a side of " + side + " pixels, and a side is from 1 to " + PngFile.MAX_SIDE);
            return (int) side;
        }

        /// Its colours from 0 to 255: those of more than 8 bits stretched, from the least number of the page to the greatest.
        Picture picture() {
            float[] pixels = decode();
            switch (photometric) {
                case INDEXED -> paint(pixels, all(PALETTE));
                case RGB -> narrow(pixels);
                default -> brighten(pixels);
            }
            return new Picture(3, height, width, pixels);
        }

        private void narrow(float[] pixels) {
            if (bits == 16) for (int i = 0; i < pixels.length; i++) pixels[i] = (float) Math.rint(pixels[i] / 257);
        }

        private void brighten(float[] pixels) {
            int n = width * height;
            if (bits > 8) stretch(pixels, n);
            if (photometric == WHITE_IS_ZERO) for (int i = 0; i < n; i++) pixels[i] = 255 - pixels[i];
            for (int c = 1; c < 3; c++) System.arraycopy(pixels, 0, pixels, c * n, n);
        }

        private void paint(float[] pixels, long[] palette) {
            int n = width * height;
            if (palette.length != 3 << 8) throw new FormatException("it has a palette of " + palette.length + " numbers, not 768");
            for (int i = 0; i < n; i++) {
                int index = (int) pixels[i];
                for (int c = 0; c < 3; c++) pixels[c * n + i] = palette[c << 8 | index] >> 8 & 0xFF;
            }
        }

        private void stretch(float[] pixels, int n) {
            float min = Float.POSITIVE_INFINITY, max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < n; i++) {
                if (!Float.isFinite(pixels[i]))
                    throw new FormatException("its pixel (" + i % width + ", " + i / width + ") holds " + pixels[i]
                            + ", which is no brightness");
                min = Math.min(min, pixels[i]);
                max = Math.max(max, pixels[i]);
            }
            double range = (double) max - min;
            for (int i = 0; i < n; i++) pixels[i] = range == 0 ? 0 : (float) Math.rint(((double) pixels[i] - min) / range * 255);
        }

        // Tiles ----------------------------------------------------------------------------------------------------------------

        /// The channels' numbers, plane after plane, with room for three.
        private float[] decode() {
            long[] offsets = all(tiled ? TILE_OFFSETS : STRIP_OFFSETS), counts = all(tiled ? TILE_COUNTS : STRIP_COUNTS);
            int across = Math.ceilDiv(width, tileWidth), down = Math.ceilDiv(height, tileHeight);
            long n = (long) across * down * (planar ? samples : 1), total = 0;
            if (offsets.length != n || counts.length != n)
                throw new FormatException("it lists " + Math.min(offsets.length, counts.length) + " strips or tiles where there must be "
                        + n);
            for (int i = 0; i < n; i++) {
                long size = (long) tileWidth * rows(i / across % down) * together * bytes;
                if (offsets[i] + counts[i] > file.limit()) throw new FormatException("it ends too early, in its strip or tile " + i);
                if (size > codec.inflation * counts[i] || size > Integer.MAX_VALUE - Long.BYTES)
                    throw new FormatException("it claims " + width + " × " + height + " pixels, more than its data can hold");
                total += counts[i];
            }
            if (total > file.limit()) throw new FormatException("its strips or tiles overlap");
            float[] pixels = new float[3 * width * height];
            for (int i = 0; i < n; i++) {
                int plane = i / (across * down), row = i / across % down;
                if (plane >= channels) break;                                     // transparency
                ByteBuffer stored = file.slice((int) offsets[i], (int) counts[i]);
                byte[] tile = codec.decode(stored, tileWidth * rows(row) * together * bytes);
                place(ByteBuffer.wrap(tile).order(file.order()), i % across * tileWidth, row * tileHeight, rows(row), plane, pixels);
            }
            return pixels;
        }

        /// How many rows are stored of the tiles in a row of them: the last strip has only as many as are left.
        private int rows(int tileRow) {
            return tiled ? tileHeight : Math.min(tileHeight, height - tileRow * tileHeight);
        }

        private void place(ByteBuffer tile, int left, int top, int rows, int plane, float[] pixels) {
            int columns = Math.min(tileWidth, width - left), line = tileWidth * together * bytes;
            for (int r = 0; r < Math.min(rows, height - top); r++) {
                if (predictor == DIFFERENCES) add(tile, r * line);
                if (predictor == FLOAT_DIFFERENCES) join(tile, r * line, line);
                for (int c = 0; c < (planar ? 1 : channels); c++) {
                    int to = ((plane + c) * height + top + r) * width + left;
                    for (int x = 0; x < columns; x++) pixels[to + x] = sample(tile, r * line + (x * together + c) * bytes);
                }
            }
        }

        private float sample(ByteBuffer tile, int at) {
            return switch (bytes) {
                case 1 -> tile.get(at) & 0xFF;
                case 2 -> tile.getChar(at);
                default -> tile.getFloat(at);
            };
        }

        /// Undoes differences: each number of a row was stored less the same channel's of the pixel before.
        private void add(ByteBuffer tile, int from) {
            for (int i = together; i < tileWidth * together; i++) {
                int at = from + i * bytes, before = at - together * bytes;
                if (bytes == 1) tile.put(at, (byte) (tile.get(at) + tile.get(before)));
                else tile.putChar(at, (char) (tile.getChar(at) + tile.getChar(before)));
            }
        }

        /// Undoes the differences of a row's bytes, of which the highest of all numbers come first, then the next, whatever the file's order.
        private void join(ByteBuffer tile, int from, int line) {
            byte[] row = new byte[line];
            tile.get(from, row);
            for (int i = together; i < line; i++) row[i] += row[i - together];
            int numbers = line / bytes;
            for (int i = 0; i < numbers; i++) {
                int value = 0;
                for (int b = 0; b < bytes; b++) value = value << 8 | (row[b * numbers + i] & 0xFF);
                tile.putInt(from + i * bytes, value);
            }
        }
    }
}
