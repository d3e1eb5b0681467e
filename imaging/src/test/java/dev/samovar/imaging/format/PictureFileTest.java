package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageWriteParam;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureFileTest {
    private static final int H = 19, W = 21;

    @TempDir
    private Path folder;

    /// The expected value of a pixel's channel.
    @FunctionalInterface
    interface Formula {
        double at(int y, int x, int c);
    }

    private static void check(Formula expected, Picture picture, int h, int w, double tolerance) {
        assertEquals(List.of(3, h, w), List.of(picture.channels(), picture.height(), picture.width()));
        for (int i = 0; i < 3 * h * w; i++) {
            int c = i / (h * w), y = i / w % h, x = i % w;
            float actual = picture.pixels()[i];
            assertEquals(expected.at(y, x, c), actual, tolerance, () -> "channel " + c + " at (" + x + ", " + y + ")");
        }
    }

    private Path resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(PictureFileTest.class.getResourceAsStream("pictures/" + name), name)) {
            Path file = folder.resolve(name);
            Files.copy(in, file);
            return file;
        }
    }

    private Path file(byte[] bytes) {
        return NiftiBytes.write(folder.resolve("picture"), bytes);
    }

    // PNG --------------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"1, 0, 1", "2, 0, 3", "4, 0, 15", "8, 0, 255", "16, 0, 65535", "8, 4, 255", "16, 4, 65535", "8, 2, 255", "16, 2, 65535",
        "8, 6, 255", "16, 6, 65535"})
    void everyPngBecomesEightBitsInThreeChannels(int depth, int colour, int most) {
        int bands = PngBytes.bands(colour);
        int[] samples = new int[5 * 4 * bands];
        for (int i = 0; i < samples.length; i++) samples[i] = i * 7919 % (most + 1);
        Formula number = (y, x, c) -> samples[(y * 5 + x) * bands + (bands < 3 ? 0 : c)];
        Formula expected = depth == 16 ? stretched(number, 4, 5) : (y, x, c) -> Math.rint(255.0 * number.at(y, x, c) / most);
        check(expected, PictureFile.read(file(PngBytes.of(5, 4, depth, colour, true, samples))), 4, 5, 0);
    }

    @Test
    void aPaletteOfPngIsExpanded() {
        int[] indices = {0, 1, 2, 255, 100, 7};
        Formula expected = (y, x, c) -> c == 0 ? 255 - indices[3 * y + x] : c == 1 ? indices[3 * y + x] : 7;
        check(expected, PictureFile.read(file(PngBytes.of(3, 2, 8, PngBytes.PALETTE, false, indices))), 2, 3, 0);
    }

    // JPEG -------------------------------------------------------------------------------------------------------------------

    /// Smooth enough for JPEG to change it little.
    private static double smooth(int y, int x, int c) {
        return Math.clamp(c == 0 ? 20 + 8 * x + 2 * y : c == 1 ? 220 - 9 * y : 40 + 3 * x + 5 * y, 0, 255);
    }

    private static BufferedImage image(int h, int w, int type, Formula formula) {
        BufferedImage image = new BufferedImage(w, h, type);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                for (int c = 0; c < image.getRaster().getNumBands(); c++)
                    image.getRaster().setSample(x, y, c, (int) formula.at(y, x, c));
        return image;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void jpegIsRead(boolean progressive) {
        byte[] colour = PictureBytes.jpeg(image(H, W, BufferedImage.TYPE_INT_RGB, PictureFileTest::smooth), progressive);
        check(PictureFileTest::smooth, PictureFile.read(file(colour)), H, W, 9);
        byte[] grey = PictureBytes.jpeg(image(H, W, BufferedImage.TYPE_BYTE_GRAY, PictureFileTest::smooth), progressive);
        check((y, x, _) -> smooth(y, x, 0), PictureFile.read(file(grey)), H, W, 3);
    }

    /// The files were written by Pillow 12.3. The expected corners are as OpenCV 5.0 reads them.
    @Test
    void otherProgramsJpegIsReadAsTheyReadIt() throws IOException {
        corners(PictureFile.read(resource("orientation-6.jpg")), 21, 19, new int[]{56, 59, 130}, new int[]{21, 220, 41}, new int[]{214, 59, 189});
        corners(PictureFile.read(resource("progressive.jpg")), H, W, new int[]{26, 216, 46}, new int[]{181, 218, 105}, new int[]{55, 61, 123});
        corners(PictureFile.read(resource("grey.jpg")), H, W, new int[]{20, 20, 20}, new int[]{179, 179, 179}, new int[]{56, 56, 56});
    }

    private static void corners(Picture picture, int h, int w, int[]... corners) {
        int[] at = {0, w - 1, (h - 1) * w};
        assertEquals(List.of(h, w), List.of(picture.height(), picture.width()));
        for (int i = 0; i < 3; i++)
            for (int c = 0; c < 3; c++) assertEquals(corners[i][c], picture.pixels()[c * h * w + at[i]], 3, "corner " + i);
    }

    static Stream<Object[]> orientations() {
        int bottom = H - 1, right = W - 1;
        return Stream.of(new Object[]{1, (Formula) PictureFileTest::smooth}, new Object[]{2, (Formula) (y, x, c) -> smooth(y, right - x,
                c)},
                new Object[]{3, (Formula) (y, x, c) -> smooth(bottom - y, right - x, c)},
                new Object[]{4, (Formula) (y, x, c) -> smooth(bottom - y, x, c)}, new Object[]{5, (Formula) (y, x, c) -> smooth(x, y, c)},
                new Object[]{6, (Formula) (y, x, c) -> smooth(bottom - x, y, c)},
                new Object[]{7, (Formula) (y, x, c) -> smooth(bottom - x, right - y, c)},
                new Object[]{8, (Formula) (y, x, c) -> smooth(x, right - y, c)}, new Object[]{9, (Formula) PictureFileTest::smooth});
    }

    /// Exif 2.3, tag 274: the sides on which row 0 and column 0 are displayed.
    @ParameterizedTest
    @MethodSource("orientations")
    void aPictureIsTurnedAsTheCameraWas(int orientation, Formula expected) {
        byte[] jpeg = PictureBytes.jpeg(image(H, W, BufferedImage.TYPE_INT_RGB, PictureFileTest::smooth), false);
        boolean turned = orientation >= 5 && orientation <= 8;
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Picture picture = PictureFile.read(file(PictureBytes.with(jpeg, PictureBytes.exif(order, orientation))));
            check(expected, picture, turned ? W : H, turned ? H : W, 9);
        }
    }

    @Test
    void damagedNotesOfACameraAndForeignProfilesAreNotLookedAt() {
        byte[] jpeg = PictureBytes.jpeg(image(H, W, BufferedImage.TYPE_INT_RGB, PictureFileTest::smooth), false);
        float[] pixels = PictureFile.read(file(jpeg)).pixels();
        byte[] exif = PictureBytes.exif(ByteOrder.LITTLE_ENDIAN, 6), far = exif.clone();
        far[16] = 127;                                                                                          // the offset of the first page
        for (byte[] notes : List.of(far, PictureBytes.segment(0xE1, "Exif\0\0".getBytes(StandardCharsets.US_ASCII)),
                PictureBytes.segment(0xE1), PictureBytes.segment(0xE2, "ICC_PROFILE\0\1\1nonsense".getBytes(StandardCharsets.US_ASCII))))
            assertArrayEquals(pixels, PictureFile.read(file(PictureBytes.with(jpeg, notes))).pixels());
    }

    // TIFF -------------------------------------------------------------------------------------------------------------------

    private static double eight(int y, int x, int c) {
        return (37 * y + 91 * x + 11 * x * y + 50 * c) % 256;
    }

    private static double sixteen(int y, int x, int c) {
        return (3701 * y + 911 * x + 11 * x * y + 500 * c) % 65536;
    }

    /// The percentiles 0.1 and 99.9 of all three channels become 0 and 255. There are fewer than 1001 numbers, so both percentiles are interpolated.
    private static Formula stretched(Formula number, int h, int w) {
        double[] sorted = new double[3 * h * w];
        for (int i = 0; i < sorted.length; i++) sorted[i] = number.at(i / w % h, i % w, i / (h * w));
        boolean grey = IntStream.range(0, h * w).allMatch(i -> sorted[i] == sorted[h * w + i]);
        double[] all = grey ? Arrays.copyOf(sorted, h * w) : sorted;
        Arrays.sort(all);
        double lower = between(all, 0.001), upper = between(all, 0.999);
        return (y, x, c) -> Math.rint((Math.clamp(number.at(y, x, c), lower, upper) - lower) / (upper - lower) * 255);
    }

    private static double between(double[] sorted, double share) {
        double place = (sorted.length - 1) * share;
        int before = (int) place;
        return sorted[before] + (place - before) * (sorted[before + 1] - sorted[before]);
    }

    static Stream<Object[]> tiffs() {
        Formula grey16 = stretched((y, x, _) -> sixteen(y, x, 0), H, W), real = stretched((y, x, _) -> (13 * y - 7 * x) * 0.125 + 3, H, W);
        Formula rgb16 = stretched(PictureFileTest::sixteen, H, W), rgb8 = PictureFileTest::eight, grey8 = (y, x, _) -> eight(y, x, 0);
        return Stream.of(new Object[]{"grey16-lzw-predictor.tif", grey16}, new Object[]{"float-deflate-predictor.tif", real},
                new Object[]{"float-big-endian.tif", real}, new Object[]{"float-big-endian-predictor.tif", real},
                new Object[]{"rgb8-tiles-deflate.tif", rgb8}, new Object[]{"rgb8-planar-packbits.tif", rgb8},
                new Object[]{"rgb8-planar-tiles-lzw.tif", rgb8}, new Object[]{"rgb16-big-endian.tif", rgb16},
                new Object[]{"rgb16-lzw-predictor-big-endian.tif", rgb16},
                new Object[]{"white-is-zero.tif", (Formula) (y, x, _) -> 255 - eight(y, x, 0)}, new Object[]{"rgba8-lzw.tif", rgb8},
                new Object[]{"grey8-packbits.tif", grey8},
                new Object[]{"palette8-deflate.tif", (Formula) (y, x, c) -> c == 0 ? 255 - eight(y, x, 0) : c == 1 ? eight(y, x, 0) : 7});
    }

    /// The files were written by tifffile 2026.3.3 and Pillow 12.3.
    @ParameterizedTest
    @MethodSource("tiffs")
    void otherProgramsTiffIsRead(String name, Formula expected) throws IOException {
        check(expected, PictureFile.read(resource(name)), H, W, 0);
    }

    /// Noise fills LZW's table, and flat parts give long strings.
    @ParameterizedTest
    @ValueSource(strings = {"LZW", "ZLib", "Deflate", "PackBits"})
    void thePlatformsTiffIsRead(String compression) {
        Random random = new Random(3);
        int h = 150, w = 200;
        int[] noise = new int[3 * h * w];
        for (int i = 0; i < noise.length; i++) noise[i] = i / 3 / w % 50 < 30 ? random.below(256) : 77;
        Formula formula = (y, x, c) -> noise[3 * (y * w + x) + c];
        byte[] tiff = PictureBytes.written("tiff", image(h, w, BufferedImage.TYPE_INT_RGB, formula), param -> {
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionType(compression);
            param.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
            param.setTiling(w, h, 0, 0);
        });
        check(formula, PictureFile.read(file(tiff)), h, w, 0);
    }

    @Test
    void onePageIsChosenAndSmallCopiesDoNotCount() throws IOException {
        Path file = resource("pages.tif");
        check((y, x, _) -> eight(y, x, 0), PictureFile.read(file, 0), H, W, 0);
        check((y, x, _) -> 255 - eight(y, x, 0), PictureFile.read(file, 1), H, W, 0);
        says("it has 2 pages, and none was chosen; choose one from 0 to 1", file, null);
        says("it has no page 2; choose one from 0 to 1 with --slice", file, 2);
        says("it has no page -1; choose one from 0 to 1 with --slice", file, -1);
    }

    @Test
    void aSinglePictureHasOnePage() {
        Path png = file(PngBytes.of(1, 1, 8, PngBytes.GREY, false, 9));
        assertEquals(9, PictureFile.read(png, 0).pixels()[2]);
        says("it has no page 1, it is a single picture: leave --slice out", png, 1);
    }

    @Test
    void aTiffIsTurnedToo() {
        float[] turned = PictureFile.read(file(PictureBytes.tiff(PictureBytes.Tag.of(274, PictureBytes.SHORT, 6)))).pixels();
        assertArrayEquals(new float[]{4, 1, 5, 2, 6, 3}, Arrays.copyOf(turned, 6));
    }

    @Test
    void aConstantPageOfManyBitsIsBlack() {
        byte[] tiff = PictureBytes.tiff(PictureBytes.Tag.of(256, PictureBytes.SHORT, 1), PictureBytes.Tag.of(257, PictureBytes.SHORT, 1),
                PictureBytes.Tag.of(258, PictureBytes.SHORT, 16));
        assertArrayEquals(new float[3], PictureFile.read(file(tiff)).pixels());
    }

    // All ------------------------------------------------------------------------------------------------------------------

    @Test
    void aNameSaysNothing() throws IOException {
        Path wrong = Files.move(resource("grey.jpg"), folder.resolve("x.png"));
        assertEquals(W, PictureFile.read(wrong).width());
    }

    private static void says(String sentence, Path file, @Nullable Integer page) {
        String says = assertThrows(FormatException.class, () -> PictureFile.read(file, page)).getMessage();
        assertEquals(file + ": " + sentence, says);
    }
}
