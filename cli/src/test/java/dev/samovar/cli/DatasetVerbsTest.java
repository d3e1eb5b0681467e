package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real-world datasets, through every verb that reads one.
class DatasetVerbsTest {
    private static final Path CASES = Path.of(System.getProperty("samovar.shared", "../shared"), "cases", "datasets");

    @TempDir
    private Path folder;

    @BeforeEach
    void theCasesAreHere() {
        assumeTrue(Files.isDirectory(CASES), "the cases are not here: set their folder with -Dsamovar.shared");
    }

    private static Cli run(int exit, Object... args) {
        Cli cli = Cli.run(args);
        assertEquals(exit, cli.exit(), cli.toString());
        return cli;
    }

    private Path split(Path data) throws IOException {
        Path split = folder.resolve("split.json");
        run(0, "data", "split", data, "--out", split, "--overwrite");
        return split;
    }

    private static Object[] train(Path data, Path split, Path to, Object... more) {
        return Stream.concat(Stream.of("train", "--data", data, "--weights", Cli.TINY, "--head", "linear", "--epochs", 1, "--side", 16,
                "--augment", "none", "--split", split, "--out", to), Stream.of(more)).toArray();
    }

    /// Ignored voxels change neither the training nor the score.
    @Test
    void whatIsIgnoredDoesNotMatter() throws IOException {
        Path data = CASES.resolve("ignore2"), predictions = Files.createDirectory(folder.resolve("pred"));
        for (var truth : Volumes.list(data.resolve("labelsTr")).entrySet()) {
            LabelVolume label = Volumes.readLabels(truth.getValue());
            byte[] classes = label.classes().clone();
            for (int i = 0; i < classes.length; i++) if (classes[i] == 2) classes[i] = (byte) (i % 2);
            Nifti.write(predictions.resolve(truth.getKey() + ".nii.gz"), new LabelVolume(label.geometry(), classes));
        }
        run(0, "evaluate", "--pred", predictions, "--truth", data, "--json", folder.resolve("a.json"));
        run(0, "evaluate", "--pred", predictions, "--truth", data.resolve("labelsTr"), "--json", folder.resolve("b.json"));
        run(0, "evaluate", "--pred", predictions, "--truth", data.resolve("labelsTr"), "--classes", "0,1,2:ignore", "--json",
                folder.resolve("c.json"));
        String scores = Files.readString(folder.resolve("a.json"));
        assertEquals(1, Json.read(folder.resolve("a.json")).at("mean").at("dice").number(), scores);
        assertEquals(scores, Files.readString(folder.resolve("b.json")));
        assertEquals(1, Json.read(folder.resolve("c.json")).at("mean").at("dice").number());
    }

    @Test
    void whiteThatMeansNothingIsAFaultThatSaysWhatToDo() throws IOException {
        Path data = CASES.resolve("white-is-decided-per-file");
        Cli verify = run(2, "data", "verify", data);
        assertTrue(verify.out().contains("frame_a: the label holds 255, which means nothing here"), verify.out());
        run(0, "data", "verify", data, "--classes", "0,128:1,255:2");
        run(0, "data", "verify", data, "--ignore-label", "255");
        Files.writeString(folder.resolve("s.json"), "{\"train\": [\"frame_a\"], \"test\": []}");
        Cli refused = run(2, train(data, folder.resolve("s.json"), folder.resolve("run")));
        assertTrue(refused.err().contains("holds 255, which means nothing here") && !Files.exists(folder.resolve("run")), refused.err());
        run(0, train(data, folder.resolve("s.json"), folder.resolve("run"), "--classes", "0,128:1,255:2"));
        assertEquals(List.of("background", "plate", "artery"), Json.read(folder.resolve("run/run.json")).at("classNames").strings());
    }

    @Test
    void aFewLabelsAreEnoughAndTheOtherImagesAreForPredict() throws IOException {
        Path data = CASES.resolve("few-labels-many-images"), to = folder.resolve("run");
        Cli verify = run(0, "data", "verify", data);
        assertTrue(verify.out().contains("3 images without a label: case_025, case_034, case_038"), verify.out());
        assertEquals(3, Json.parse(run(0, "data", "verify", data, "--json").out(), "verify").at("unlabelled").list().size());
        Cli trained = run(0, train(data, split(data), to));
        assertTrue(trained.err().contains("without a label, and not learnt from: 3 images"), trained.err());
        run(0, "predict", "--run", to, "--input", data, "--output", folder.resolve("next"));
        assertEquals(List.of("case_025", "case_034", "case_038"), List.copyOf(Volumes.list(folder.resolve("next")).keySet()));
    }

    /// There is one annotation for each class that occurs. A volume is refused before anything is written.
    @Test
    void predictWritesForQuPathImageJAndFiji() throws IOException {
        Path data = CASES.resolve("jpg_images"), to = folder.resolve("run"), out = folder.resolve("out");
        run(0, "train", "--data", data, "--weights", Cli.TINY, "--head", "cnn", "--depth", 1, "--top-channel", 8, "--epochs", 40, "--lr",
                "0.01", "--side", 32, "--augment",
                "none", "--split", split(data), "--out", to);
        run(0, "predict", "--run", to, "--input", data.resolve("images"), "--output", folder.resolve("plain"));
        Cli predicted = run(0, "predict", "--run", to, "--input", data.resolve("images"), "--output", out, "--format", "geojson,roi,tif");
        int things = 0;
        for (var plain : Volumes.list(folder.resolve("plain")).entrySet()) {
            for (String file : List.of(".png", "_labels.tif", "_masks.geojson", "_RoiSet.zip"))
                assertTrue(predicted.out().contains(out.resolve(plain.getKey() + file) + "\n"), predicted.out());
            LabelVolume labels = Volumes.readLabels(plain.getValue());
            assertArrayEquals(labels.classes(), Volumes.readLabels(out.resolve(plain.getKey() + "_labels.tif")).classes());
            List<Json> features = Json.read(out.resolve(plain.getKey() + "_masks.geojson")).at("features").list();
            try (ZipFile zip = new ZipFile(out.resolve(plain.getKey() + "_RoiSet.zip").toFile())) {
                assertEquals(labels.max(), features.size());
                assertEquals(labels.max(), zip.size());
            }
            things += features.size();
        }
        assertTrue(things > 0, "nothing was found in any picture");
        Path volumes = CASES.resolve("ignore2");
        Cli refused = run(2, "predict", "--run", to, "--input", volumes.resolve("imagesTr"), "--output", folder.resolve("v"), "--format", "geojson");
        assertTrue(refused.err().contains("c0 is a volume, and --format geojson and roi are for pictures"), refused.err());
        assertFalse(Files.exists(folder.resolve("v")));
    }

    @Test
    void channelsAreOneCaseForEveryVerb() throws IOException {
        Path data = folder.resolve("data"), to = folder.resolve("run");
        copy(CASES.resolve("ignore2"), data);
        for (Path first : Volumes.list(data.resolve("imagesTr")).values()) {
            Volume volume = Volumes.read(first);
            float[] other = volume.voxels().clone();
            for (int i = 0; i < other.length; i++) other[i] = 1000 - other[i] * other[i] / 600;
            Nifti.write(first.resolveSibling(Volumes.name(first).replace("_0000", "_0001") + ".nii.gz"), new Volume(volume.geometry(), other));
        }
        assertTrue(run(0, "data", "verify", data).out().contains("cases         4, of 4 patients"));
        run(0, train(data, split(data), to));
        assertEquals(2, Json.read(to.resolve("run.json")).at("origin").at("reading").at("channels").list().size());
        run(0, "predict", "--run", to, "--input", data.resolve("imagesTr"), "--output", folder.resolve("all"));
        assertEquals(List.of("c0", "c1", "c2", "c3"), List.copyOf(Volumes.list(folder.resolve("all")).keySet()));
        run(0, "predict", "--run", to, "--input", data.resolve("imagesTr/c1_0000.nii.gz"), "--output", folder.resolve("one"));
        assertEquals(Volumes.readLabels(folder.resolve("all/c1.nii.gz")), Volumes.readLabels(folder.resolve("one/c1.nii.gz")));
        run(0, train(data, folder.resolve("split.json"), folder.resolve("single"), "--channels", "1"));
        Cli refused = run(2, train(data, folder.resolve("split.json"), folder.resolve("none"), "--channels", "2"));
        assertTrue(refused.err().contains("it has the channels 0 to 1, and --channels asks for 2"), refused.err());
        run(0, train(CASES.resolve("ignore2"), folder.resolve("split.json"), folder.resolve("plain")));
        Cli two = run(2, "predict", "--run", folder.resolve("plain"), "--input", data.resolve("imagesTr"), "--output", folder.resolve("x"));
        assertTrue(two.err().contains("c0: it has 2 channels, c0_0000.nii.gz and so on, and one is wanted; choose it, as with --channels 0"),
                two.err());
    }

    /// A dataset with regions is learnt by class, and validated, scored and reported by region.
    @Test
    void regionsAreScoredByEveryVerb() throws IOException {
        Path data = CASES.resolve("dataset-json/d-regions"), to = folder.resolve("run"), split = folder.resolve("split.json");
        Files.writeString(split, "{\"train\": [\"case_015\"], \"val\": [], \"test\": [\"case_025\"]}");
        String said = "0 is background, 1 is whole, 2 is whole + posterior; regions of these classes are scored: whole (1 + 2), posterior (2)";
        assertTrue(run(0, "data", "verify", data).out().contains(said));
        assertTrue(run(0, train(data, split, to)).err().contains("labels: " + said));
        Json kept = Json.read(to.resolve("run.json"));
        assertEquals(List.of("background", "whole", "whole + posterior"), kept.at("classNames").strings());
        run(0, "report", to);
        Cli named = Cli.run("evaluate", "--pred", data.resolve("labelsTr"), "--truth", data, "--classes", "edema,core");
        assertTrue(named.exit() == 2 && named.err().contains("which are scored by their own names (whole, posterior); give no names of classes"),
                named.err());
        Json scores = Json.read(to.resolve("evaluation.json"));
        assertEquals(List.of("background", "whole", "posterior"), scores.at("classes").strings());
        assertTrue(Files.readString(to.resolve("report.html")).contains(">posterior<"));
        run(0, "evaluate", "--pred", to.resolve("labels"), "--truth", data, "--json", folder.resolve("scores.json"));
        assertEquals(scores.at("mean").toString(), Json.read(folder.resolve("scores.json")).at("mean").toString());
    }

    /// Pictures and volumes with two channels are treated alike: each channel has its own brightness window, and the first is used for the third as well.
    @Test
    void twoChannelsAreTheSameForEveryVerb() throws IOException {
        Path picture = CASES.resolveSibling("pictures").resolve("twochan_contig.tif"), volume = folder.resolve("two.nrrd");
        Cli flat = run(0, "segment", "--weights", Cli.TINY, "--image", picture, "--point", "20,20", "--out", folder.resolve("a"));
        assertTrue(flat.err().contains(picture
                + ": it has 2 channels: 0 is shown as red and blue, 1 as green; --channels chooses"), flat.err());
        byte[] header = "NRRD0004\ntype: short\ndimension: 4\nsizes: 2 8 8 2\nkinds: vector domain domain domain\nendian: little\nencoding: raw\n\n"
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file = ByteBuffer.allocate(header.length + 512).order(ByteOrder.LITTLE_ENDIAN).put(header);
        for (int i = 0; i < 256; i++) file.putShort((short) (i % 2 == 0 ? 5 * i : 1000 - i));
        Files.write(volume, file.array());
        Cli deep = run(0, "segment", "--weights", Cli.TINY, "--image", volume, "--slice", 0, "--point", "3,3", "--out", folder.resolve("b"));
        assertTrue(deep.err().contains(volume + ": it has 2 channels: 0 is shown as red and blue, 1 as green"), deep.err());
        assertTrue(deep.err().contains(volume + ", channel 0: brightness: ") && deep.err().contains(volume + ", channel 1: brightness: "),
                deep.err());
    }

    @Test
    void aRunNoticesWhatWasChangedUnderIt() throws IOException {
        Path data = folder.resolve("data"), to = folder.resolve("run"), split = folder.resolve("split.json");
        copy(CASES.resolve("ignore2"), data);
        Files.writeString(split, "{\"train\": [\"c0\", \"c1\"], \"val\": [\"c2\"], \"test\": [\"c3\"]}");
        run(0, train(data, split, to));
        run(0, "train", "--resume", to);
        change(data.resolve("labelsTr/c1.nii.gz"));
        Cli resumed = run(2, "train", "--resume", to);
        assertTrue(resumed.err().contains(to
                + ": the label of case \"c1\" is not the one that it was begun with; put back what was there, or train"),
                resumed.err());
        run(0, "report", to);
        run(0, "predict", "--run", to, "--output", folder.resolve("a"));
        change(data.resolve("labelsTr/c3.nii.gz"));
        run(0, "predict", "--run", to, "--output", folder.resolve("b"));
        assertTrue(run(2, "report", to).err().contains("the label of case \"c3\""));
        Volume image = Volumes.read(data.resolve("imagesTr/c3_0000.nii.gz"));
        float[] other = image.voxels().clone();
        other[5] += 1;
        Nifti.write(data.resolve("imagesTr/c3_0000.nii.gz"), new Volume(image.geometry(), other));
        assertTrue(run(2, "predict", "--run", to, "--output", folder.resolve("c")).err().contains("the image of case \"c3\" is not"));
        Path json = to.resolve("run.json");
        String text = Files.readString(json);
        Files.writeString(json, text.replace("\"c0\"", "\"c3\"").replaceFirst("(?s)(\"test\": \\[\\s*)\"c3\"", "$1\"c0\""));
        assertTrue(run(2, "report", to).err().contains("its split was changed in run.json"));
    }

    private static void change(Path file) {
        LabelVolume label = Volumes.readLabels(file);
        byte[] classes = label.classes().clone();
        classes[7] = (byte) (classes[7] == 0 ? 1 : 0);
        Nifti.write(file, new LabelVolume(label.geometry(), classes));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
    }
}
