package dev.samovar.imaging.format;

import static dev.samovar.imaging.format.PictureBytes.ASCII;
import static dev.samovar.imaging.format.PictureBytes.LONG;
import static dev.samovar.imaging.format.PictureBytes.RATIONAL;
import static dev.samovar.imaging.format.PictureBytes.SHORT;
import static dev.samovar.imaging.format.PictureBytes.tiff;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.PictureBytes.Tag;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The numbers of TIFF files made by hand, as TIFF 6.0 says that they are stored.
class TiffTest {
    private static final int BITS = 258, COMPRESSION = 259, PHOTOMETRIC = 262, DESCRIPTION = 270, STRIP_OFFSETS = 273, ORIENTATION = 274,
            X_RESOLUTION = 282, Y_RESOLUTION = 283;
    private static final int SAMPLES = 277, STRIP_ROWS = 278, STRIP_COUNTS = 279, PLANAR = 284, PREDICTOR = 317, PALETTE = 320;
    private static final int EXTRA_SAMPLES = 338, SAMPLE_FORMAT = 339;
    private static final int INDEXED = 3, INKS = 5, YCC = 6;
    private static final int LZW = 5, JPEG = 7, DEFLATE = 8, PACK_BITS = 32773, ZSTANDARD = 50000;
    private static final int UNSIGNED = 1, SIGNED = 2, FLOAT = 3;
    private static final int CLEAR = 256, END = 257;

    @TempDir
    private Path folder;

    /// The numbers of the only page, plane after plane.
    private float[] numbers(byte... tiff) {
        return PictureFile.open(file(tiff), null, ForeignPicturesTest::numbers);
    }

    private Path file(byte... tiff) {
        return NiftiBytes.write(folder.resolve("a.tif"), tiff);
    }

    private void refused(String sentence, byte... tiff) {
        Path file = file(tiff);
        assertEquals(file + ": " + sentence, assertThrows(FormatException.class, () -> PictureFile.read(file)).getMessage());
    }

    private static Tag tag(int id, long... values) {
        return Tag.of(id, SHORT, values);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) values[i];
        return bytes;
    }

    /// Eight binary digits make a byte.
    private static byte[] packed(CharSequence digits) {
        byte[] bytes = new byte[digits.length() / 8];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(digits, 8 * i, 8 * i + 8, 2);
        return bytes;
    }

    // Numbers ----------------------------------------------------------------------------------------------------------------

    /// The highest bit of a number comes first, and each row begins at a byte.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 17, 20, 23, 31})
    void numbersOfAnyCountOfBitsAreUnpacked(int bits) {
        int w = 5, h = 3;
        long[] values = new long[w * h];
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < values.length; i++) {
            values[i] = (i + 1) * 0x5DEE_CE66L & (1L << bits) - 1;
            for (int b = bits - 1; b >= 0; b--) all.append(values[i] >> b & 1);
            while (i % w == w - 1 && all.length() % 8 > 0) all.append('1');
        }
        byte[] strip = packed(all);
        float[] expected = new float[values.length];
        for (int i = 0; i < expected.length; i++) expected[i] = values[i];
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN))
            assertArrayEquals(expected, numbers(tiff(order, w, h, strip, tag(BITS, bits))));
    }

    @Test
    void threeBytesKeepTheOrderOfTheFile() {
        byte[] strip = bytes(1, 2, 3, 0xFE, 0xDC, 0xBA, 0, 0, 0x80, 0xFF, 0xFF, 0xFF);
        Tag bits = tag(BITS, 24), signed = tag(SAMPLE_FORMAT, SIGNED);
        assertArrayEquals(new float[]{0x010203, 0xFEDCBA, 0x80, 0xFFFFFF}, numbers(tiff(BIG_ENDIAN, 2, 2, strip, bits)));
        assertArrayEquals(new float[]{0x030201, 0xBADCFE, 0x800000, 0xFFFFFF}, numbers(tiff(LITTLE_ENDIAN, 2, 2, strip, bits)));
        assertArrayEquals(new float[]{0x010203, 0xFEDCBA - (1 << 24), 0x80, -1}, numbers(tiff(BIG_ENDIAN, 2, 2, strip, bits, signed)));
        assertArrayEquals(new float[]{0x030201, 0xBADCFE - (1 << 24), -(1 << 23), -1}, numbers(tiff(LITTLE_ENDIAN, 2, 2, strip, bits,
                signed)));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32, 64})
    void wholeNumbersAreReadWithAndWithoutASign(int bits) {
        long least = -1L << (bits - 1);
        long[] values = {0, 1, -1, 77, -100, least, ~least, 2};
        float[] signed = new float[8], unsigned = new float[8];
        for (int i = 0; i < 8; i++) {
            signed[i] = values[i];
            unsigned[i] = BigInteger.valueOf(values[i]).mod(BigInteger.TWO.pow(bits)).floatValue();
        }
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            byte[] strip = NiftiBytes.whole(order, bits, values);
            assertArrayEquals(signed, numbers(tiff(order, 4, 2, strip, tag(BITS, bits), tag(SAMPLE_FORMAT, SIGNED))));
            assertArrayEquals(unsigned, numbers(tiff(order, 4, 2, strip, tag(BITS, bits), tag(SAMPLE_FORMAT, UNSIGNED))));
        }
    }

    /// Halfway between two floats, the lowest bit decides.
    @Test
    void aLongNumberIsRoundedOnce() {
        long[] values = {Long.MIN_VALUE + (1L << 39), Long.MIN_VALUE + (1L << 39) + 1, Long.MIN_VALUE + (3L << 39) - 1, -2};
        float[] expected = new float[4];
        for (int i = 0; i < 4; i++) expected[i] = new BigInteger(Long.toUnsignedString(values[i])).floatValue();
        assertArrayEquals(expected, numbers(tiff(BIG_ENDIAN, 2, 2, NiftiBytes.whole(BIG_ENDIAN, 64, values), tag(BITS, 64))));
        assertEquals(0x1.000002p63f, expected[1]);
    }

    /// Each number of a row is stored as its difference from the same channel of the pixel before.
    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32, 64})
    void differencesAreUndoneInEveryChannel(int bits) {
        int w = 4, h = 2, n = 2;
        long[] values = new long[w * h * n], differences = new long[values.length];
        float[] expected = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 0x0123_4567_89AB_CDEFL) >>> (64 - bits);
            differences[i] = i % (w * n) < n ? values[i] : values[i] - values[i - n];
            expected[i % n * w * h + i / n] = values[i];
        }
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            byte[] strip = PngBytes.deflate(NiftiBytes.whole(order, bits, differences));
            assertArrayEquals(expected, numbers(tiff(order, w, h, strip, tag(BITS, bits, bits), tag(SAMPLES, n), tag(PREDICTOR, 2), tag(
                    COMPRESSION, DEFLATE))));
        }
    }

    /// libtiff ignores the tag where the codec has no predictor; tifffile 2026.3.3 does not, see findings.
    @Test
    void withoutACompressionThatHasThemThereAreNoDifferences() {
        for (int predictor : new int[]{2, 3, 9}) {
            assertArrayEquals(new float[]{1, 6, 11, 16}, numbers(tiff(BIG_ENDIAN, 2, 2, bytes(1, 6, 11, 16), tag(PREDICTOR, predictor))));
            assertArrayEquals(new float[]{9, 9, 9, 1, 2, 200}, numbers(tiff(BIG_ENDIAN, 6, 1, bytes(-2, 9, 2, 1, 2, 200), tag(PREDICTOR, predictor),
                    tag(COMPRESSION, PACK_BITS))));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0, unsigned, 1", "1, 33, unsigned, 1", "1, 63, unsigned, 1", "1, 65, unsigned, 1", "3, 0, unsigned, 1",
        "3, 9, unsigned, 1", "1, 7, signed, 2", "1, 12, signed, 2", "1, 48, signed, 2", "3, 8, signed, 2", "5, 8, signed, 2",
        "1, 8, floating-point, 3", "1, 24, floating-point, 3", "3, 16, floating-point, 3", "3, 32, floating-point, 3",
        "3, 64, floating-point, 3", "1, 32, of the kind 6, 6"})
    void numbersOfOtherKindsAreRefused(int photometric, int bits, String kind, int format) {
        refused("its numbers of " + bits + " bits, " + kind + ", are not read as such colours; save it as PNG", tiff(BIG_ENDIAN, 1, 1,
                new byte[64], tag(PHOTOMETRIC, photometric), tag(BITS, bits), tag(SAMPLE_FORMAT, format), tag(SAMPLES, photometric == INKS
                        ? 4
                        : 1)));
    }

    /// The kind 4 is that of numbers whose kind is unknown.
    @Test
    void numbersOfAnUnknownKindHaveNoSign() {
        assertArrayEquals(new float[]{200, 100}, numbers(tiff(BIG_ENDIAN, 2, 1, bytes(200, 100), tag(SAMPLE_FORMAT, 4))));
    }

    @ParameterizedTest
    @CsvSource({"16, 0x1.8p0, 0x1.0p-24", "32, 0x1.8p100, -0x1.0p-149", "64, 0x1.8p100, 0x1.000002p0"})
    void floatsOfEverySizeAreRead(int bits, float first, float second) {
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            long[] raw = new long[2];
            for (int i = 0; i < 2; i++) {
                float value = i == 0 ? first : second;
                raw[i] = bits == 16
                        ? Float.floatToFloat16(value)
                        : bits == 32 ? Float.floatToIntBits(value) : Double.doubleToLongBits(value);
            }
            assertArrayEquals(new float[]{first, second}, numbers(tiff(order, 2, 1, NiftiBytes.whole(order, bits, raw), tag(BITS, bits), tag(
                    SAMPLE_FORMAT, FLOAT))));
        }
    }

    @Test
    void numbersThatAreNotFiniteAreBackgroundInAVolume() {
        long[] raw = IntStream.of(0, 1, 2, 3).mapToLong(i -> Float.floatToIntBits(new float[]{2, Float.NaN, -3, Float.POSITIVE_INFINITY}[i]))
                .toArray();
        Volume volume = PictureFile.volume(file(tiff(LITTLE_ENDIAN, 4, 1, NiftiBytes.whole(LITTLE_ENDIAN, 32, raw), tag(BITS, 32), tag(SAMPLE_FORMAT,
                FLOAT))));
        assertArrayEquals(new float[]{2, -3, -3, -3}, volume.voxels());
        assertEquals(List.of("2 voxels of it are NaN or infinite and count as background, -3.0"), volume.remarks());
    }

    // Colours ----------------------------------------------------------------------------------------------------------------

    /// Red is what neither cyan nor black swallows: (1 − C) · (1 − K); green and blue likewise. A fifth channel stays as it is.
    @Test
    void inksBecomeRedGreenAndBlue() {
        byte[] two = bytes(255, 0, 51, 0, 7, 0, 102, 255, 51, 9);
        assertArrayEquals(new float[]{0, 204, 255, 122, 204, 0, 7, 9}, numbers(tiff(BIG_ENDIAN, 2, 1, two, tag(PHOTOMETRIC, INKS), tag(
                SAMPLES, 5), tag(BITS, 8, 8, 8, 8, 8), tag(EXTRA_SAMPLES, 0))));
        byte[] deep = NiftiBytes.whole(BIG_ENDIAN, 16, 65535, 0, 1000, 0, 0, 0, 0, 65000);
        assertArrayEquals(new float[]{0, 535, 65535, 535, 64535, 535}, numbers(tiff(BIG_ENDIAN, 2, 1, deep, tag(PHOTOMETRIC, INKS), tag(
                SAMPLES, 4), tag(BITS, 16, 16, 16, 16))));
    }

    /// Extra numbers of the kinds 1 and 2 are transparency; those of the kind 0 are channels, and so are those of no kind.
    @ParameterizedTest
    @CsvSource({"1, 2, 0, 0 1", "1, 2, 1, 0", "1, 2, 2, 0", "2, 4, 2, 0 1 2", "2, 5, 2 0, 0 1 2 4", "2, 5, 0 1, 0 1 2 3",
        "2, 5, 1, 0 1 2 3", "1, 3, 0 0, 0 1 2", "1, 2, 3, 0 1"})
    void transparencyIsLeftOut(int photometric, int samples, String extra, String channels) {
        long[] kinds = Arrays.stream(extra.split(" ")).mapToLong(Long::parseLong).toArray();
        int[] kept = Arrays.stream(channels.split(" ")).mapToInt(Integer::parseInt).toArray();
        long[] bits = new long[samples];
        Arrays.fill(bits, 8);
        int n = 3 * 2;
        byte[] together = new byte[n * samples], planes = together.clone();
        float[] expected = new float[n * kept.length];
        for (int i = 0; i < n; i++) for (int s = 0; s < samples; s++) together[i * samples + s] = planes[s * n + i] = (byte) (10 * s + i);
        for (int k = 0; k < kept.length; k++) for (int i = 0; i < n; i++) expected[k * n + i] = 10 * kept[k] + i;
        Tag[] tags = {tag(PHOTOMETRIC, photometric), tag(SAMPLES, samples), tag(BITS, bits), tag(EXTRA_SAMPLES, kinds)};
        assertArrayEquals(expected, numbers(tiff(BIG_ENDIAN, 3, 2, together, tags)));
        List<Tag> apart = new ArrayList<>(List.of(tags));
        apart.add(tag(PLANAR, 2));
        apart.add(Tag.of(STRIP_OFFSETS, LONG, IntStream.range(0, samples).mapToLong(s -> 8 + (long) s * n).toArray()));
        apart.add(Tag.of(STRIP_COUNTS, LONG, IntStream.range(0, samples).mapToLong(_ -> n).toArray()));
        assertArrayEquals(expected, numbers(tiff(BIG_ENDIAN, 3, 2, planes, apart.toArray(Tag[]::new))));
    }

    /// All reds come first, then all greens. A level has 16 bits; if none is above 255, it has 8.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void aPaletteHasOneColourForEachIndex(int bits) {
        int n = 1 << bits;
        long[] deep = new long[3 * n], shallow = deep.clone();
        for (int i = 0; i < 3 * n; i++) {
            shallow[i] = (i * 37L + 255) % 256;
            deep[i] = shallow[i] << 8 | 0x5A;
        }
        for (long[] levels : List.of(deep, shallow)) {
            byte[] tiff = tiff(LITTLE_ENDIAN, 1, 1, bytes(0xFF), tag(PHOTOMETRIC, INDEXED), tag(BITS, bits), tag(PALETTE, levels));
            int[] colours = colours(n, tiff);
            for (int i = 0; i < n; i++) assertEquals(shallow[i] << 16 | shallow[n + i] << 8 | shallow[2 * n + i], colours[i]);
            assertArrayEquals(new float[]{n - 1}, numbers(tiff));
        }
    }

    private int[] colours(int n, byte... tiff) {
        return PictureFile.open(file(tiff), null, picture -> IntStream.range(0, n).map(picture::colour).toArray());
    }

    @Test
    void oneLevelAbove255MeansThatAllHave16Bits() {
        byte[] tiff = tiff(LITTLE_ENDIAN, 1, 1, bytes(0), tag(PHOTOMETRIC, INDEXED), tag(BITS, 1), tag(PALETTE, 256, 0, 255, 0, 0, 0));
        assertArrayEquals(new int[]{0x010000, 0}, colours(2, tiff));
    }

    @Test
    void aPaletteOfTheWrongLengthIsRefused() {
        refused("it has a palette of 6 numbers, not 12", tiff(LITTLE_ENDIAN, 1, 1, bytes(0), tag(PHOTOMETRIC, INDEXED), tag(BITS, 2), tag(
                PALETTE, 1, 2, 3, 4, 5, 6)));
    }

    @Test
    void luminanceAloneIsReadFromAJpeg() {
        BufferedImage flat = new BufferedImage(16, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 128; i++) flat.getRaster().setSample(i % 16, i / 16, 0, 77);
        byte[] strip = PictureBytes.jpeg(flat, false);
        float[] expected = new float[128];
        Arrays.fill(expected, 77);
        for (int planar : new int[]{1, 2})
            assertArrayEquals(expected, numbers(tiff(BIG_ENDIAN, 16, 8, strip, tag(PHOTOMETRIC, YCC), tag(COMPRESSION, JPEG), tag(PLANAR,
                    planar))), 1);
    }

    @Test
    void luminanceAndChrominanceAreRefusedElsewhere() {
        String why = "its colours are luminance and chrominance (YCbCr), which is read in JPEG alone; save it as PNG";
        refused(why, tiff(BIG_ENDIAN, 1, 1, new byte[3], tag(PHOTOMETRIC, YCC), tag(SAMPLES, 3)));
        refused(why, tiff(BIG_ENDIAN, 1, 1, new byte[1], tag(PHOTOMETRIC, YCC)));
        refused(why, tiff(BIG_ENDIAN, 1, 1, new byte[3], tag(PHOTOMETRIC, YCC), tag(SAMPLES, 3), tag(PLANAR, 2), tag(COMPRESSION, JPEG)));
    }

    // Compression ------------------------------------------------------------------------------------------------------------

    private static byte[] row(int compression, int width, byte... strip) {
        return tiff(BIG_ENDIAN, width, 1, strip, tag(COMPRESSION, compression));
    }

    /// −128 means nothing, −n repeats a byte n + 1 times, and n copies n + 1 bytes.
    @Test
    void packBitsRepeatsAndCopies() {
        assertArrayEquals(new float[]{9, 9, 9, 1, 2, 200}, numbers(row(PACK_BITS, 6, bytes(-128, -2, 9, -128, 2, 1, 2, 200))));
        assertArrayEquals(new float[]{5, 9, 9}, numbers(row(PACK_BITS, 3, bytes(0, 5, -1, 9))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2 9 9 9", "2 9 9 9 1", "2 9 9 9 2 1 2", "-4 9", "-4 9 -4"})
    void packBitsThatEndEarlyAreRefused(String strip) {
        damaged(row(PACK_BITS, 6, bytes(Arrays.stream(strip.split(" ")).mapToInt(Integer::parseInt).toArray())));
    }

    private void damaged(byte... tiff) {
        refused("its data are damaged or incomplete", tiff);
    }

    /// Codes as a writer packs them: of 9 bits at first, and of one more from the entry before each power of 2, up to 12.
    private static byte[] lzw(int... codes) {
        StringBuilder all = new StringBuilder();
        int entries = 258, width = 9;
        for (int code : codes) {
            for (int b = width - 1; b >= 0; b--) all.append(code >> b & 1);
            entries = code == CLEAR ? 257 : entries + 1;
            width = entries < 511 ? 9 : entries < 1023 ? 10 : entries < 2047 ? 11 : 12;
        }
        while (all.length() % 8 > 0) all.append('0');
        return packed(all);
    }

    /// The example of TIFF 6.0, section 13.
    @Test
    void theExampleOfLzwIsExpanded() {
        byte[] strip = lzw(CLEAR, 7, 258, 8, 8, 258, 6, 6, END);
        assertArrayEquals(new float[]{7, 7, 7, 8, 8, 7, 7, 6, 6}, numbers(row(LZW, 9, strip)));
        damaged(row(LZW, 10, strip));
    }

    @Test
    void aCodeOfLzwThatIsNotInTheTableIsRefused() {
        damaged(row(LZW, 3, lzw(CLEAR, 7, 259, END)));
        damaged(row(LZW, 3, lzw(CLEAR, 258, 7, 7, END)));
        damaged(row(LZW, 5, lzw(CLEAR, 7, 8, 9, CLEAR, 258, END)));
    }

    @Test
    void aFullTableOfLzwStaysAsItIs() {
        int n = 5000;
        int[] codes = new int[n + 3];
        float[] expected = new float[n + 2];
        codes[0] = CLEAR;
        for (int i = 0; i < n; i++) expected[i] = codes[i + 1] = i * 7 % 256;
        codes[n + 1] = 258;                                             // the first entry: the first two numbers
        codes[n + 2] = END;
        expected[n] = 0;
        expected[n + 1] = 7;
        assertArrayEquals(expected, numbers(row(LZW, n + 2, lzw(codes))));
    }

    @Test
    void deflatedDataThatEndEarlyAreRefused() {
        byte[] strip = PngBytes.deflate(bytes(1, 2, 3, 4, 5, 6));
        assertArrayEquals(new float[]{1, 2, 3, 4, 5, 6}, numbers(row(DEFLATE, 6, strip)));
        damaged(row(DEFLATE, 7, strip));
        damaged(row(DEFLATE, 6, Arrays.copyOf(strip, 5)));
        damaged(row(DEFLATE, 6, bytes(1, 2, 3, 4, 5, 6)));
    }

    @Test
    void zstandardsDataThatEndEarlyAreRefused() throws IOException {
        try (InputStream in = Objects.requireNonNull(TiffTest.class.getResourceAsStream("pictures/words.3.zst"))) {
            byte[] strip = in.readAllBytes(), words = new byte[59615];
            Zstandard.decode(ByteBuffer.wrap(strip), words);
            float[] numbers = numbers(words(strip));
            for (int i = 0; i < words.length; i++) assertEquals(words[i] & 0xFF, numbers[i]);
            damaged(words(Arrays.copyOf(strip, strip.length / 2)));
            strip[strip.length / 2] ^= 0x55;
            damaged(words(strip));
        }
    }

    private static byte[] words(byte... strip) {
        return tiff(BIG_ENDIAN, 11923, 5, strip, tag(COMPRESSION, ZSTANDARD));
    }

    // Pages ------------------------------------------------------------------------------------------------------------------

    /// A page of 3 × 2 pixels that ImageJ says to be the first of several, and the file's last `count` bytes from its first number on.
    private static byte[] stack(int images, int count, Tag... others) {
        byte[] numbers = new byte[count];
        for (int i = 0; i < count; i++) numbers[i] = (byte) (i + 1);
        List<Tag> tags = new ArrayList<>(List.of(Tag.of(DESCRIPTION, "ImageJ=1.54p\nimages=" + images + "\nslices=" + images + "\n")));
        tags.addAll(List.of(others));
        tags.add(Tag.of(STRIP_COUNTS, LONG, 6));
        int start = tiff(LITTLE_ENDIAN, 3, 2, new byte[0], tags.toArray(Tag[]::new)).length;
        tags.add(Tag.of(STRIP_OFFSETS, LONG, start));
        return NiftiBytes.join(tiff(LITTLE_ENDIAN, 3, 2, new byte[0], tags.toArray(Tag[]::new)), numbers);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void pagesOfOneDirectoryFollowEachOther(int page) {
        float[] expected = new float[6];
        for (int i = 0; i < 6; i++) expected[i] = 6 * page + i + 1;
        assertArrayEquals(expected, PictureFile.open(file(stack(3, 18)), page, ForeignPicturesTest::numbers));
        byte[] planes = stack(3, 18, tag(PLANAR, 2));                   // means nothing if a pixel has one number
        assertArrayEquals(expected, PictureFile.open(file(planes), page, ForeignPicturesTest::numbers));
    }

    @Test
    void pagesThatAreNotThereDoNotCount() {
        assertArrayEquals(new float[]{1, 2, 3, 4, 5, 6}, numbers(stack(3, 17)));
        assertArrayEquals(new float[]{1, 2, 3, 4, 5, 6}, numbers(stack(4, 18)));
    }

    @Test
    void onlyPlainPagesFollowEachOther() {
        assertEquals(3, pages(stack(3, 18)));
        assertEquals(1, pages(stack(3, 18, tag(COMPRESSION, PACK_BITS))));
        assertEquals(1, pages(stack(3, 60, tag(322, 3), tag(323, 2))), "tiles");
        assertEquals(1, pages(stack(3, 60, tag(SAMPLES, 2), tag(PLANAR, 2))));
        assertEquals(3, pages(stack(3, 36, tag(SAMPLES, 2), tag(PLANAR, 1))));
        assertEquals(1, pages(stack(3, 35, tag(SAMPLES, 2), tag(PLANAR, 1))));
    }

    private static int pages(byte... tiff) {
        return new TiffFile(ByteBuffer.wrap(tiff)).pages();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "ImageJ=1.54p images=6 channels=2|6|1|3|2|1|false", "ImageJ=1.54p images=6 channels=2|1|6|3|2|1|true",
        "ImageJ=1.54p images=6|1|5|1|1|1|false", "ImageJ=1.54p images=6|1|6|6|1|1|true", "ImageJ=1.54p images=6|3|9|3|1|1|false",
        "ImageJ=1.54p images=5 channels=2|5|1|5|1|1|false", "images=6 channels=2|6|1|6|1|1|false",
        "<Pixels DimensionOrder=\"XYCZT\" SizeC=\"2\" SizeZ=\"3\" SizeT=\"1\">|6|1|3|2|1|false",
        "<OME:Pixels SizeC=\"2\" DimensionOrder=\"XYZCT\" SizeZ=\"3\" SizeT=\"1\">|6|1|3|2|3|false",
        "<Pixels DimensionOrder=\"XYZTC\" SizeC=\"2\" SizeZ=\"3\" SizeT=\"2\">|12|1|6|2|6|false",
        "<Pixels DimensionOrder=\"XYTCZ\" SizeC=\"2\" SizeZ=\"3\" SizeT=\"2\">|12|1|6|2|2|false",
        "<Pixels SizeC=\"3\">|6|1|2|3|1|false", "<Pixels DimensionOrder=\"XYZTT\" SizeC=\"2\" SizeZ=\"1\" SizeT=\"1\">|6|1|3|2|1|false",
        "<Pixels DimensionOrder=\"XYZCT\" SizeC=\"2\" SizeZ=\"2\" SizeT=\"1\">|6|1|6|1|2|false",
        "<Pixels DimensionOrder=\"XYZCT\" SizeC=\"2\" SizeZ=\"4\" SizeT=\"1\">|6|1|6|1|4|false",
        "<Pixels DimensionOrder=\"XYZTC\" SizeC=\"2\" SizeZ=\"65536\" SizeT=\"65536\">|6|1|6|1|0|false",
        "<Pixels DimensionOrder=\"XYZCT\" SizeC=\"65536\" SizeZ=\"65536\" SizeT=\"1\">|65536|1|65536|1|65536|false"})
    void channelsAreToldByImageJOrOme(String description, int directories, long contiguous, int pages, int channels, int step,
            boolean virtual) {
        String lines = description.startsWith("ImageJ") ? description.replace(' ', '\n') : description;
        assertEquals(new TiffStack(pages, channels, step, virtual), TiffStack.of(lines, directories, contiguous));
    }

    /// Of 12 directories in the order XYZCT, with 3 slices, 2 channels and 2 times.
    @Test
    void aPageKnowsTheDirectoriesOfItsChannels() {
        TiffStack stack = new TiffStack(6, 2, 3, false);
        assertEquals(List.of(0, 1, 2, 6, 7, 8), IntStream.range(0, 6).mapToObj(page -> stack.directory(page, 0)).toList());
        assertEquals(List.of(3, 4, 5, 9, 10, 11), IntStream.range(0, 6).mapToObj(page -> stack.directory(page, 1)).toList());
        assertEquals(4, new TiffStack(6, 1, 3, false).directory(4, 0));
    }

    // Size of a pixel --------------------------------------------------------------------------------------------------------

    /// What ImageJ 1.54p writes, which leaves out a spacing of 1, and writes µ as an escape; and OME, whose µ is UTF-8.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "ImageJ=1.54p;unit=\\u00B5m;spacing=2.5|2|4|0.0005|0.00025|0.0025", "ImageJ=1.54p;unit=micron|2|4|0.0005|0.00025|0.001",
        "ImageJ=1.54p;unit=\u00c2\u00b5m;spacing=-2.5|2|4|0.0005|0.00025|0.0025", "ImageJ=1.54p;unit=inch;spacing=1|2|2|12.7|12.7|25.4",
        "ImageJ=1.54p;unit=micron;yunit=mm;zunit=nm;spacing=3|2|4|0.0005|0.25|0.000003", "ImageJ=1.54p;unit=mm;spacing=none|2|4|0.5|0.25|0.5",
        "<OME><Pixels PhysicalSizeX='0.5' PhysicalSizeY='0.25' SizeC='1'/></OME>|0|0|0.0005|0.00025|0.0005",
        "<Pixels PhysicalSizeX='0.5' PhysicalSizeXUnit='mm' PhysicalSizeY='25' PhysicalSizeYUnit='nm' PhysicalSizeZ='3'>|0|0|0.5|0.000025|0.003",
        "ImageJ=1.54p;unit=pixel;spacing=2.5|1|1|||", "ImageJ=1.54p;spacing=2.5|2|4|||", "ImageJ=1.54p;unit=mm|0|4|||", "ImageJ=1.54p;unit=mm|2|0|||",
        "a scan|72|72|||", "<Pixels PhysicalSizeX='0.5' PhysicalSizeY='0' SizeC='1'/>|0|0|||", "<Pixels SizeC='1'/>|72|72|||",
        "<Pixels PhysicalSizeX='1' PhysicalSizeXUnit='reference frame' PhysicalSizeY='1'/>|0|0|||"})
    void theSizeOfAPixelIsToldByImageJOrOme(String description, double xResolution, double yResolution, @Nullable Double x, @Nullable Double y,
            @Nullable Double z) {
        PixelSize size = PixelSize.of(description.replace(';', '\n').replace("'", "\""), xResolution, yResolution);
        assertEquals(x == null, size == null);
        if (x == null || y == null || z == null || size == null) return;
        assertArrayEquals(new double[]{x, y, z}, new double[]{size.x(), size.y(), size.z()}, 1e-12);
    }

    @Test
    void pagesAreSlicesOfTheSizeOfTheFirst() {
        Tag x = Tag.of(X_RESOLUTION, RATIONAL, 2, 1), y = Tag.of(Y_RESOLUTION, RATIONAL, 4, 1), text = Tag.of(DESCRIPTION,
                "ImageJ=1.54p\nimages=3\nslices=3\nunit=mm\nspacing=3.0\n");
        byte[] pages = stack(3, 18, x, y, text);
        for (Geometry grid : List.of(PictureFile.volume(file(pages)).geometry(), PictureFile.labels(file(pages)).geometry(), PictureFile.numbers(
                file(pages)).geometry())) {
            assertEquals("3 × 2 × 3 voxels of 0.5 × 0.25 × 3.0 mm, RAS", grid.toString());
            assertTrue(grid.hasSpacing() && grid.hasUnit() && !grid.isPlaced());
        }
        Tag close = Tag.of(DESCRIPTION, "ImageJ=1.54p\nimages=3\nslices=3\nunit=mm\nspacing=0.1\n");
        assertEquals(2, PictureFile.volume(file(stack(3, 18, x, y, close))).geometry().sliceAxis(), "slices are pages");
        Geometry turned = PictureFile.volume(file(stack(3, 18, x, y, text, tag(ORIENTATION, 6)))).geometry();
        assertEquals("2 × 3 × 3 voxels of 0.25 × 0.5 × 3.0 mm, RAS", turned.toString());
        for (Tag other : List.of(Tag.of(X_RESOLUTION, LONG, 2), Tag.of(X_RESOLUTION, RATIONAL, 2, 0), Tag.of(X_RESOLUTION, RATIONAL, 0, 0),
                Tag.of(X_RESOLUTION, RATIONAL, 0, 1), Tag.of(X_RESOLUTION, LONG)))
            assertFalse(PictureFile.volume(file(tiff(other, y, text))).geometry().hasSpacing());
        assertFalse(PictureFile.volume(file(tiff())).geometry().hasSpacing());
    }

    @Test
    void ofTwoPicturesTheOneWhosePixelsHaveASizeIsBelieved() {
        Geometry without = PictureFile.volume(file(tiff())).geometry(), with = PictureFile.volume(file(tiff(Tag.of(X_RESOLUTION, RATIONAL, 2, 1), Tag
                .of(Y_RESOLUTION, RATIONAL, 2, 1), Tag.of(DESCRIPTION, "ImageJ=1.54p\nunit=mm\n")))).geometry();
        for (Grids.Common common : List.of(Grids.common(with, without), Grids.common(without, with))) {
            assertSame(with, common.grid());
            assertEquals("one of the two files does not say how large its pixels are: they are taken to be as large as the other's", common.remark()
                    .orElse(""));
        }
        Geometry volume = Geometry.of(3, 2, 1, 5, 5, 5);
        for (Geometry picture : List.of(with, without))
            for (Grids.Common common : List.of(Grids.common(picture, volume), Grids.common(volume, picture))) {
                assertSame(volume, common.grid());
                assertEquals("one of the two files does not say where its voxels lie: it is taken to lie where the other does", common.remark()
                        .orElse(""));
            }
        assertEquals(Optional.empty(), Grids.common(without, without).remark());
    }

    // Files ------------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"II, 42, 0, true", "II, 43, 0, true", "MM, 0, 42, true", "MM, 0, 43, true", "II, 42, 1, false", "MM, 1, 42, false",
        "II, 44, 0, false", "II, 0, 42, false", "MM, 42, 0, false", "IM, 42, 0, false", "KK, 42, 0, false"})
    void aTiffIsKnownByItsFirstFourBytes(String order, int third, int fourth, boolean is) {
        byte[] start = {(byte) order.charAt(0), (byte) order.charAt(1), (byte) third, (byte) fourth};
        assertEquals(is, TiffFile.is(ByteBuffer.wrap(start)));
        assertFalse(TiffFile.is(ByteBuffer.wrap(start, 0, 3).slice()));
    }

    @Test
    void aStripMayEndWhereTheFileDoes() {
        assertArrayEquals(new float[]{1, 2, 3, 4, 5, 6}, numbers(stack(1, 6)));
        refused("it ends too early, in its strip or tile 0", stack(1, 5));
    }

    @Test
    void theLastStripHasTheRowsThatAreLeft() {
        byte[] strip = bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        float[] expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        assertArrayEquals(expected, numbers(tiff(BIG_ENDIAN, 2, 5, strip, tag(STRIP_ROWS, 2), Tag.of(STRIP_OFFSETS, LONG, 8, 12, 16), Tag
                .of(STRIP_COUNTS, LONG, 4, 4, 2))));
    }

    @Test
    void aPageWithoutTagsIsRefused() {
        byte[] none = tiff();
        none[14] = 0;                                                   // how many tags it has
        refused("it ends too early, in the description of a page", none);
    }

    @ParameterizedTest
    @CsvSource({"0, false", "7, true", "8, true", "9, false"})
    void onlyTheOrientationsFrom1To8AreKnown(int orientation, boolean turned) {
        int height = PictureFile.open(file(tiff(tag(ORIENTATION, orientation))), null, StoredPicture::height);
        assertEquals(turned ? 3 : 2, height);
    }
}
