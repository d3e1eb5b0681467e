package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Datasets like those of users, made by the rules of nnU-Net and the Decathlon, by ImageJ and by Pillow.
class DatasetCasesTest {
    private static final Path CASES = Path.of(System.getProperty("samovar.shared", "../shared"), "cases", "datasets");

    @BeforeEach
    void theCasesAreHere() {
        assumeTrue(Files.isDirectory(CASES), "the cases are missing: give their folder with -Dsamovar.shared");
    }

    @Test
    void theLabelIgnoreOfNnUnetIsNoClass() {
        Dataset dataset = Dataset.open(CASES.resolve("ignore2"));
        assertEquals(List.of("background", "x"), dataset.classNames());
        assertEquals("0 is background, 1 is x, 2 is ignored", dataset.coding().toString());
        assertEquals(Map.of(0, 1408, 1, 224, LabelCoding.IGNORED, 288), counts(dataset));
        Inspection inspection = Inspection.of(dataset, _ -> {});
        assertEquals(List.of(4 * 288L, 224L * 4), List.of(inspection.ignored(), inspection.classes().getLast().voxels()));
        assertEquals(List.of(), inspection.faults());
    }

    @ParameterizedTest
    @CsvSource({"png_ij_invlut,1560,360", "png_mixed,1560,360", "jpg_images,1560,360", "mask-of-255-in-nifti,11176,1676"})
    void whiteIsClassOneWhateverTheFile(String name, int black, int white) {
        Dataset dataset = Dataset.open(CASES.resolve(name));
        assertEquals("0 is background, 255 is class 1", dataset.coding().toString());
        assertEquals(Map.of(0, black, 1, white), counts(dataset));
    }

    @Test
    void whiteThatIsNotDeclaredMeansNothing() {
        Path data = CASES.resolve("white-is-decided-per-file");
        Inspection inspection = Inspection.of(Dataset.survey(data), _ -> {});
        assertEquals("[frame_a: the label holds 255, which means nothing here (0 is background, 1 is plate, 2 is artery); say what it means with "
                + "--classes, or that it does not count with --ignore-label 255]", inspection.faults().toString());
        Dataset undecided = Dataset.open(data);
        assertThrows(FormatException.class, () -> undecided.load(undecided.cases().getFirst()));
        Dataset said = Dataset.open(data, Reading.PLAIN, LabelRule.of(List.of("0", "128:1", "255:2"), List.of()));
        assertEquals(List.of("background", "plate", "artery"), said.classNames());
        assertEquals(Map.of(0, 896, 2, 128), counts(said));
        Dataset left = Dataset.open(data, Reading.PLAIN, LabelRule.of(List.of(), List.of("255")));
        assertEquals(Map.of(0, 896, LabelCoding.IGNORED, 128), counts(left));
    }

    @Test
    void imagesWithoutALabelAreToBeLabelledYet() {
        Path data = CASES.resolve("few-labels-many-images");
        Dataset dataset = Dataset.open(data);
        assertEquals(List.of("case_015"), dataset.cases().stream().map(Case::name).toList());
        assertEquals(List.of("case_025", "case_034", "case_038"), List.copyOf(dataset.unlabelled().keySet()));
        assertEquals(dataset.unlabelled(), Dataset.images(data));
        Inspection inspection = Inspection.of(dataset, _ -> {});
        assertEquals(List.of(), inspection.faults());
        assertEquals(4, inspection.grids().values().stream().mapToInt(n -> n).sum());
        assertTrue(assertThrows(FormatException.class, () -> dataset.cases(List.of("case_025"))).getMessage().contains("has no label"));
    }

    @Test
    void framesThatAreDeclaredAsChannelsAreChannels() {
        Path data = CASES.resolve("msd4d");
        Dataset dataset = Dataset.open(data);
        Sample all = dataset.load(dataset.cases().getFirst());
        assertEquals(3, all.image().channels());
        assertEquals(List.of(0, 1), dataset.reading().channels());
        float[] found = all.image().voxels();
        for (int c = 0; c < 3; c++) {                                   // the first of the two channels is also the third
            Dataset single = Dataset.open(data, new Reading(c % 2, List.of(), null), LabelRule.NONE);
            Volume one = single.load(single.cases().getFirst()).image();
            assertEquals(1, one.channels());
            int n = one.geometry().voxels();
            assertArrayEquals(new Intensity.Auto().apply(one).voxels(), Arrays.copyOfRange(found, c * n, c * n + n), "channel " + c);
        }
        Dataset chosen = Dataset.open(data, new Reading(null, List.of(1), null), LabelRule.NONE);
        assertEquals(1, chosen.load(chosen.cases().getFirst()).image().channels());
        assertEquals(List.of(), Inspection.of(dataset, _ -> {}).faults());
        assertEquals(4, Inspection.of(Dataset.survey(data, new Reading(2, List.of(), null), LabelRule.NONE), _ -> {}).faults().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-old-style", "b-new-style", "c-numbers-as-text", "e-windows-paths", "f-list-of-names"})
    void descriptionsInEveryFormAreRead(String name) {
        Dataset dataset = Dataset.open(CASES.resolve("dataset-json").resolve(name));
        assertEquals(List.of("case_015", "case_025"), dataset.cases().stream().map(Case::name).toList());
        assertEquals(List.of("background", "anterior", "posterior"), dataset.classNames());
        assertEquals(Map.of(0, 11176, 1, 766, 2, 910), counts(dataset));
    }

    @Test
    void regionsBecomeClassesThatDoNotOverlap() {
        Dataset dataset = Dataset.open(CASES.resolve("dataset-json/d-regions"));
        assertEquals(List.of("background", "whole", "whole + posterior"), dataset.classNames());
        assertEquals(Map.of(0, 11176, 1, 766, 2, 910), counts(dataset));
    }

    @ParameterizedTest
    @CsvSource({"g-byte-order-mark,byte order mark", "h-trailing-comma,dataset.json", "i-gap,not numbered from 0 without a gap"})
    void wrongDescriptionsAreRefused(String name, String says) {
        Path data = CASES.resolve("dataset-json").resolve(name);
        String message = assertThrows(FormatException.class, () -> Dataset.open(data).coding()).getMessage();
        assertTrue(message.startsWith(data.resolve("dataset.json").toString()) && message.contains(says), message);
    }

    @Test
    void aGapIsNoMatterOnceTheNumbersAreSaid() {
        Dataset said = Dataset.open(CASES.resolve("dataset-json/i-gap"), Reading.PLAIN, LabelRule.of(List.of("0", "1", "2:1"), List.of()));
        assertEquals(Map.of(0, 11176, 1, 766 + 910), counts(said));
    }

    /// The number of voxels of each class in the first case.
    private static Map<Integer, Integer> counts(Dataset dataset) {
        LabelVolume label = dataset.load(dataset.cases().getFirst()).label();
        Map<Integer, Integer> counts = new TreeMap<>();
        for (byte c : label.classes()) counts.merge(c & 0xFF, 1, Integer::sum);
        return counts;
    }
}
