package dev.samovar.imaging.dicom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How stored pixels become numbers: byte orders, bits that count, palettes.
class PixelsTest {
    private static final String BIG_ENDIAN = "1.2.840.10008.1.2.2";

    @TempDir
    private Path folder;

    /// One slice of `columns` × 1 pixels.
    private static Elements row(int columns, int bits) {
        return DicomBytes.image(0).unsigned(Tags.ROWS, 1).unsigned(Tags.COLUMNS, columns).unsigned(Tags.BITS_ALLOCATED, bits).unsigned(
                Tags.BITS_STORED, bits).unsigned(Tags.HIGH_BIT, bits - 1).unsigned(Tags.PIXEL_REPRESENTATION, 0)
                .text(Tags.PIXEL_SPACING, "DS", "1\\1")
                .text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\0\\1\\0").text(Tags.IMAGE_POSITION, "DS", "0\\0\\0");
    }

    private static byte[] words(int... values) {
        ByteBuffer b = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int v : values) b.putShort((short) v);
        return b.array();
    }

    private static byte[] bytes(int... values) {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) b[i] = (byte) values[i];
        return b;
    }

    private float[] read(Elements set) {
        return DicomSeries.open(DicomBytes.write(folder.resolve("a.dcm"), DicomBytes.file(set)), Choice.NONE).read().voxels();
    }

    /// The same data set in big endian: tags, lengths, and numbers of two bytes, as whose words pixels of one byte are stored, too.
    private static byte[] bigEndian(Elements set) {
        ByteBuffer in = ByteBuffer.wrap(set.encode()).order(ByteOrder.LITTLE_ENDIAN), out = ByteBuffer.allocate(in.remaining());
        while (in.hasRemaining()) {
            out.putShort(in.getShort()).putShort(in.getShort());
            String vr = "" + (char) in.get() + (char) in.get();
            out.put((byte) vr.charAt(0)).put((byte) vr.charAt(1));
            int length;
            if (vr.equals("OW") || vr.equals("OB")) {
                out.putShort(in.getShort());
                length = in.getInt();
                out.putInt(length);
            } else {
                length = in.getChar();
                out.putShort((short) length);
            }
            for (int i = 0; i < length; i += 2) {
                byte a = in.get(), b = in.get();
                boolean isNumber = vr.equals("OW") || vr.equals("US");
                out.put(isNumber ? b : a).put(isNumber ? a : b);
            }
        }
        return DicomBytes.file(out.array(), BIG_ENDIAN);
    }

    /// Three frames of an odd number of bytes: of the second, the words begin in the middle.
    @Test
    void bytesInWordsOfBigEndianAreFoundWhereverAFrameBegins() {
        byte[] pixels = bytes(1, 2, 3, 4, 5, 6, 7, 8, 9);
        Elements clip = row(3, 8).text(Tags.NUMBER_OF_FRAMES, "IS", "3").bytes(Tags.PIXEL_DATA, "OW", pixels);
        float[] expected = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        assertArrayEquals(expected, read(clip));
        Path file = DicomBytes.write(folder.resolve("big.dcm"), bigEndian(clip));
        assertArrayEquals(expected, DicomSeries.open(file, Choice.NONE).read().voxels());
        Path wide = DicomBytes.write(folder.resolve("wide.dcm"), bigEndian(row(2, 16).bytes(Tags.PIXEL_DATA, "OW", words(300, 40_000))));
        assertArrayEquals(new float[]{300, 40_000}, DicomSeries.open(wide, Choice.NONE).read().voxels());
    }

    /// The upper bits may hold something else (an overlay).
    @Test
    void onlyTheBitsThatCountAreTaken() {
        Elements set = row(4, 16).unsigned(Tags.BITS_STORED, 12).unsigned(Tags.HIGH_BIT, 11).bytes(Tags.PIXEL_DATA, "OW",
                words(0xF001, 0x0800, 0x1FFF,
                        0x07FF));
        assertArrayEquals(new float[]{1, 2048, 4095, 2047}, read(set));
        assertArrayEquals(new float[]{1, -2048, -1, 2047}, read(set.unsigned(Tags.PIXEL_REPRESENTATION, 1)));
        assertArrayEquals(new float[]{256, 128, 511, 127}, read(set.unsigned(Tags.PIXEL_REPRESENTATION, 0).unsigned(Tags.HIGH_BIT, 12)
                .unsigned(Tags.BITS_STORED, 9)));
    }

    @Test
    void pixelsThatAreNotThereAreMissed() {
        Elements set = row(4, 16).bytes(Tags.PIXEL_DATA, "OW", words(1, 2, 3));
        FormatException e = assertThrows(FormatException.class, () -> read(set));
        assertTrue(e.getMessage().endsWith("a.dcm: it ends too early: 6 of 8 bytes of pixels"), e.getMessage());
        Elements odd = row(3, 8).unsigned(Tags.SAMPLES_PER_PIXEL, 3).unsigned(Tags.PLANAR_CONFIGURATION, 0)
                .text(Tags.PHOTOMETRIC, "CS", "YBR_FULL_422")
                .bytes(Tags.PIXEL_DATA, "OW", new byte[6]);
        assertTrue(assertThrows(FormatException.class, () -> read(odd)).getMessage().contains("its 3 columns share their colours in pairs"));
    }

    // Palettes ---------------------------------------------------------------------------------------------------------------

    private static Elements palette(int entries, int first, int bits, byte[]... tables) {
        Elements set = row(4, 8).text(Tags.PHOTOMETRIC, "CS", "PALETTE COLOR");
        for (int c = 0; c < 3; c++) set.unsigned(Tags.RED_DESCRIPTOR + c, entries, first, bits).bytes(Tags.RED_TABLE + c, "OW", tables[c]);
        return set;
    }

    @Test
    void indicesStandForColours() {
        byte[] red = words(0x1000, 0x2000, 0xFF00), green = words(0x0100, 0x02FF, 0x0300), blue = words(0, 0x7F80, 0x8000);
        float[] expected = {16, 32, 255, 255, 1, 2, 3, 3, 0, 127, 128, 128};                     // beyond the last entry is the last
        assertArrayEquals(expected, read(palette(3, 0, 16, red, green, blue).bytes(Tags.PIXEL_DATA, "OW", bytes(0, 1, 2, 200))));
        assertArrayEquals(new float[]{16, 16, 32, 255, 1, 1, 2, 3, 0, 0, 127, 128}, read(palette(3, 10, 16, red, green, blue).bytes(Tags.PIXEL_DATA,
                "OW", bytes(0, 10, 11, 12))));
    }

    @Test
    void tablesOfBytesArePackedOrInWords() {
        byte[] packed = bytes(9, 8, 7, 6), inWords = words(9, 8, 7, 6);
        float[] expected = {9, 8, 7, 6, 9, 8, 7, 6, 9, 8, 7, 6};
        byte[] indices = bytes(0, 1, 2, 3);
        assertArrayEquals(expected, read(palette(4, 0, 8, packed, packed, packed).bytes(Tags.PIXEL_DATA, "OW", indices)));
        assertArrayEquals(expected, read(palette(4, 0, 8, inWords, inWords, inWords).bytes(Tags.PIXEL_DATA, "OW", indices)));
        Path big = DicomBytes.write(folder.resolve("big.dcm"),
                bigEndian(palette(4, 0, 8, packed, packed, packed).bytes(Tags.PIXEL_DATA, "OW", indices)));
        assertArrayEquals(expected, DicomSeries.open(big, Choice.NONE).read().voxels());
    }

    @Test
    void signedIndicesBeginBelowZero() {
        byte[] table = words(0x0A00, 0x0B00, 0x0C00, 0x0D00);
        Elements set = palette(4, -2, 16, table, table, table).unsigned(Tags.PIXEL_REPRESENTATION, 1).bytes(Tags.PIXEL_DATA, "OW",
                bytes(-2, -1, 0, 1));
        assertArrayEquals(new float[]{10, 11, 12, 13, 10, 11, 12, 13, 10, 11, 12, 13}, read(set));
    }

    @Test
    void noEntriesMeansAllOfThem() {
        byte[] table = new byte[2 << 16];
        for (int i = 0; i < 4; i++) table[2 * i + 1] = (byte) (20 + i);
        assertArrayEquals(new float[]{23, 22, 21, 20}, Arrays.copyOf(read(row(4, 16).text(Tags.PHOTOMETRIC, "CS", "PALETTE COLOR").unsigned(
                Tags.RED_DESCRIPTOR, 0, 0, 16).unsigned(Tags.RED_DESCRIPTOR + 1, 4, 0, 16).unsigned(Tags.RED_DESCRIPTOR + 2, 4, 0, 16).bytes(
                        Tags.RED_TABLE, "UN", table)
                .bytes(Tags.RED_TABLE + 1, "OW", new byte[8]).bytes(Tags.RED_TABLE + 2, "OW", new byte[8]).bytes(
                        Tags.PIXEL_DATA, "OW", words(3, 2, 1, 0))),
                4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 12, 15, 32})
    void palettesOfOtherBitsAreRefused(int bits) {
        byte[] table = new byte[64];
        Elements set = palette(4, 0, bits, table, table, table).bytes(Tags.PIXEL_DATA, "OW", new byte[4]);
        assertTrue(assertThrows(FormatException.class, () -> read(set)).getMessage().endsWith("its palette is not complete"));
        assertTrue(assertThrows(FormatException.class, () -> read(palette(40, 0, 16, table, table, table).bytes(Tags.PIXEL_DATA, "OW", new byte[4])))
                .getMessage().endsWith("its palette is not complete"));
    }

    // Headers ----------------------------------------------------------------------------------------------------------------

    /// Group, element, then a type and a length of 16 bits, or a length of 32 bits.
    private static byte[] start(int group, int element, String vr, int length) {
        ByteBuffer b = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putShort((short) group).putShort((short) element);
        if (vr.isEmpty()) b.putInt(length);
        else b.put((byte) vr.charAt(0)).put((byte) vr.charAt(1)).putShort((short) length);
        return b.array();
    }

    @Test
    void aFileWithoutAPreambleIsKnownByItsFirstElement() {
        assertTrue(DicomFile.is(start(2, 0, "UL", 4), 100));
        assertTrue(DicomFile.is(start(2, 0x10, "UI", 92), 100));
        assertTrue(DicomFile.is(start(8, 5, "CS", 10), 100));
        assertTrue(DicomFile.is(start(8, 5, "", 10), 100));
        assertTrue(DicomFile.is(start(8, 0, "", 4), 100));
        assertTrue(DicomFile.is(start(8, 0xFF, "", 92), 100));
        byte[][] others = {start(2, 0x100, "UL", 4), start(8, 0x100, "", 4), start(8, 0, "", 5), start(9, 5, "", 4), start(1, 5, "", 4),
            start(8, 5, "", 93), start(8, 5, "CS", 93), start(8, 5, "", -1), start(8, 5, "Cs", 4), start(8, 5, "cS", 4)};
        for (byte[] other : others) assertEquals(false, DicomFile.is(other, 100), Arrays.toString(other));
        assertEquals(false, DicomFile.is(Arrays.copyOf(start(2, 0, "UL", 4), 15), 100));
    }

    /// Directions of length 1 at a right angle, up to what is lost where they are written with few digits.
    @Test
    void directionsAreMadeStraight() {
        double[] written = {0.802, 0.602, 0.001, -0.598, 0.8, 0.004};
        Elements set = row(4, 16).bytes(Tags.PIXEL_DATA, "OW", words(1, 2, 3, 4)).text(Tags.IMAGE_ORIENTATION, "DS",
                "0.802\\0.602\\0.001\\-0.598\\0.8\\0.004");
        Path file = DicomBytes.write(folder.resolve("a.dcm"), DicomBytes.file(set));
        Frame frame = DicomSeries.open(file, Choice.NONE).frames().getFirst();
        double[] o = Objects.requireNonNull(frame.orientation);
        double length = 0, along = 0, other = 0;
        for (int i = 0; i < 3; i++) {
            length += o[i] * o[i];
            other += o[i + 3] * o[i + 3];
            along += o[i] * o[i + 3];
        }
        assertEquals(1, length, 1e-12);
        assertEquals(1, other, 1e-12);
        assertEquals(0, along, 1e-12);
        for (int i = 0; i < 6; i++) assertEquals(written[i], o[i], 0.005);
        double rows = Math.sqrt(0.802 * 0.802 + 0.602 * 0.602 + 0.001 * 0.001);
        assertEquals(0.802 / rows, o[0], 1e-12);
        Elements skew = set.text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\0.02\\1\\0");
        assertTrue(assertThrows(FormatException.class, () -> read(skew)).getMessage().contains("not two directions of length 1 at a right angle"));
    }
}
