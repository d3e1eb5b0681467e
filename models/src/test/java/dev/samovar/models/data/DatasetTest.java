package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.testkit.DicomFiles;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    private final Geometry geometry = Geometry.of(3, 2, 2, 1, 1, 2);

    @TempDir
    private Path folder;

    @BeforeEach
    void twoCases() throws IOException {
        Files.createDirectory(folder.resolve("imagesTr"));
        Files.createDirectory(folder.resolve("labelsTr"));
        for (String name : List.of("b", "a")) {
            image(name);
            label(name, 2);
        }
    }

    @Test
    void casesAreSortedAndHiddenFilesIgnored() throws IOException {
        Files.write(folder.resolve("imagesTr/._a.nii.gz"), new byte[5]);
        Files.write(folder.resolve("labelsTr/readme.txt"), new byte[5]);
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("a", "b"), names(dataset));
        assertEquals(folder.resolve("labelsTr/b.nii.gz"), dataset.cases().get(1).label());
        Sample sample = dataset.load(dataset.cases().getFirst());
        assertEquals(2, sample.label().max());
        assertEquals(12, sample.image().voxels().length);
        assertEquals(List.of("background", "class 1", "class 2"), dataset.classNames());
    }

    @Test
    void theChannelNumberOfNnUnetIsNotPartOfTheName() throws IOException {
        for (String name : List.of("a", "b"))
            Files.move(folder.resolve("imagesTr/" + name + ".nii.gz"), folder.resolve("imagesTr/" + name + "_0000.nii.gz"));
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("a", "b"), names(dataset));
        assertEquals(folder.resolve("imagesTr/a_0000.nii.gz"), dataset.cases().getFirst().image());
        for (String name : List.of("a", "b")) image(name + "_0001");
        Case both = Dataset.open(folder).cases().getFirst();
        assertEquals(List.of(folder.resolve("imagesTr/a_0000.nii.gz"), folder.resolve("imagesTr/a_0001.nii.gz")), both.images());
    }

    /// A channel that is missing, or numbers with a gap, are faults of the case that lacks it, and no other is read in its place.
    @Test
    void aChannelThatOneCaseLacksIsItsFault() throws IOException {
        for (String name : List.of("a", "b"))
            Files.move(folder.resolve("imagesTr/" + name + ".nii.gz"), folder.resolve("imagesTr/" + name + "_0000.nii.gz"));
        image("a_0001");
        String says = "lacks a channel that other cases have: there is no b_0001 in " + folder.resolve("imagesTr");
        assertEquals(List.of(new Fault("b", says)), Dataset.survey(folder).faults());
        String message = assertThrows(FormatException.class, () -> Dataset.open(folder)).getMessage();
        assertEquals(folder + ": case \"b\" " + says, message);
        Files.move(folder.resolve("imagesTr/b_0000.nii.gz"), folder.resolve("imagesTr/b_0001.nii.gz"));
        assertTrue(Dataset.survey(folder).faults().getFirst().what().contains("there is no b_0000 in"), "the first one");
        for (String name : List.of("a", "b")) {
            Files.deleteIfExists(folder.resolve("imagesTr/" + name + "_0000.nii.gz"));
            image(name + "_0000");
            Files.move(folder.resolve("imagesTr/" + name + "_0001.nii.gz"), folder.resolve("imagesTr/" + name + "_0003.nii.gz"));
        }
        assertEquals(List.of("a", "b"), Dataset.survey(folder).faults().stream().map(Fault::about).toList());
        assertTrue(Dataset.survey(folder).faults().getFirst().what().contains("there is no a_0001 and no a_0002 in"));
    }

    @Test
    void aModalityIsWhatTheSeriesSaysOrElseTheDescription() throws IOException {
        assertEquals("", modality(Reading.PLAIN, 0));
        json("{\"channel_names\": {\"0\": \"T1\", \"1\": \"T2\"}}");
        assertEquals("T1 + T2", modality(Reading.PLAIN, 0));
        assertEquals("T2", modality(new Reading(null, List.of(1), null), 0));
        DicomFiles.series(Files.createDirectory(folder.resolve("imagesTr/c")), 1, 3, 2, 2, (i, j, k) -> i);
        label("c", 2);
        assertEquals("T1 + T2", modality(Reading.PLAIN, 1));
        assertEquals("CT", modality(Reading.PLAIN, 2));
    }

    private String modality(Reading reading, int number) {
        Dataset dataset = Dataset.open(folder, reading, LabelRule.NONE);
        return dataset.modality(dataset.cases().get(number));
    }

    @Test
    void casesThatAreNumberedFromZeroAreNotChannels() throws IOException {
        for (int i = 0; i < 2; i++)
            for (String part : List.of("imagesTr/", "labelsTr/"))
                Files.move(folder.resolve(part + List.of("a", "b").get(i) + ".nii.gz"), folder.resolve(part + "scan_000" + i + ".nii.gz"));
        assertEquals(List.of("scan_0000", "scan_0001"), names(Dataset.open(folder)));
    }

    @Test
    void theDescriptionOfTheDecathlonIsRead() throws IOException {
        json("""
            {"name": "x", "labels": {"0": "background", "1": "left", "2": "right"}, "numTraining": 1,
             "training": [{"image": "./imagesTr/b.nii.gz", "label": "./labelsTr/b.nii.gz"}], "test": ["./imagesTs/c.nii.gz"]}""");
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("b"), names(dataset));
        assertEquals(List.of("background", "left", "right"), dataset.classNames());
    }

    @Test
    void theDescriptionOfNnUnetIsRead() throws IOException {
        json("""
            {"channel_names": {"0": "T2"}, "labels": {"right": 2, "background": 0, "left": 1}, "numTraining": 2, "file_ending": ".nii.gz"}""");
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("a", "b"), names(dataset));
        assertEquals(List.of("background", "left", "right"), dataset.classNames());
    }

    @Test
    void picturesOfNnUnetMayBePngs() throws IOException {
        for (String part : List.of("imagesTr", "labelsTr")) for (Path file : Nifti.list(folder.resolve(part)).values()) Files.delete(file);
        NiftiBytes.write(folder.resolve("imagesTr/eye_0000.png"), PngBytes.of(2, 1, 8, PngBytes.RGB, false, 1, 2, 3, 4, 5, 6));
        Png.write(folder.resolve("labelsTr/eye.png"), new LabelVolume(Geometry.of(2, 1, 1, 1, 1, 1), new byte[]{0, 1}));
        json("{\"labels\": {\"background\": 0, \"vessel\": 1}, \"numTraining\": 1, \"file_ending\": \".png\"}");
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("eye"), names(dataset));
        assertEquals(3, dataset.load(dataset.cases().getFirst()).image().channels());
        json("{\"file_ending\": \".b2nd\"}");
        refused("its files end in \".b2nd\", which is none of the kinds that are read (");
    }

    @Test
    void aSingleCaseNumberedZeroIsNotTakenForAChannel() throws IOException {
        for (String part : List.of("imagesTr", "labelsTr")) for (Path file : Nifti.list(folder.resolve(part)).values()) Files.delete(file);
        image("heart_0000_0000");
        label("heart_0000", 1);
        assertEquals(List.of("heart_0000"), names(Dataset.open(folder)));
    }

    @Test
    void framesOfOneNameAreOfOnePatient() {
        for (String name : List.of("patient001_frame01", "patient001_frame12")) {
            image(name);
            label(name, 1);
        }
        assertEquals(List.of("a", "b", "patient001", "patient001"), Dataset.open(folder).cases().stream().map(Case::patient).toList());
    }

    @Test
    void aSurveyLeavesFaultyCasesOut() {
        image("c");
        label("d", 1);
        label("e", 1);
        Dataset dataset = Dataset.survey(folder);
        assertEquals(List.of("a", "b"), names(dataset));
        assertEquals(List.of("c"), List.copyOf(dataset.unlabelled().keySet()));
        assertEquals(List.of(new Fault("d", "has no image"), new Fault("e", "has no image")), dataset.faults());
        refused(": case \"d\" has no image (the first of 2 faults)");
    }

    @Test
    void aFolderIsOfOneKnownLayout() throws IOException {
        Files.createDirectories(folder.resolve("patient001"));
        refused(": it is two datasets at once: Decathlon or nnU-Net (imagesTr and labelsTr); ACDC (");
        Path other = Files.createDirectories(folder.resolve("other/stuff"));
        String says = assertThrows(FormatException.class, () -> Dataset.open(other)).getMessage();
        assertTrue(says.startsWith(other
                + ": it is no dataset, which is one of Decathlon or nnU-Net (imagesTr and labelsTr); ACDC (folders "
                + "patientXXX with patientXXX_frameYY and patientXXX_frameYY_gt); pairs (images or imgs, beside masks, "), says);
    }

    @Test
    void aWrongDescriptionIsRefused() throws IOException {
        json("{");
        assertThrows(FormatException.class, () -> Dataset.open(folder));
        json("[]");
        assertThrows(FormatException.class, () -> Dataset.open(folder));
        json("{\"labels\": {\"0\": \"background\", \"2\": \"gap\"}}");
        refused("its 2 labels are not numbered from 0 without a gap");
        json("{\"labels\": {\"zero\": \"background\"}}");
        refused("not numbered from 0");
        json("{\"labels\": {\"0\": \"background\", \"00\": \"again\"}}");
        refused("two of its labels are 0");
        json("{\"labels\": {\"background\": 0, \"whole\": [1, 3]}}");
        refused("not numbered from 0");
        json("{\"labels\": {\"background\": 0, \"whole\": {}}}");
        refused("whole");
        json("{\"training\": [{\"image\": \"a.nii.gz\"}]}");
        refused("label");
        json("{\"training\": [{\"label\": \"x/a.nii.gz\"}, {\"label\": \"a.nii.gz\"}]}");
        refused("it lists the case \"a\" twice");
        json("{\"training\": [{\"label\": \"../../z.nii.gz\"}]}");
        refused("case \"z\" has no image");
        json("{\"training\": []}");
        refused("there is no case");
    }

    @Test
    @Tag("hostile")
    void mutantsOfTheDescriptionAreReadOrRefused() {
        String good = """
            {"labels": {"0": "background", "1": "left", "two": 2}, "file_ending": ".nii.gz",
             "training": [{"label": "./labelsTr/b.nii.gz"}, {"label": "a.nii"}]}""";
        int refused = Mutants.survive(Mutants.of(good.getBytes(StandardCharsets.UTF_8), 11, Mutants.COUNT), bytes -> {
            NiftiBytes.write(folder.resolve("dataset.json"), bytes);
            Dataset.open(folder).coding();
        });
        assertTrue(refused > Mutants.COUNT / 3 && refused < Mutants.COUNT, refused + " refused");
    }

    @Test
    void missingPartsAreNamed() throws IOException {
        assertTrue(assertThrows(FormatException.class, () -> Dataset.open(folder.resolve("absent"))).getMessage()
                .startsWith(folder.resolve("absent") + ": there is no such folder"));
        label("d", 1);
        refused("case \"d\" has no image");
        for (String part : List.of("imagesTr", "labelsTr")) for (Path file : Nifti.list(folder.resolve(part)).values()) Files.delete(file);
        refused("there is no case");
        Files.delete(folder.resolve("labelsTr"));
        refused("labelsTr: there is no such folder");
    }

    @Test
    void imageAndLabelMustLieOnTheSameGrid() throws IOException {
        Nifti.write(folder.resolve("labelsTr/a.nii.gz"), new LabelVolume(Geometry.of(3, 2, 1, 1, 1, 2), new byte[6]));
        Nifti.write(folder.resolve("labelsTr/b.nii.gz"), new LabelVolume(Geometry.of(3, 2, 2, 1, 1, 2.5), new byte[12]));
        Dataset dataset = Dataset.open(folder);
        FormatException e = assertThrows(FormatException.class, () -> dataset.load(dataset.cases().get(0)));
        assertTrue(e.getMessage().startsWith("a: image and label do not lie on the same grid, but have 3 × 2 × 2 voxels against 3 × 2 × 1 ("),
                e.getMessage());
        e = assertThrows(FormatException.class, () -> dataset.load(dataset.cases().get(1)));
        assertTrue(e.getMessage().contains("corners that lie 0.5 mm apart"), e.getMessage());
    }

    @Test
    void aCaseIsLoadedInTheCanonicalOrientationWhateverItsFiles() throws IOException {
        Geometry lps = Geometry.of(3, 2, 2, new double[][]{{-1, 0, 0, 2}, {0, -1, 0, 1}, {0, 0, 2, 0}});
        Nifti.write(folder.resolve("imagesTr/a.nii.gz"), new Volume(lps, NiftiBytes.counting(12)));
        byte[] classes = new byte[12];
        classes[0] = 2;
        Nifti.write(folder.resolve("labelsTr/a.nii.gz"), new LabelVolume(lps, classes));
        Sample sample = Dataset.open(folder).load(new Case("a", folder.resolve("imagesTr/a.nii.gz"), folder.resolve("labelsTr/a.nii.gz")));
        assertEquals("RAS", sample.image().geometry().orientation());
        assertSame(sample.image().geometry(), sample.label().geometry());
        assertEquals(0, sample.image().at(2, 1, 0));
        assertEquals(2, sample.label().at(2, 1, 0));
        assertTrue(sample.image().geometry().difference(geometry).isEmpty());
    }

    @Test
    void aLabelMustBeOneOfTheDeclared() throws IOException {
        json("{\"labels\": {\"0\": \"background\", \"1\": \"organ\"}}");
        Dataset dataset = Dataset.open(folder);
        FormatException e = assertThrows(FormatException.class, () -> dataset.load(dataset.cases().getFirst()));
        assertTrue(e.getMessage().contains("labelsTr/a.nii.gz: its voxel (1, 0, 1) holds 2, which means nothing here (0 is background, 1 is organ); "
                + "say what it means with --classes, or that it does not count with --ignore-label 2"), e.getMessage());
    }

    private void refused(String says) {
        FormatException e = assertThrows(FormatException.class, () -> Dataset.open(folder).coding());
        assertTrue(e.getMessage().startsWith(folder.toString()) && e.getMessage().contains(says), e.getMessage());
    }

    private void json(String text) throws IOException {
        Files.writeString(folder.resolve("dataset.json"), text);
    }

    private void image(String name) {
        Nifti.write(folder.resolve("imagesTr/" + name + ".nii.gz"), new Volume(geometry, NiftiBytes.counting(12)));
    }

    private void label(String name, int max) {
        byte[] classes = new byte[12];
        classes[7] = (byte) max;
        Nifti.write(folder.resolve("labelsTr/" + name + ".nii.gz"), new LabelVolume(geometry, classes));
    }

    private static List<String> names(Dataset dataset) {
        return dataset.cases().stream().map(Case::name).toList();
    }
}
