package dev.samovar.imaging.format;

import static dev.samovar.imaging.testkit.PngBytes.GREY;
import static dev.samovar.imaging.testkit.PngBytes.GREY_ALPHA;
import static dev.samovar.imaging.testkit.PngBytes.PALETTE;
import static dev.samovar.imaging.testkit.PngBytes.RGB;
import static dev.samovar.imaging.testkit.PngBytes.RGBA;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngTest {
    private static final int W = 13, H = 9;

    @TempDir
    private Path folder;

    /// Colour type and depth of all fifteen kinds of PNG, interlaced and not.
    static Stream<Arguments> kinds() {
        List<Arguments> kinds = new ArrayList<>();
        for (boolean interlaced : new boolean[]{false, true}) {
            for (int depth : new int[]{1, 2, 4, 8, 16}) kinds.add(arguments(GREY, depth, interlaced));
            for (int depth : new int[]{1, 2, 4, 8}) kinds.add(arguments(PALETTE, depth, interlaced));
            for (int colour : new int[]{RGB, GREY_ALPHA, RGBA})
                for (int depth : new int[]{8, 16})
                    kinds.add(arguments(colour, depth, interlaced));
        }
        return kinds.stream();
    }

    /// A large one is compressed in another way.
    @ParameterizedTest
    @ValueSource(ints = {64, 1100})
    void aPictureIsWrittenAsItIs(int side) throws IOException {
        var picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < side * side; i++) picture.setRGB(i % side, i / side, i * 0x9E3779);
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(Pictures.png(picture)));
        int[] wrong = IntStream.range(0, side * side).filter(i -> read.getRGB(i % side, i / side) != picture.getRGB(i % side, i / side)).toArray();
        assertEquals(0, wrong.length, side + " pixels wide");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKindIsReadAsAPicture(int colour, int depth, boolean interlaced) {
        int bands = PngBytes.bands(colour);
        int[] samples = samples(bands * W * H, 1 << depth);
        Volume picture = PictureFile.volume(file(PngBytes.of(W, H, depth, colour, interlaced, samples)));
        int channels = bands >= 3 || colour == PALETTE ? 3 : 1;
        assertEquals("13 × 9 × 1 voxels of 1.0 × 1.0 × 1.0 mm, RAS", picture.geometry().toString());
        assertEquals(channels, picture.channels());
        for (int i = 0; i < W * H; i++) for (int c = 0; c < channels; c++) {
            int expected = colour == PALETTE ? new int[]{255 - samples[i], samples[i], 7}[c] : samples[i * bands + c];
            assertEquals(expected, picture.voxels()[c * W * H + i], "pixel " + i + ", channel " + c);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKindIsReadAsLabels(int colour, int depth, boolean interlaced) {
        int bands = PngBytes.bands(colour);
        int[] samples = samples(bands * W * H, Math.min(1 << depth, 250));
        for (int i = 0; i < samples.length; i++) if (bands >= 3 && i % bands < 3) samples[i] = samples[i - i % bands];     // grey; alpha stays
        LabelVolume labels = PictureFile.labels(file(PngBytes.of(W, H, depth, colour, interlaced, samples)));
        for (int i = 0; i < W * H; i++) assertEquals(samples[i * bands], labels.at(i % W, i / W, 0), "pixel " + i);
    }

    private static int[] samples(int n, int bound) {
        Random random = new Random(n, "samples below " + bound);
        int[] samples = new int[n];
        for (int i = 0; i < n; i++) samples[i] = random.below(bound);
        return samples;
    }

    @Test
    void blackAndWhiteLabelsAreAMask() {
        assertArrayEquals(new byte[]{0, 1, 1, 0}, classes(8, GREY, 0, 255, 255, 0));
        assertArrayEquals(new byte[]{1, 1}, classes(8, GREY, 255, 255));
        assertArrayEquals(new byte[]{0, 1}, classes(16, GREY, 0, 65535));
        assertArrayEquals(new byte[]{0, 1}, classes(16, GREY, 0, 255));
        assertArrayEquals(new byte[]{0, 1}, classes(8, RGB, 0, 0, 0, 255, 255, 255));
        assertArrayEquals(new byte[]{0, 1}, classes(8, GREY_ALPHA, 0, 3, 255, 4));
        assertArrayEquals(new byte[]{0, 1}, classes(1, GREY, 0, 1));
        assertArrayEquals(new byte[]{0, 3}, classes(2, GREY, 0, 3));
        assertArrayEquals(new byte[]{0, 1, -1}, classes(8, GREY, 0, 1, 255), "there is a third class, so white is class 255");
        assertArrayEquals(new byte[]{0, -1}, classes(8, PALETTE, 0, 255), "in a palette of colours, the index is the class");
    }

    private byte[] classes(int depth, int colour, int... samples) {
        return PictureFile.labels(file(PngBytes.of(samples.length / PngBytes.bands(colour), 1, depth, colour, false, samples))).classes();
    }

    @Test
    void labelsThatAreNoClassesAreRefused() {
        assertEquals("its pixel (1, 0) holds 300, and a class is from 0 to 255", refusal(() -> classes(16, GREY, 1, 300, 65535)));
        assertEquals("its pixel (0, 0) holds 65535, and a class is from 0 to 255", refusal(() -> classes(16, GREY, 65535, 1)));
        assertEquals("its pixel (1, 0) is coloured, and no class can be told from a colour: "
                + "say which colour is which class, as with --classes #000000:0,#ff0000:1, or save the labels in grey or with a palette",
                refusal(() -> classes(8, RGB, 5, 5, 5,
                        5, 5, 6)));
        byte[] shortPalette = NiftiBytes.join(PngBytes.signature(), PngBytes.header(2, 1, 8, PALETTE, 0), PngBytes.chunk("PLTE", PngBytes.palette(3)),
                PngBytes.chunk("IDAT", PngBytes.deflate(new byte[]{0, 2, 3})), PngBytes.chunk("IEND"));
        assertEquals("it has a pixel of colour 3, which its palette lacks", refusal(() -> PictureFile.volume(file(shortPalette))));
        assertEquals(3, PictureFile.labels(file(shortPalette)).max(), "class 3 needs no colour");
    }

    private String refusal(Runnable reading) {
        String message = assertThrows(FormatException.class, reading::run).getMessage(), start = folder.resolve("a.png") + ": ";
        assertTrue(message.startsWith(start), message);
        return message.substring(start.length());
    }

    @Test
    void labelsAreWrittenWithAPaletteAndReadBack() throws IOException {
        byte[] classes = new byte[16 * 17];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) i;
        LabelVolume all = new LabelVolume(Geometry.of(16, 17, 1, 1, 1, 1), classes);
        LabelVolume mask = new LabelVolume(Geometry.of(2, 1, 1, 0.3, 0.3, 5), new byte[]{0, -1});
        for (LabelVolume labels : List.of(all, mask)) {
            Png.write(folder.resolve("labels.PNG"), labels);
            assertArrayEquals(labels.classes(), PictureFile.labels(folder.resolve("labels.PNG")).classes());
        }
        Png.write(folder.resolve("all.png"), all);
        BufferedImage seen = ImageIO.read(folder.resolve("all.png").toFile());
        Set<Integer> colours = new HashSet<>();
        for (int i = 0; i < classes.length; i++) colours.add(seen.getRGB(i % 16, i / 16));
        assertEquals(256, colours.size());
        assertEquals(List.of(0xFF000000, 0xFF800000, 0xFF008000), List.of(seen.getRGB(0, 0), seen.getRGB(1, 0), seen.getRGB(2, 0)));
        assertEquals(8, seen.getSampleModel().getSampleSize(0));
    }

    @Test
    void onlyOneSliceFitsIntoAPicture() {
        LabelVolume two = new LabelVolume(Geometry.of(2, 2, 2, 1, 1, 1), new byte[8]);
        String says = assertThrows(FormatException.class, () -> Png.write(folder.resolve("two.png"), two)).getMessage();
        assertTrue(says.endsWith("two.png: a picture is one slice, and these labels have 2: take .nii.gz"), says);
        assertThrows(FormatException.class, () -> Png.write(folder.resolve("two.gif"), two));
    }

    private Path file(byte[] bytes) {
        return NiftiBytes.write(folder.resolve("a.png"), bytes);
    }
}
