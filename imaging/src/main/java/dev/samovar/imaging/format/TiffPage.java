package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.StoredPicture.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/// One page of a TIFF file: what its numbers mean, and how they are stored in strips or tiles, both called tiles here. Layout and meaning: TIFF 6.0
/// (Adobe 1992); Adobe Photoshop TIFF Technical Notes, 2002 (deflate, JPEG), and Technical Note 3, 2005 (numbers of 16 bits with a fraction,
/// predictors of them).
final class TiffPage {
    private static final int WIDTH = 256, HEIGHT = 257, BITS = 258, COMPRESSION = 259, PHOTOMETRIC = 262, FILL_ORDER = 266;
    private static final int STRIP_OFFSETS = 273, SAMPLES = 277, STRIP_ROWS = 278, STRIP_COUNTS = 279, PLANAR = 284;
    private static final int PREDICTOR = 317, PALETTE = 320, TILE_WIDTH = 322, TILE_HEIGHT = 323, TILE_OFFSETS = 324, TILE_COUNTS = 325;
    private static final int INK_SET = 332, CMYK = 1, EXTRA_SAMPLES = 338, SAMPLE_FORMAT = 339, JPEG_TABLES = 347;
    private static final int WHITE_IS_ZERO = 0, BLACK_IS_ZERO = 1, RGB = 2, INDEXED = 3, INKS = 5, YCC = 6;
    private static final int UNSIGNED = 1, SIGNED = 2, FLOAT = 3, UNKNOWN = 4;
    private static final int DIFFERENCES = 2, FLOAT_DIFFERENCES = 3;

    private final TiffFile file;
    private final int width, height, samples, bits, format, photometric, predictor, colours, channels, together, tileWidth, tileHeight;
    private final boolean tiled, planar, reversed;
    private final boolean[] transparent;
    private final TiffCodec codec;

    /// The current page of the file.
    ///
    /// @throws FormatException if it is damaged or of a rare kind, in words that follow the name of the file
    TiffPage(TiffFile file) {
        this.file = file;
        width = side(WIDTH);
        height = side(HEIGHT);
        if ((long) width * height > Png.MAX_PIXELS)
            throw new FormatException("it has " + width + " × " + height + " pixels, more than the limit of " + Png.MAX_PIXELS);
        samples = (int) file.one(SAMPLES, 1);
        bits = (int) file.one(BITS, 1);
        int kind = (int) file.one(SAMPLE_FORMAT, UNSIGNED);
        format = kind == UNKNOWN ? UNSIGNED : kind;
        photometric = (int) file.one(PHOTOMETRIC, -1);
        tiled = file.has(TILE_WIDTH);
        planar = file.one(PLANAR, 1) == 2 && samples > 1;
        reversed = file.one(FILL_ORDER, 1) == 2;
        codec = TiffCodec.of(file.one(COMPRESSION, 1));
        predictor = codec.hasPredictor() ? (int) file.one(PREDICTOR, 1) : 1;
        colours = colours();
        if (samples < colours || samples > 1 << 16)
            throw new FormatException("it has " + samples + " numbers per pixel where there must be " + colours + " or more");
        transparent = transparent();
        channels = (int) IntStream.range(0, samples).filter(s -> !transparent[s]).count();
        together = planar ? 1 : samples;
        tileWidth = tiled ? side(TILE_WIDTH) : width;
        tileHeight = tiled ? side(TILE_HEIGHT) : (int) Math.min(file.one(STRIP_ROWS, height), height);
        if (tileHeight == 0) throw new FormatException("its strips have no rows");
        checkNumbers();
    }

    private int side(int tag) {
        long side = file.all(tag)[0];
        if (side < 1 || side > PngFile.MAX_SIDE)
            throw new FormatException("it has a side of " + side + " pixels, and a side is from 1 to " + PngFile.MAX_SIDE);
        return (int) side;
    }

    private int colours() {
        return switch (photometric) {
            case WHITE_IS_ZERO, BLACK_IS_ZERO, INDEXED -> 1;
            case RGB -> 3;
            case INKS -> {
                if (file.one(INK_SET, CMYK) != CMYK)
                    throw new FormatException("its inks are others than cyan, magenta, yellow and black (its ink set is " + file.one(INK_SET, CMYK)
                            + "); save it as PNG");
                yield 4;
            }
            case YCC -> {
                if (codec == TiffCodec.JPEG && (samples == 1 || file.one(PLANAR, 1) == 1)) yield samples == 1 ? 1 : 3;
                throw new FormatException("its colours are luminance and chrominance (YCbCr), which is read in JPEG alone; save it as PNG");
            }
            default -> throw new FormatException(
                    "its colours are neither grey, red, green, blue, a palette's nor a printer's (its photometric interpretation is "
                            + photometric + "); save it as PNG");
        };
    }

    /// Which numbers of a pixel are its transparency: those that are declared to be, and with a palette the second number.
    private boolean[] transparent() {
        long[] extra = file.has(EXTRA_SAMPLES) ? file.all(EXTRA_SAMPLES) : new long[0];
        boolean[] transparent = new boolean[samples];
        for (int s = colours; s < samples; s++) {
            int i = s - (samples - extra.length);
            transparent[s] = photometric == INDEXED || (i >= 0 && (extra[i] == 1 || extra[i] == 2));
        }
        return transparent;
    }

    private void checkNumbers() {
        for (int tag : List.of(BITS, SAMPLE_FORMAT))
            if (file.has(tag))
                for (long value : file.all(tag))
                    if (value != file.one(tag, 1)) throw new FormatException("its numbers are not all of one kind; save it as PNG");
        boolean known = switch (format) {
            case UNSIGNED -> photometric == INDEXED ? bits >= 1 && bits <= 8 : (bits >= 1 && bits <= 32) || bits == 64;
            case SIGNED -> photometric < INDEXED && (bits == 8 || bits == 16 || bits == 24 || bits == 32 || bits == 64);
            case FLOAT -> photometric < INDEXED && (bits == 16 || bits == 32 || bits == 64);
            default -> false;
        };
        if (!known || (codec == TiffCodec.JPEG && (bits != 8 || format != UNSIGNED)))
            throw new FormatException("its numbers of " + bits + " bits, " + (format == UNSIGNED
                    ? "unsigned"
                    : format == SIGNED
                            ? "signed"
                            : format == FLOAT ? "floating-point" : "of the kind " + format)
                    + ", are not read as such colours; save it as PNG");
        boolean undone = predictor == 1
                || (predictor == (format == FLOAT ? FLOAT_DIFFERENCES : DIFFERENCES) && bits >= 8 && Integer.bitCount(bits) == 1);
        if (!undone || (codec == TiffCodec.JPEG && reversed))
            throw new FormatException("its numbers are stored in a rare way; save it as PNG");
    }

    // Numbers ----------------------------------------------------------------------------------------------------------------

    /// Its numbers.
    ///
    /// @param number which page, if the numbers of others follow this one's; else 0
    StoredPicture picture(int number, int leastBits) {
        long[] palette = photometric == INDEXED ? file.all(PALETTE) : new long[0];
        if (photometric == INDEXED && palette.length != 3 << bits)
            throw new FormatException("it has a palette of " + palette.length + " numbers, not " + (3 << bits));
        Samples numbers = decode(number, leastBits);
        if (photometric == INKS) return new StoredPicture(Kind.COLOUR, height, width, bits, false, withoutInk(numbers));
        Kind kind = photometric == INDEXED ? Kind.PALETTE : colours == 3 ? Kind.COLOUR : Kind.GREY;
        return new StoredPicture(kind, height, width, format == UNSIGNED ? bits : 0, photometric == WHITE_IS_ZERO, numbers, rgb(palette));
    }

    /// A palette has 16 bits for each of red, green and blue, all reds first; old programs wrote 8.
    private static int[] rgb(long... palette) {
        int n = palette.length / 3, shift = 0;
        for (long level : palette) if (level > 255) shift = 8;
        int[] rgb = new int[n];
        for (int i = 0; i < n; i++) for (int c = 0; c < 3; c++) rgb[i] = rgb[i] << 8 | (int) (palette[c * n + i] >> shift & 0xFF);
        return rgb;
    }

    /// Converts a printer's four colours, where the highest number is the most ink, to red, green and blue; further channels stay.
    private Samples withoutInk(Samples inks) {
        int n = width * height;
        float most = (float) (Math.pow(2, bits) - 1);
        Samples rgb = Samples.whole(bits, (channels - 1) * n);
        for (int c = 0; c < channels - 1; c++)
            for (int i = 0; i < n; i++)
                rgb.set(c * n + i, c < 3
                        ? (float) Math.rint((double) (most - inks.get(c * n + i)) * (most - inks.get(3 * n + i)) / most)
                        : inks.get((c + 1) * n + i));
        return rgb;
    }

    /// The number of pages that would fit between the start of this one's numbers and the end of the file, if they are stored one after another
    /// uncompressed; else 1.
    long contiguous() {
        if (codec != TiffCodec.NONE || tiled || planar || !file.has(STRIP_OFFSETS)) return 1;
        return (file.bytes().limit() - Math.min(file.bytes().limit(), file.one(STRIP_OFFSETS, 0))) / ((long) line() * height);
    }

    private int line() {
        return Math.toIntExact(((long) tileWidth * together * bits + 7) / 8);
    }

    /// The channels' numbers, plane after plane.
    private Samples decode(int number, int leastBits) {
        long[] offsets = file.all(tiled ? TILE_OFFSETS : STRIP_OFFSETS), counts = file.all(tiled ? TILE_COUNTS : STRIP_COUNTS);
        ByteBuffer bytes = file.bytes();
        int across = Math.ceilDiv(width, tileWidth), down = Math.ceilDiv(height, tileHeight);
        long n = (long) across * down * (planar ? samples : 1), total = 0, most = 0, shift = (long) number * line() * height;
        if (offsets.length != n || counts.length != n)
            throw new FormatException("it lists " + Math.min(offsets.length, counts.length) + " strips or tiles where there must be " + n);
        for (int i = 0; i < n; i++) {
            offsets[i] += shift;
            if (offsets[i] > bytes.limit() || counts[i] > bytes.limit() - offsets[i])
                throw new FormatException("it ends too early, in its strip or tile " + i);
            total += counts[i];
        }
        if (total > bytes.limit()) throw new FormatException("its strips or tiles overlap");
        for (int i = 0; i < n; i++) {
            long size = (long) line() * rows(i / across % down);
            ByteBuffer stored = bytes.slice((int) offsets[i], (int) counts[i]);
            if (size > codec.inflation * counts[i] || size > Integer.MAX_VALUE - Long.BYTES) throw tooLittle();
            long possible = codec.most(reversed ? reversed(stored) : stored);
            if (size > possible) throw new FormatException("its data are damaged or incomplete");
            most += possible;
        }
        if ((long) width * height * channels * leastBits / 8 > Math.max(most, Byte.SIZE * total)) throw tooLittle();
        if ((long) width * height * channels > Integer.MAX_VALUE - Long.BYTES)
            throw new FormatException("it has " + channels + " numbers for each of its " + width + " × " + height
                    + " pixels, too many for one picture");
        Samples numbers = format == UNSIGNED ? Samples.whole(bits, channels * width * height) : Samples.any(channels * width * height);
        long work = 0;
        for (int i = 0; i < n; i++) {
            int plane = i / (across * down), row = i / across % down;
            if (planar && transparent[plane]) continue;
            ByteBuffer stored = bytes.slice((int) offsets[i], (int) counts[i]);
            byte[] tile;
            if (codec == TiffCodec.JPEG) {
                JpegFile jpeg = jpeg(stored, rows(row));
                work += jpeg.work();
                if (work > JpegFile.MAX_WORK) throw new FormatException("it draws its pixels many times over; save it without passes");
                tile = interleaved(jpeg.decode(), rows(row));
            } else {
                tile = codec.decode(reversed ? reversed(stored) : stored, line() * rows(row));
            }
            place(ByteBuffer.wrap(tile).order(bytes.order()), i % across * tileWidth, row * tileHeight, rows(row), plane, numbers);
        }
        return numbers;
    }

    private FormatException tooLittle() {
        return new FormatException("it claims " + width + " × " + height + " pixels, more than its data can hold");
    }

    /// The number of rows stored in each tile of a row of tiles: the last strip has only as many as are left.
    private int rows(int tileRow) {
        return tiled ? tileHeight : Math.min(tileHeight, height - tileRow * tileHeight);
    }

    /// Bytes whose lowest bit comes first, turned around.
    private static ByteBuffer reversed(ByteBuffer stored) {
        byte[] bytes = new byte[stored.remaining()];
        stored.get(bytes);
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (Integer.reverse(bytes[i]) >>> 24);
        return ByteBuffer.wrap(bytes);
    }

    /// A tile that is a JPEG without tables: all tiles share those of the page.
    private JpegFile jpeg(ByteBuffer tile, int rows) {
        ByteBuffer tables = file.block(JPEG_TABLES);
        int shared = Math.max(0, tables.remaining() - 4);                // without the marks of start and end
        if (tile.remaining() < 2) throw new FormatException("it ends too early, in one of its JPEGs");
        ByteBuffer whole = ByteBuffer.allocate(tile.remaining() + shared);
        whole.put(tile.slice(0, 2)).put(tables.slice(Math.min(2, tables.remaining()), shared)).put(tile.slice(2, tile.remaining() - 2));
        return JpegFile.part(whole.flip(), rows, tileWidth, together);
    }

    private byte[] interleaved(byte[] planes, int rows) {
        int n = tileWidth * rows;
        if (photometric == YCC && together >= 3) JpegColours.toRgb(planes, n, JpegColours.YCC);
        byte[] pixels = new byte[planes.length];
        for (int c = 0; c < together; c++) for (int i = 0; i < n; i++) pixels[i * together + c] = planes[c * n + i];
        return pixels;
    }

    private void place(ByteBuffer tile, int left, int top, int rows, int plane, Samples numbers) {
        int columns = Math.min(tileWidth, width - left), line = line(), channel = 0;
        for (int s = 0; s < plane; s++) if (!transparent[s]) channel++;
        for (int r = 0; r < Math.min(rows, height - top); r++) {
            if (predictor == DIFFERENCES) add(tile, r * line);
            if (predictor == FLOAT_DIFFERENCES) join(tile, r * line, line);
            for (int s = 0, c = channel; s < together; s++) {
                if (!planar && transparent[s]) continue;
                int to = (c++ * height + top + r) * width + left;
                for (int x = 0; x < columns; x++) numbers.set(to + x, number(tile, r * line, x * together + s));
            }
        }
    }

    private float number(ByteBuffer tile, int line, int i) {
        if (format == FLOAT) {
            return switch (bits) {
                case 16 -> Float.float16ToFloat(tile.getShort(line + 2 * i));
                case 32 -> tile.getFloat(line + 4 * i);
                default -> (float) tile.getDouble(line + 8 * i);
            };
        }
        boolean signed = format == SIGNED;
        return switch (bits) {
            case 8 -> signed ? tile.get(line + i) : tile.get(line + i) & 0xFF;
            case 16 -> signed ? tile.getShort(line + 2 * i) : tile.getChar(line + 2 * i);
            case 32 -> signed ? tile.getInt(line + 4 * i) : tile.getInt(line + 4 * i) & 0xFFFF_FFFFL;
            case 64 -> {
                long whole = tile.getLong(line + 8 * i);
                yield signed || whole >= 0 ? whole : (whole >>> 1 | (whole & 1)) * 2f;
            }
            default -> packed(tile, line, i, signed);
        };
    }

    /// A number that need not begin or end at a byte: the highest bit comes first, except for one of 24 bits, which keeps the file's byte order.
    private float packed(ByteBuffer tile, int line, int i, boolean signed) {
        long value = 0, bit = (long) i * bits;
        if (bits == 24) {
            int at = line + 3 * i, a = tile.get(at) & 0xFF, b = tile.get(at + 1) & 0xFF, c = tile.get(at + 2) & 0xFF;
            value = tile.order() == java.nio.ByteOrder.BIG_ENDIAN ? a << 16 | b << 8 | c : c << 16 | b << 8 | a;
            return signed ? (int) value << 8 >> 8 : value;
        }
        for (int got = 0; got < bits;) {
            int within = (int) (bit + got & 7), take = Math.min(bits - got, 8 - within);
            int some = (tile.get(line + (int) ((bit + got) >> 3)) & 0xFF) >> (8 - within - take) & (1 << take) - 1;
            value = value << take | some;
            got += take;
        }
        return value;
    }

    /// Undoes differences: each number of a row was stored as its difference from the same channel of the pixel before.
    private void add(ByteBuffer tile, int from) {
        int bytes = bits / 8;
        for (int i = together; i < tileWidth * together; i++) {
            int at = from + i * bytes, before = at - together * bytes;
            switch (bytes) {
                case 1 -> tile.put(at, (byte) (tile.get(at) + tile.get(before)));
                case 2 -> tile.putChar(at, (char) (tile.getChar(at) + tile.getChar(before)));
                case 4 -> tile.putInt(at, tile.getInt(at) + tile.getInt(before));
                default -> tile.putLong(at, tile.getLong(at) + tile.getLong(before));
            }
        }
    }

    /// Undoes the differences of a row's bytes: first the highest bytes of all numbers are stored, then the next, whatever the file's byte order.
    private void join(ByteBuffer tile, int from, int line) {
        byte[] row = new byte[line];
        tile.get(from, row);
        for (int i = together; i < line; i++) row[i] += row[i - together];
        int bytes = bits / 8, numbers = line / bytes;
        boolean big = tile.order() == java.nio.ByteOrder.BIG_ENDIAN;
        for (int i = 0; i < numbers; i++)
            for (int b = 0; b < bytes; b++) tile.put(from + i * bytes + (big ? b : bytes - 1 - b), row[b * numbers + i]);
    }
}
