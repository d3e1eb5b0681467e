package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Labels are read only once, whether their meaning is declared or follows from their numbers: afterwards their files may be deleted.
class KeptLabelsTest {
    private static final Geometry GRID = Geometry.of(3, 2, 2, 1, 1, 1);
    private static final byte[] CLASSES = {0, 0, 2, 2, 2, 0, 1, 0, 0, 0, 0, 0};

    @TempDir
    private Path folder;

    private Path label(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Nifti.write(file, new LabelVolume(GRID, CLASSES));
        return file;
    }

    @Test
    void ofADataset() throws IOException {
        Path file = label("labelsTr/a.nii.gz");
        Files.createDirectories(folder.resolve("imagesTr"));
        Nifti.write(folder.resolve("imagesTr/a.nii.gz"), new Volume(GRID, new float[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("background", "class 1", "class 2"), dataset.classNames());
        Files.delete(file);
        assertArrayEquals(CLASSES, dataset.load(dataset.cases().getFirst()).label().classes());
        assertThrows(UncheckedIOException.class, () -> dataset.label(dataset.cases().getFirst()), "a label that was taken is not kept");
    }

    @Test
    void ofPredictionsAndTruths() throws IOException {
        Path truth = label("truth/a.nii.gz"), prediction = label("pred/a.nii.gz");
        Truths truths = Truths.of(folder.resolve("truth"), LabelRule.NONE);
        LabelCoding real = truths.coding(Set.of("a")), found = truths.ofPredictions(new TreeMap<>(Map.of("a", prediction)), Set.of("a"), real);
        Files.delete(truth);
        Files.delete(prediction);
        assertArrayEquals(CLASSES, truths.labels(truth, real).classes());
        assertArrayEquals(CLASSES, truths.labels(prediction, found).classes());
    }

    @Test
    void numbersAreHeldAsRuns() {
        var numbers = new LabelNumbers(new Volume(GRID, new float[]{7, 7, 1000, 1000, 1000.004f, 7, 7, 7, 7, 7, 7, 0}), false);
        assertEquals(Map.of(0, 1L, 7, 8L, 1000, 3L), numbers.counts());
        assertEquals(8 * 4, numbers.bytes());
        assertEquals(List.of(LabelVolume.rounded(1, 1000.004f)), numbers.remarks());
        var colours = new LabelNumbers(new Volume(Geometry.of(2, 1, 1, 1, 1, 1), 3, new float[]{255, 1, 0, 2, 16, 3}), true);
        assertEquals(Map.of(0xFF0010, 1L, 0x010203, 1L), colours.counts());
    }

    @Test
    void whatIsNoLabelIsNamedByItsVoxel() {
        for (float wrong : new float[]{-1, 0.5f, Float.NaN, Float.POSITIVE_INFINITY, 3e9f}) {
            var volume = new Volume(GRID, new float[]{0, 0, 0, 0, 0, 0, 0, wrong, 0, 0, 0, 0});
            String says = assertThrows(FormatException.class, () -> new LabelNumbers(volume, false)).getMessage();
            assertEquals("its voxel (1, 0, 1) holds " + wrong + ", and a label is a whole number from 0 on", says);
        }
    }
}
