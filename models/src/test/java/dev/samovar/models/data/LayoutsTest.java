package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The layouts of ACDC and of pairs; [DatasetTest] tests that of the Decathlon.
class LayoutsTest {
    @TempDir
    private Path folder;

    @Test
    void acdcIsReadAsDownloaded() throws IOException {
        for (String patient : List.of("training/patient002", "training/patient001", "testing/patient101")) {
            String name = patient.substring(patient.indexOf('/') + 1);
            for (String file : List.of("_4d", "_frame01", "_frame01_gt", "_frame12", "_frame12_gt"))
                volume("ACDC/database/" + patient + "/" + name + file + ".nii.gz");
            Files.writeString(folder.resolve("ACDC/database/" + patient + "/Info.cfg"), "ED: 1\nES: 12\n");
        }
        Dataset dataset = Dataset.open(folder.resolve("ACDC"));
        assertEquals(List.of("patient001_frame01", "patient001_frame12", "patient002_frame01", "patient002_frame12", "patient101_frame01",
                "patient101_frame12"), names(dataset));
        assertEquals(List.of("patient001", "patient101"), List.of(dataset.cases().get(1).patient(), dataset.cases().get(5).patient()));
        assertEquals(List.of("background", "RV", "Myo", "LV"), dataset.classNames());
        assertEquals(folder.resolve("ACDC/database/testing/patient101/patient101_frame12_gt.nii.gz"), dataset.cases().get(5).label());
        assertEquals(2, dataset.load(dataset.cases().getFirst()).label().max());
        assertEquals(6, Dataset.open(folder.resolve("ACDC/database")).cases().size());
        assertEquals(4, Dataset.open(folder.resolve("ACDC/database/training")).cases().size());
    }

    @Test
    void whatAcdcLacksIsNamed() throws IOException {
        Files.createDirectories(folder.resolve("patient001"));
        refused("there is no case: no patientXXX_frameYY.nii.gz");
        volume("patient001/patient001_frame01.nii.gz");
        volume("patient001/patient001_frame07_gt.nii.gz");
        volume("testing/patient001/patient001_frame01.nii.gz");
        volume("patient002/patient002_frame01.nii");
        volume("patient002/patient002_frame01.nii.gz");
        assertEquals(List.of("patient001_frame07: has no image",
                "patient002: cannot be listed: " + folder.resolve("patient002")
                        + ": patient002_frame01.nii and patient002_frame01.nii.gz have the same name",
                "patient001: is there twice, as " + folder.resolve("patient001") + " and as " + folder.resolve("testing/patient001")), faults());
    }

    @Test
    void pairsAreFlatOrInAFolderPerPatient() throws IOException {
        for (String name : List.of("b", "a", "p2/7", "p2/p2_8", "heart_frame01/000", "heart_frame02/000")) {
            picture("imgs/" + name + ".png");
            picture("annotations/" + name + ".png");
        }
        Files.createDirectories(folder.resolve("imgs/.git/x"));
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("a", "b", "heart_frame01_000", "heart_frame02_000", "p2_7", "p2_8"), names(dataset));
        assertEquals(List.of("a", "b", "heart", "heart", "p2", "p2"), dataset.cases().stream().map(Case::patient).toList());
        assertEquals(folder.resolve("annotations/p2/p2_8.png"), dataset.cases().getLast().label());
        assertEquals(List.of("background", "class 1"), dataset.classNames());
        Files.writeString(folder.resolve("dataset.json"), "{\"labels\": {\"0\": \"background\", \"1\": \"cell\"}}");
        assertEquals(List.of("background", "cell"), Dataset.open(folder).classNames());
    }

    @Test
    void theNameOfALabelMayHaveASuffix() throws IOException {
        for (String name : List.of("a", "b", "c", "d", "e", "e_seg", "f")) picture("images/" + name + ".png");
        for (String name : List.of("a_mask", "b_label", "c_seg", "d_gt", "e", "e_seg", "f.seg")) picture("masks/" + name + ".png");
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("a", "b", "c", "d", "e", "e_seg", "f"), names(dataset));
        assertEquals(List.of("a_mask.png", "b_label.png", "c_seg.png", "d_gt.png", "e.png", "e_seg.png", "f.seg.png"),
                dataset.cases().stream().map(one -> one.label().getFileName().toString()).toList());
    }

    @Test
    void theTruthIsADatasetOrAnyFolder() throws IOException {
        picture("data/images/p/a.png");
        picture("data/masks/p/a_gt.png");
        picture("predictions/p_a.png");
        assertEquals(Map.of("p_a", folder.resolve("data/masks/p/a_gt.png")), Truths.of(folder.resolve("data"), LabelRule.NONE).files());
        assertEquals(Map.of("p_a", folder.resolve("predictions/p_a.png")), Truths.of(folder.resolve("predictions"), LabelRule.NONE).files());
        assertThrows(FormatException.class, () -> Truths.of(folder.resolve("absent"), LabelRule.NONE));
    }

    @Test
    void volumesCanBePairsToo() throws IOException {
        volume("images/liver.nii.gz");
        volume("labels/liver.nii");
        assertEquals(List.of("liver"), names(Dataset.open(folder)));
    }

    @Test
    void whatIsNoPairIsNamed() throws IOException {
        for (String name : List.of("a", "b", "p/c", "a_b/c", "a/b_c")) picture("images/" + name + ".png");
        for (String name : List.of("b_gt", "b_mask", "d", "q/e", "a_b/c", "a/b_c")) picture("masks/" + name + ".png");
        assertEquals(
                List.of("b: has several labels: [b_mask, b_gt]", "d: has no image", "q_e: has no image", "a_b_c: is what both "
                        + folder.resolve("images/a/b_c.png") + " and " + folder.resolve("images/a_b/c.png") + " would be called; rename one"),
                faults());
    }

    @Test
    void aFolderThatCouldMeanTwoThingsIsRefused() throws IOException {
        for (String part : List.of("images", "masks", "labels")) Files.createDirectories(folder.resolve(part));
        refused(": it has several of the folders masks, labels, annotations, and one is needed");
        Files.delete(folder.resolve("labels"));
        refused("images: there is no case: no file of the kinds that are read in it");
        picture("images/train/a.png");
        refused("images/train: a folder in images is a patient's, and this looks like one side of a split");
    }

    private void refused(String says) {
        String message = assertThrows(FormatException.class, () -> Dataset.open(folder)).getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(says), message);
    }

    private List<String> faults() {
        return Dataset.survey(folder).faults().stream().map(Fault::toString).toList();
    }

    private void volume(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Nifti.write(file, new LabelVolume(Geometry.of(2, 2, 1, 1, 1, 8), new byte[]{0, 1, 2, 0}));
    }

    private void picture(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        NiftiBytes.write(file, PngBytes.of(2, 1, 8, PngBytes.GREY, false, 0, 1));
    }

    private static List<String> names(Dataset dataset) {
        return dataset.cases().stream().map(Case::name).toList();
    }
}
