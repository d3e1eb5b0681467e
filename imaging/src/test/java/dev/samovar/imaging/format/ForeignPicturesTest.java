package dev.samovar.imaging.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pictures written by other programs, compared number by number. The checksums in `foreign.csv` are those of the numbers as Pillow 9.4 or tifffile 2023.2.3 read them.
/// The files were written by these two, ImageMagick 6.9.11, libtiff 4.5.0 (tiffcp), libjpeg-turbo 2.1.5 (cjpeg), zstd 1.5.4, ImageJ 1.54p and optipng 0.7.
class ForeignPicturesTest {
    @TempDir
    private Path folder;

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ForeignPicturesTest.class.getResourceAsStream("pictures/" + name), name)) {
            return in.readAllBytes();
        }
    }

    private Path resource(String name) throws IOException {
        return Files.write(folder.resolve(name), bytes(name));
    }

    static Stream<String> files() throws IOException {
        return new String(bytes("foreign.csv"), UTF_8).lines();
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyNumberIsTheReferences(String line) throws IOException {
        String[] cells = line.split(",", -1);
        Path file = resource(cells[0]);
        Integer page = cells[1].equals("page1") ? 1 : null;
        float[] numbers = cells[1].equals("rgb")
                ? PictureFile.read(file).pixels()
                : PictureFile.open(file, page, ForeignPicturesTest::numbers);
        int n = Integer.parseInt(cells[3]) * Integer.parseInt(cells[4]);
        assertEquals(Integer.parseInt(cells[2]) * n, numbers.length);
        assertEquals(cells[5], checksum(numbers));
    }

    static float[] numbers(StoredPicture picture) {
        int n = picture.height() * picture.width();
        float[] numbers = new float[picture.channels() * n];
        for (int i = 0; i < numbers.length; i++) numbers[i] = picture.number(i / n, i % n);
        return numbers;
    }

    private static String checksum(float... numbers) {
        ByteBuffer b = ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : numbers) b.putFloat(number);
        CRC32 crc = new CRC32();
        crc.update(b.flip());
        return String.format("%08x", crc.getValue());
    }

    @ParameterizedTest
    @CsvSource({"1, 59615", "3, 59615", "19, 59615", "3, 100", "19, 1"})
    void zstandardOfEveryLevelIsExpanded(int level, int size) throws IOException {
        byte[] words = new byte[size], all = new byte[59615];
        assertTrue(Zstandard.decode(ByteBuffer.wrap(bytes("words." + level + ".zst")), words));
        assertTrue(Zstandard.decode(ByteBuffer.wrap(bytes("words.1.zst")), all));
        assertArrayEquals(Arrays.copyOf(all, size), words);
        CRC32 crc = new CRC32();
        crc.update(all);
        assertEquals("0e8859fd", String.format("%08x", crc.getValue()));
    }

    /// Programs may reorder a palette of greys. The classes are then the greys and not the indices.
    @ParameterizedTest
    @CsvSource({"labidx.png", "labidx_opt.png", "labidx_im8.png"})
    void aPaletteOfGreysHoldsClassesInItsGreys(String name) throws IOException {
        LabelVolume labels = PictureFile.labels(resource(name)), plain = PictureFile.labels(resource("labidx.png"));
        assertEquals(plain, labels);
        assertEquals(5, labels.max());
    }

    @Test
    void imageJsInvertingTableChangesNoClass() throws IOException {
        assertEquals(PictureFile.labels(resource("c2m_true.png")), PictureFile.labels(resource("c2m_false.png")));
        assertEquals(1, PictureFile.labels(resource("c2m_false.png")).max());
    }

    @Test
    void channelsBeyondTheOnesTakenAreSaid() throws IOException {
        assertEquals(List.of("it has 2 channels: 0 is shown as red and blue, 1 as green; --channels chooses others"),
                shown("twochan_contig.tif", null).remarks());
        assertEquals(List.of("it has 4 channels: 0, 1 and 2 are shown as red, green and blue; --channels chooses others"),
                shown("rgbx.tif", null).remarks());
        assertTrue(shown("chan5_planar.tif", null).remarks().getFirst().startsWith("it has 5 channels: 0, 1 and 2 are shown"));
        Picture two = shown("twochan_contig.tif", List.of(1)).picture();
        assertEquals(108, two.pixels()[0], "tifffile's first number of the second channel");
        assertEquals(108, two.pixels()[2 * two.height() * two.width()]);
        assertArrayEquals(new float[]{108, 17, 108}, corner(shown("twochan_contig.tif", List.of(1, 0)).picture()));
        String says = assertThrows(FormatException.class, () -> shown("twochan_contig.tif", List.of(2))).getMessage();
        assertTrue(says.endsWith("twochan_contig.tif: it has the channels 0 to 1, and --channels asks for 2"), says);
        assertThrows(FormatException.class, () -> shown("rgbx.tif", List.of(0, 1, 2, 3)));
    }

    private static float[] corner(Picture picture) {
        int n = picture.height() * picture.width();
        return new float[]{picture.pixels()[0], picture.pixels()[n], picture.pixels()[2 * n]};
    }

    private StoredPicture.Shown shown(String name, @Nullable List<Integer> channels) throws IOException {
        return PictureFile.open(resource(name), null, picture -> picture.shown(new Intensity.Auto(), channels));
    }

    /// An `eXIf` chunk may come before or after the data.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void aPngIsTurnedAsAJpegIs(int orientation) {
        byte[] png = PngBytes.of(3, 2, 8, PngBytes.GREY, false, 1, 2, 3, 4, 5, 6), exif = PictureBytes.exif(ByteOrder.BIG_ENDIAN, orientation);
        byte[] chunk = PngBytes.chunk("eXIf", Arrays.copyOfRange(exif, 10, exif.length));
        int header = 33;
        byte[] early = NiftiBytes.join(Arrays.copyOf(png, header), chunk, Arrays.copyOfRange(png, header, png.length));
        byte[] late = NiftiBytes.join(Arrays.copyOf(png, png.length - 12), chunk, Arrays.copyOfRange(png, png.length - 12, png.length));
        float[] tiff = PictureFile.read(NiftiBytes.write(folder.resolve("a.tif"), PictureBytes.tiff(PictureBytes.Tag.of(274,
                PictureBytes.SHORT, orientation)))).pixels();
        for (byte[] file : List.of(early, late)) {
            Picture turned = PictureFile.read(NiftiBytes.write(folder.resolve("a.png"), file));
            assertEquals(orientation >= 5 ? 3 : 2, turned.height());
            assertArrayEquals(tiff, turned.pixels());
        }
    }

    @Test
    void pagesAreSlicesOfAVolume() throws IOException {
        for (String name : List.of("stack_ij.tif", "stack.ome.tif")) {
            var volume = PictureFile.volume(resource(name));
            assertEquals("67 × 45 × 3", volume.geometry().size());
            assertEquals(2, volume.channels());
        }
    }

    @Test
    void labelsAreWrittenAsTiffAndReadBack() {
        byte[] classes = new byte[4 * 3 * 5];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (4 * i);
        LabelVolume labels = new LabelVolume(dev.samovar.imaging.Geometry.of(4, 3, 5, 1, 1, 1), classes);
        Path file = folder.resolve("labels.tif");
        Volumes.write(file, labels);
        assertEquals(labels, Volumes.readLabels(file));
        char[] many = {0, 1, 2, 300, 65535, 7};
        TiffLabels.write(file, Geometry.of(3, 2, 1, 1, 1, 1), many);
        float[] read = PictureFile.open(file, null, ForeignPicturesTest::numbers);
        for (int i = 0; i < many.length; i++) assertEquals(many[i], read[i]);
        String says = assertThrows(FormatException.class, () -> TiffLabels.write(folder.resolve("x.png"), labels)).getMessage();
        assertTrue(says.endsWith("x.png: the name of a TIFF file ends in .tif"), says);
    }
}
