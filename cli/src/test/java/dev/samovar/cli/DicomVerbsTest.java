package dev.samovar.cli;

import static dev.samovar.cli.Cli.TINY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.dicom.Segment;
import dev.samovar.imaging.dicom.SegmentationReader;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.DicomFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every verb that takes a volume takes a series of DICOM images, and none reveals the patient.
class DicomVerbsTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final int COLUMNS = 13, ROWS = 11, SLICES = 3;

    @TempDir
    private Path folder;

    private static int box(int i, int j, int n) {
        return i > 2 + n && i < 9 && j > 3 && j < 9 ? 1 : 0;
    }

    private static Path series(Path folder, int number) {
        return DicomFiles.series(folder, number, COLUMNS, ROWS, SLICES, (i, j, k) -> 100 * box(i, j, number % 3) + i % 7 - 20 * k + number);
    }

    private static void tellsNobody(Cli cli) {
        for (String secret : DicomFiles.SECRETS) assertFalse((cli.out() + cli.err()).contains(secret), cli.out() + cli.err());
    }

    private Cli segment(Path image, Object... options) {
        return Cli.run(Stream.concat(Stream.of("segment", "--weights", SAM, "--image", image, "--out", folder.resolve("out")), Stream.of(options))
                .toArray());
    }

    @Test
    void segmentTakesASeriesAndWritesASegmentationThatRefersToIt() {
        Path series = DicomFiles.series(folder.resolve("thorax"), 1, 41, 37, 5, (i, j, k) -> (i - 20) * (i - 20) + (j - 18) * (j - 18) < 150
                ? 900 + i
                : 40 + j);
        Cli cli = segment(series, "--slice", 1, "--box", "7,5,33,31", "--point", "20,18");
        assertEquals(0, cli.exit(), cli.err());
        tellsNobody(cli);
        Path labels = folder.resolve("out/thorax.nii.gz"), segmentation = folder.resolve("out/thorax.seg.dcm");
        assertEquals(labels + "\n" + folder.resolve("out/thorax_overlay.png") + "\n" + segmentation + "\n", cli.out());
        LabelVolume found = Nifti.readLabels(labels);
        Geometry grid = DicomSeries.open(series, Choice.NONE).geometry();
        assertEquals("", grid.difference(found.geometry()).orElse(""));
        assertEquals(1, found.max());
        assertEquals(found, SegmentationReader.read(segmentation, grid));
        assertTrue(cli.err().contains("41 × 37 pixels are no multiple of 8"), cli.err());
    }

    @Test
    void theSegmentationOfAnEarlierResultIsNotLeftBesideAnEmptyOne() throws IOException {
        Geometry grid = DicomSeries.open(series(folder.resolve("thorax"), 1), Choice.NONE).geometry();
        Path earlier = Files.writeString(folder.resolve("thorax.seg.dcm"), "of an earlier result");
        var said = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertFalse(new DicomOutput().write(earlier, new LabelVolume(grid, new byte[grid.voxels()]), List.of("background", "thing"),
                Segment.Algorithm.AUTOMATIC, Map.of(), new Console(err, err, false)));
        assertFalse(Files.exists(earlier));
        assertTrue(
                said.toString(StandardCharsets.UTF_8).contains(
                        "is not written: no voxel has a class, so there is no DICOM segmentation to write; that of an earlier result is removed"),
                said.toString(StandardCharsets.UTF_8));
    }

    @Test
    void oneSliceAloneIsAVolumeToo() {
        Path file = series(folder.resolve("thorax"), 1).resolve("S1_2");
        Cli cli = segment(file, "--slice", 0, "--box", "2,2,10,9");
        assertEquals(0, cli.exit(), cli.err());
        assertEquals(1, Nifti.readLabels(folder.resolve("out/S1_2.nii.gz")).geometry().nz());
    }

    @Test
    void ofTwoSeriesOneIsChosen() {
        series(folder.resolve("both/a"), 4);
        series(folder.resolve("both/b"), 5);
        Cli none = segment(folder.resolve("both"), "--slice", 0, "--box", "2,2,10,9");
        assertEquals(2, none.exit());
        assertTrue(none.err().contains("2 series: choose one of 4 'made up' (CT, 13 × 11 × 3) and 5 'made up' (CT, 13 × 11 × 3) with --series"),
                none.err());
        Cli wrong = segment(folder.resolve("both"), "--series", 6, "--slice", 0, "--box", "2,2,10,9");
        assertTrue(wrong.exit() == 2 && wrong.err().contains("there is no series \"6\""), wrong.err());
        Cli one = segment(folder.resolve("both"), "--series", 5, "--slice", 0, "--box", "2,2,10,9");
        assertEquals(0, one.exit(), one.err());
        for (Cli cli : List.of(none, wrong, one)) tellsNobody(cli);
    }

    @Test
    void optionsOfDicomAreForDicom() {
        Path picture = Golden.path("sam-tiny/picture.png");
        for (Object[] options : new Object[][]{{"--series", 1}, {"--all-frames"}, {"--codes", picture}}) {
            Cli cli = segment(picture, Stream.concat(Stream.of("--point", "10,10"), Stream.of(options)).toArray());
            assertTrue(cli.exit() == 2 && cli.err().contains("for DICOM"), cli.err());
        }
    }

    @Test
    void aMissingSliceIsSaidByName() throws IOException {
        Path series = DicomFiles.series(folder.resolve("thorax"), 1, COLUMNS, ROWS, 5, (i, j, k) -> i);
        Files.delete(series.resolve("S1_3"));
        Cli cli = segment(series, "--slice", 0, "--box", "2,2,10,9");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("slice 3 of 5 is missing: the gap between S1_4 and S1_2 is 8.0 mm, elsewhere it is 4.0 mm"), cli.err());
    }

    @Test
    void masksTakesASliceOfASeries() {
        Cli cli = Cli.run("masks", "--weights", SAM, "--image", series(folder.resolve("thorax"), 1), "--slice", 1, "--points-per-side", 2,
                "--out",
                folder.resolve("out"));
        assertEquals(0, cli.exit(), cli.err());
        tellsNobody(cli);
    }

    @Test
    void aDatasetOfSeriesIsVerifiedEmbeddedAndTrainedOnAndNewSeriesArePredicted() throws IOException {
        Path data = folder.resolve("data"), run = folder.resolve("run"), labels = folder.resolve("labels");
        Files.createDirectories(data.resolve("labelsTr"));
        for (int n = 0; n < 4; n++) {
            Geometry grid = DicomSeries.open(series(data.resolve("imagesTr/case" + n), n + 1), Choice.NONE).geometry();
            byte[] classes = new byte[grid.voxels()];
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) box(i % COLUMNS, i / COLUMNS % ROWS, (n + 1) % 3);
            Nifti.write(data.resolve("labelsTr/case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
        Files.writeString(folder.resolve("split.json"), "{\"train\": [\"case0\", \"case1\"], \"test\": [\"case2\", \"case3\"]}");
        Files.writeString(data.resolve("imagesTr/case1/notes.txt"), "nothing of note");
        Cli verify = Cli.run("data", "verify", data);
        assertEquals(0, verify.exit(), verify.err() + verify.out());
        assertTrue(verify.out().contains("remark: case1: left out: notes.txt (not DICOM)"), verify.out());
        Cli train = Cli.run("train", "--data", data, "--weights", TINY, "--head", "cnn", "--depth", 2, "--top-channel", 8, "--split",
                folder.resolve("split.json"), "--epochs", 20, "--schedule", "constant", "--side", 32, "--augment", "none", "--out", run, "--threads",
                2);
        assertEquals(0, train.exit(), train.err());
        Cli embed = Cli.run("embed", "--data", data, "--weights", TINY, "--cache", folder.resolve("cache"), "--side", 32, "--augment", "none");
        assertEquals(0, embed.exit(), embed.err());
        Path codes = Files.writeString(folder.resolve("codes.tsv"), "class 1\t80891009\tSCT\tHeart\n");
        Path misspelt = Files.writeString(folder.resolve("misspelt.tsv"), "clas 1\t80891009\tSCT\tHeart\n");
        Cli none = Cli.run("predict", "--run", run, "--output", labels, "--codes", misspelt);
        assertTrue(none.exit() == 2 && none.err().contains("there is no class \"clas 1\" here, but class 1"), none.err());
        Cli predict = Cli.run("predict", "--run", run, "--output", labels, "--codes", codes);
        assertEquals(0, predict.exit(), predict.err());
        assertEquals(Stream.of("case2.nii.gz", "case2.seg.dcm", "case3.nii.gz", "case3.seg.dcm").map(labels::resolve).map(p -> p + "\n").reduce("",
                String::concat), predict.out());
        Geometry grid = DicomSeries.open(data.resolve("imagesTr/case2"), Choice.NONE).geometry();
        LabelVolume found = Nifti.readLabels(labels.resolve("case2.nii.gz"));
        assertTrue(found.max() == 1 && grid.difference(found.geometry()).isEmpty());
        assertEquals(found, SegmentationReader.read(labels.resolve("case2.seg.dcm"), grid));
        assertTrue(new String(Files.readAllBytes(labels.resolve("case2.seg.dcm")), StandardCharsets.ISO_8859_1).contains("80891009"));
        Cli one = Cli.run("predict", "--run", run, "--input", data.resolve("imagesTr/case3"), "--output", folder.resolve("one"));
        assertEquals(0, one.exit(), one.err());
        assertEquals(found(labels.resolve("case3.nii.gz")), found(folder.resolve("one/case3.nii.gz")));
        Cli evaluate = Cli.run("evaluate", "--pred", labels, "--truth", data.resolve("labelsTr"));
        assertTrue(evaluate.exit() == 0, evaluate.err());
        Cli all = Cli.run("predict", "--run", run, "--input", data.resolve("imagesTr"), "--output", folder.resolve("all"), "--all-frames");
        assertEquals(0, all.exit(), all.err());
        for (int n = 0; n < 4; n++) Files.delete(folder.resolve("all/case" + n + ".nii.gz"));
        Cli segmentations = Cli.run("evaluate", "--pred", folder.resolve("all"), "--truth", data.resolve("labelsTr"));
        assertEquals(0, segmentations.exit(), segmentations.err());
        for (Cli cli : List.of(verify, train, embed, predict, one, evaluate, all, segmentations)) tellsNobody(cli);
        for (String secret : DicomFiles.SECRETS) assertFalse(Files.readString(run.resolve("run.json")).contains(secret));
    }

    private static LabelVolume found(Path file) {
        return Nifti.readLabels(file);
    }
}
