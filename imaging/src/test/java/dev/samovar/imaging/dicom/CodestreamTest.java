package dev.samovar.imaging.dicom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Valid codestreams that decoders read wrongly.
class CodestreamTest {
    private static final String LOSSLESS = "1.2.840.10008.1.2.4.70", LOSSLESS_2000 = "1.2.840.10008.1.2.4.90";
    /// Lossless JPEG of a row of four pixels. The code of the last one, which equals the one to its left, ends with a byte.
    private static final String SMALL = "ffd8ffc3000b080001000401011100ffc4001c0000010501010100000000000000000000000102030405060708ffda0008010100010000c010";
    /// JPEG 2000 with pixels that lie on a larger canvas, as the standard allows (T.800, B.2): five columns and three rows of the numbers 10 to 24, two columns and one row away from the canvas's corner; by OpenJPEG 2.5.
    private static final String CANVAS = "ff4fff510029000000000007000000040000000200000001000000070000000400000000000000000001070101ff52000c00000001000004040001ff5c00044040"
            + "ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e30ff90000a00000000001e0001ff93cfb43408ec8032caff2025d2cc27de7bffd9";

    @TempDir
    private Path folder;

    private Path file(String syntax, int columns, int rows, byte[] codestream) {
        Elements set = DicomBytes.image(0).unsigned(Tags.ROWS, rows).unsigned(Tags.COLUMNS, columns).unsigned(Tags.BITS_ALLOCATED, 8)
                .unsigned(Tags.BITS_STORED, 8).unsigned(Tags.HIGH_BIT, 7).unsigned(Tags.PIXEL_REPRESENTATION, 0)
                .text(Tags.PIXEL_SPACING, "DS", "1\\1").text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\0\\1\\0")
                .text(Tags.IMAGE_POSITION, "DS", "0\\0\\0");
        return DicomBytes.write(folder.resolve("a.dcm"), DicomBytes.file(DicomBytes.encapsulated(set, List.of(codestream)), syntax));
    }

    /// TwelveMonkeys' imageio-jpeg 3.14.0 gives 0 for the last pixel if one or more bytes of ones, which mean nothing, precede the end.
    @ParameterizedTest
    @ValueSource(strings = {"", "ff", "ffff"})
    void bytesThatOnlyFillAreNoData(String fill) {
        byte[] stream = HexFormat.of().parseHex(SMALL + fill + "ffd9");
        assertArrayEquals(new float[]{97, 97, 96, 96}, DicomSeries.open(file(LOSSLESS, 4, 1, stream), Choice.NONE).read().voxels());
    }

    /// Before a restart, TwelveMonkeys' imageio-jpeg 3.14.0 loses the same pixel, with or without a byte that fills.
    @Test
    void losslessJpegThatRestartsIsRefused() {
        String restarts = SMALL.replace("ffda", "ffdd00040004ffda");
        DicomSeries series = DicomSeries.open(file(LOSSLESS, 4, 1, HexFormat.of().parseHex(restarts + "ffd9")), Choice.NONE);
        assertTrue(assertThrows(FormatException.class, series::read).getMessage().contains("a.dcm: its lossless JPEG restarts within a frame"));
        String never = SMALL.replace("ffda", "ffdd00040000ffda");
        assertArrayEquals(new float[]{97, 97, 96, 96},
                DicomSeries.open(file(LOSSLESS, 4, 1, HexFormat.of().parseHex(never + "ffd9")), Choice.NONE).read()
                        .voxels());
    }

    /// jai-imageio-jpeg2000 1.4.0 gives a raster of the canvas, not of the picture.
    @Test
    void pixelsMayLieOnALargerCanvas() {
        float[] expected = new float[15];
        for (int i = 0; i < 15; i++) expected[i] = 10 + i;
        assertArrayEquals(expected, DicomSeries.open(file(LOSSLESS_2000, 5, 3, HexFormat.of().parseHex(CANVAS)), Choice.NONE).read().voxels());
    }

    @Test
    void aCanvasThatIsFarTooLargeIsRefused() {
        ByteBuffer stream = ByteBuffer.wrap(HexFormat.of().parseHex(CANVAS));
        for (int field : new int[]{8, 16, 24}) stream.putInt(field, stream.getInt(field) + 50_000);        // right, left, the tile's width
        for (int field : new int[]{12, 20, 28}) stream.putInt(field, stream.getInt(field) + 50_000);
        DicomSeries series = DicomSeries.open(file(LOSSLESS_2000, 5, 3, stream.array()), Choice.NONE);
        FormatException e = assertThrows(FormatException.class, series::read);
        assertEquals("a.dcm: it claims 50007 × 50004 pixels, more than 136 bytes of data can hold",
                e.getMessage().substring(e.getMessage().indexOf("a.dcm")));
    }
}
