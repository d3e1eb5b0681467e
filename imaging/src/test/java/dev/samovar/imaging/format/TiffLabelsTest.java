package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Labels in TIFF files: their tags, byte by byte, and their pixels, as the JDK's reader sees them.
class TiffLabelsTest {
    private static final int BITS = 258, DESCRIPTION = 270, X_RESOLUTION = 282, Y_RESOLUTION = 283, UNIT = 296;

    @TempDir
    private Path folder;

    /// The tags of a page: how many values each has, and the value or its offset.
    private record Page(Map<Integer, int[]> tags) {
        boolean has(int tag) {
            return tags.containsKey(tag);
        }

        int[] tag(int tag) {
            return Objects.requireNonNull(tags.get(tag));
        }
    }

    private static List<Page> tags(ByteBuffer b) {
        List<Page> pages = new ArrayList<>();
        for (int at = b.getInt(4); at != 0;) {
            Map<Integer, int[]> tags = new HashMap<>();
            int end = at + 2 + 12 * b.getChar(at);
            for (int entry = at + 2; entry < end; entry += 12)
                tags.put((int) b.getChar(entry), new int[]{b.getInt(entry + 4), b.getInt(entry + 8)});
            pages.add(new Page(tags));
            at = b.getInt(end);
        }
        return pages;
    }

    private static ByteBuffer bytes(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String description(ByteBuffer b) {
        int[] text = tags(b).getFirst().tag(DESCRIPTION);
        byte[] words = new byte[text[0]];
        b.get(text[1], words);
        return new String(words, StandardCharsets.US_ASCII);
    }

    private static List<int[]> pixels(Path file) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName("tiff").next();
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            reader.setInput(in);
            List<int[]> pages = new ArrayList<>();
            for (int i = 0; i < reader.getNumImages(true); i++) {
                Raster page = reader.read(i).getRaster();
                pages.add(page.getSamples(0, 0, page.getWidth(), page.getHeight(), 0, (int[]) null));
            }
            return pages;
        } finally {
            reader.dispose();
        }
    }

    /// Labels of 3 × 2 pixels: 0, 1, 2, … from the first slice to the last.
    private Path written(int slices, double dx, double dy, double dz) {
        byte[] classes = new byte[6 * slices];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i % 256);
        Path file = folder.resolve("labels.tif");
        TiffLabels.write(file, new LabelVolume(Geometry.of(3, 2, slices, dx, dy, dz), classes));
        return file;
    }

    @Test
    void theSpacingOfAVolumeIsWrittenForImageJ() throws IOException {
        Path file = written(3, 0.5, 0.25, 4.5);
        ByteBuffer b = bytes(file);
        assertEquals("ImageJ=1.54p\nimages=3\nslices=3\nunit=mm\nspacing=4.5\nloop=false\nmin=0.0\nmax=17.0\n\0", description(b));
        List<Page> pages = tags(b);
        assertEquals(3, pages.size());
        for (int z = 0; z < 3; z++) {
            assertArrayEquals(new int[]{6 * z, 6 * z + 1, 6 * z + 2, 6 * z + 3, 6 * z + 4, 6 * z + 5}, pixels(file).get(z));
            assertEquals(2, fraction(b, pages.get(z).tag(X_RESOLUTION)), "pixels in a mm");
            assertEquals(4, fraction(b, pages.get(z).tag(Y_RESOLUTION)));
            assertArrayEquals(new int[]{1, 1}, pages.get(z).tag(UNIT), "a unit that is not an inch or a centimetre");
        }
    }

    @ParameterizedTest
    @CsvSource({"0.0001625, 0.0001625, 0.001, micron, 1.0", "0.00065, 0.0005, 0.002, micron, 2.0", "0.009, 0.009, 20, mm, 20.0",
        "0.02, 0.009, 0.05, mm, 0.05"})
    void smallPixelsAreInMicronsAndReadBack(double dx, double dy, double dz, String unit, String spacing) throws IOException {
        Path file = written(3, dx, dy, dz);
        assertTrue(description(bytes(file)).contains("unit=" + unit + "\nspacing=" + spacing + "\n"), description(bytes(file)));
        Geometry grid = Volumes.readLabels(file).geometry();
        assertArrayEquals(new double[]{dx, dy, dz}, new double[]{grid.spacing(0), grid.spacing(1), grid.spacing(2)}, 1e-6 * dz);
    }

    /// What has no size is not given one.
    @Test
    void aVolumeWithoutASizeGetsNone() throws IOException {
        Geometry untold = Volumes.readLabels(written(2, 5000, 1, 1)).geometry();
        assertFalse(untold.hasSpacing());
        Path again = folder.resolve("again.tif");
        TiffLabels.write(again, new LabelVolume(untold, new byte[12]));
        assertFalse(tags(bytes(again)).getFirst().has(X_RESOLUTION));
    }

    private static double fraction(ByteBuffer b, int... tag) {
        assertEquals(1, tag[0]);
        return (double) b.getInt(tag[1]) / b.getInt(tag[1] + 4);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, false", "2, 1, 1, 1, true", "1, 1, 1, 2, true", "1, 0.5, 1, 1, true", "1, 1, 0.5, 1, true",
        "2, 1, 1, 1999, true", "2, 1999, 1, 1, true", "2, 1, 1, 2000, false", "2, 1, 2000, 1, false", "2, 5000, 1, 1, false",
        "2, 0.000002, 1, 1, true", "2, 0.0000005, 1, 1, false"})
    void onlyAVolumeWithASpacingThatFitsHasOne(int slices, double dx, double dy, double dz, boolean fits) throws IOException {
        ByteBuffer b = bytes(written(slices, dx, dy, dz));
        assertEquals(fits, description(b).contains("unit=mm\nspacing=" + (float) dz + "\n"));
        for (Page page : tags(b))
            for (int tag : List.of(X_RESOLUTION, Y_RESOLUTION, UNIT)) assertEquals(fits, page.has(tag));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 254, 255, 256, 65535})
    void manyObjectsTake16Bits(int most) throws IOException {
        Path file = folder.resolve("objects.TIFF");
        TiffLabels.write(file, Geometry.of(3, 2, 1, 1, 1, 1), new char[]{0, 0, (char) most, 0, 1, 0});
        assertArrayEquals(new int[]{0, 0, most, 0, 1, 0}, pixels(file).getFirst());
        ByteBuffer b = bytes(file);
        Page page = tags(b).getFirst();
        assertArrayEquals(new int[]{1, most > 255 ? 16 : 8}, page.tag(BITS));
        assertFalse(page.has(X_RESOLUTION));
        assertTrue(description(b).endsWith("\nmax=" + Math.max(1, most) + ".0\n\0"), description(b));
    }

    /// TIFF 6.0, section 2: directories and values begin on a word boundary, whatever the length of the text before them.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 43})
    void valuesBeginAtEvenOffsets(int slices) throws IOException {
        ByteBuffer b = bytes(written(slices, 0.5, 1, 2));
        List<Page> pages = tags(b);
        assertEquals(slices, pages.size());
        assertEquals(0, pages.getFirst().tag(DESCRIPTION)[1] % 2);
        for (Page page : pages) for (int tag : List.of(X_RESOLUTION, Y_RESOLUTION)) assertEquals(0, page.tag(tag)[1] % 2);
    }
}
