package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the numbers in labels to draw boxes around mean is one thing for all of them.
class RoughLabelsTest {
    private static final Set<String> NAMES = Set.of("a", "b");
    private static final List<String> ONE = List.of("background", "organ"), TWO = List.of("background", "organ", "tumour");
    private static final LabelCoding EVEN = coding(TWO, Map.of(0, 0, 2, 1, 4, 2)), SWAPPED = coding(TWO, Map.of(0, 0, 1, 2, 2, 1));

    private static final int RED = 0x800000, GREEN = 0x008000;

    @TempDir
    private Path folder;

    private static LabelCoding coding(List<String> names, Map<Integer, Integer> classes) {
        return new LabelCoding(names, new TreeMap<>(classes), false);
    }

    private static LabelRule said(String... classes) {
        return LabelRule.of(List.of(classes), List.of());
    }

    private void write(String name, float... numbers) {
        Nifti.write(folder.resolve(name + ".nii"), new Volume(Geometry.of(numbers.length, 1, 1, 1, 1, 1), numbers));
    }

    private RoughLabels open(LabelCoding learnt, LabelRule said) {
        return new RoughLabels(folder, NAMES, learnt, said);
    }

    private String refused(LabelCoding learnt, LabelRule said) {
        return String.valueOf(assertThrows(FormatException.class, () -> open(learnt, said)).getMessage());
    }

    /// Each file by itself would say something else.
    @Test
    void oneMeaningFollowsFromAllFiles() {
        write("a", 0, 2);
        write("b", 0, 2, 4);
        RoughLabels labels = open(EVEN, LabelRule.NONE);
        assertArrayEquals(new byte[]{0, 1}, labels.of("a").classes());
        assertArrayEquals(new byte[]{0, 1, 2}, labels.of("b").classes());
        assertEquals("0 is background, 2 is organ, 4 is tumour", labels.coding().toString());
        write("b", 0, 2, 1);
        assertArrayEquals(new byte[]{0, 2}, open(EVEN, LabelRule.NONE).of("a").classes(), "classes, as predict writes them");
    }

    @Test
    void twoMeaningsAreRefusedUntilOneIsSaid() {
        write("a", 0, 0);
        write("b", 0, 1, 2);
        String says = refused(SWAPPED, LabelRule.NONE);
        assertTrue(says.startsWith(folder.resolve("b.nii") + ": it is not clear what its numbers mean: 0 is background, 1 is tumour, 2 is organ, or "
                + "0 is background, 1 is organ, 2 is tumour; say it, with --classes 0,1:2,2:1 or --classes 0,1,2"), says);
        assertArrayEquals(new byte[]{0, 2, 1}, open(SWAPPED, said("0", "1:2", "2:1")).of("b").classes());
        assertArrayEquals(new byte[]{0, 1, 2}, open(SWAPPED, said("0", "1", "2")).of("b").classes());
        assertEquals("--classes: there is no class 3 among [background, organ, tumour]", refused(SWAPPED, said("0", "1:3")));
    }

    @Test
    void aNumberThatMeansNothingIsRefused() {
        write("a", 0, 1);
        write("b", 0, 3, 10);
        String says = refused(LabelCoding.plain(TWO), LabelRule.NONE);
        assertTrue(says.startsWith(folder.resolve("b.nii") + ": its voxel (1, 0, 0) holds 3, which means nothing here"), says);
        LabelRule rule = LabelRule.of(List.of(), List.of("3", "10"));
        assertArrayEquals(new byte[]{0, (byte) 255, (byte) 255}, open(LabelCoding.plain(TWO), rule).of("b").classes());
    }

    @Test
    void whiteIsTheOnlyClass() {
        write("a", 0, 255);
        write("b", 0, 0);
        assertArrayEquals(new byte[]{0, 1}, open(LabelCoding.plain(ONE), LabelRule.NONE).of("a").classes());
        assertArrayEquals(new byte[]{0, 1}, open(coding(ONE, Map.of(0, 0, 255, 1)), LabelRule.NONE).of("a").classes());
        assertTrue(refused(LabelCoding.plain(TWO), LabelRule.NONE).contains("holds 255, which means nothing here"));
    }

    /// A palette, here PASCAL VOC's, gives each pixel a number and a colour.
    @Test
    void coloursAreComparedPixelByPixel() {
        Path file = folder.resolve("a.png");
        Png.write(file, new LabelVolume(Geometry.of(3, 1, 1, 1, 1, 1), new byte[]{0, 1, 2}));
        LabelCoding same = new LabelCoding(TWO, new TreeMap<>(Map.of(0, 0, RED, 1, GREEN, 2)), true);
        LabelCoding other = new LabelCoding(TWO, new TreeMap<>(Map.of(0, 0, RED, 2, GREEN, 1)), true);
        LabelCoding foreign = new LabelCoding(TWO, new TreeMap<>(Map.of(0, 0, 0x123456, 1, 0x654321, 2)), true);
        assertArrayEquals(new byte[]{0, 1, 2}, open(same, LabelRule.NONE).of("a").classes());
        assertArrayEquals(new byte[]{0, 1, 2}, open(foreign, LabelRule.NONE).of("a").classes());
        assertTrue(refused(other, LabelRule.NONE).contains("it is not clear what its numbers mean"));
    }

    @Test
    void theirNamesMayHaveAnEnding() throws IOException {
        write("a_mask", 0, 1);
        RoughLabels labels = open(LabelCoding.plain(ONE), LabelRule.NONE);
        assertArrayEquals(new byte[]{0, 1}, labels.of("a").classes());
        assertEquals(folder + ": there are no labels of b to draw boxes around",
                assertThrows(FormatException.class, () -> labels.of("b")).getMessage());
        write("a", 5, 6);
        assertEquals(folder + ": the labels of a may be a or a_mask; give a folder with one of them, or a whole dataset",
                refused(LabelCoding.plain(ONE), LabelRule.NONE));
        Files.delete(folder.resolve("a.nii"));
        Files.write(folder.resolve("b.nii"), new byte[20]);
        RoughLabels damaged = open(LabelCoding.plain(ONE), LabelRule.NONE);
        assertArrayEquals(new byte[]{0, 1}, damaged.of("a").classes());
        assertThrows(FormatException.class, () -> damaged.of("b"), "only that one");
    }
}
