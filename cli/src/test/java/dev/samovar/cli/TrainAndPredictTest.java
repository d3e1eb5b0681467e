package dev.samovar.cli;

import static dev.samovar.cli.Cli.TINY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.methods.Course;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.TrainingLog;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Training and prediction on four volumes with a bright box each, with a SAM of 0.2 million parameters.
@Order(1)
class TrainAndPredictTest {
    private static final Geometry GRID = Geometry.of(12, 10, 3, 1, 1, 4);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeData() throws IOException {
        for (String data : new String[]{"data", "strange"}) {
            Path images = Files.createDirectories(folder.resolve(data + "/imagesTr"));
            Path labels = Files.createDirectories(folder.resolve(data + "/labelsTr"));
            for (int n = 0; n < 4; n++) {
                float[] voxels = new float[12 * 10 * 3];
                byte[] classes = new byte[voxels.length];
                for (int i = 0; i < voxels.length; i++) {
                    classes[i] = (byte) (i % 12 > 2 + n && i % 12 < 8 && i / 12 % 10 > 3 ? 1 : 0);
                    voxels[i] = 100 * classes[i] + i % 7;
                }
                Nifti.write(images.resolve("case" + n + ".nii.gz"), new Volume(GRID, voxels));
                Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(GRID, classes));
            }
        }
        Files.writeString(folder.resolve("split.json"), "{\"train\": [\"case0\", \"case1\"], \"test\": [\"case2\", \"case3\"]}");
        Files.writeString(folder.resolve("all.json"), "{\"train\": [\"case0\", \"case1\", \"case2\", \"case3\"], \"test\": []}");
        byte[] many = new byte[12 * 10 * 3];
        many[0] = 7;
        Nifti.write(folder.resolve("strange/labelsTr/case1.nii.gz"), new LabelVolume(GRID, many));
        Files.writeString(folder.resolve("strange/dataset.json"), "{\"labels\": {\"0\": \"background\", \"1\": \"box\"}}");
    }

    @Test
    void theMainJobFromVolumesToScores() throws IOException {
        Path run = folder.resolve("runs/first"), labels = folder.resolve("labels");
        Cli train = Cli.run("train", "--data", folder.resolve("data"), "--weights", TINY, "--head", "cnn", "--depth", 2, "--top-channel", 8,
                "--split",
                folder.resolve("split.json"), "--epochs", 20, "--lr", "2e-3", "--side", 32, "--augment", "none", "--out", run, "--threads", 2);
        assertEquals(0, train.exit(), train.err());
        assertTrue(train.err().contains("kernels: vector") && train.err().contains("cost: 6 slices to embed"), train.err());
        for (String name : new String[]{"run.json", "checkpoint.safetensors", "log.csv", "timings.csv", "head-last.safetensors",
            "head-best.safetensors"})
            assertTrue(Files.exists(run.resolve(name)), name);
        assertTrue(Files.isDirectory(folder.resolve("runs/samovar-cache")));

        Cli predict = Cli.run("predict", "--run", run, "--output", labels);
        assertEquals(0, predict.exit(), predict.err());
        assertEquals(labels.resolve("case2.nii.gz") + "\n" + labels.resolve("case3.nii.gz") + "\n", predict.out());
        assertTrue(Nifti.readLabels(labels.resolve("case2.nii.gz")).geometry().difference(GRID).isEmpty());

        Cli evaluate = Cli.run("evaluate", "--pred", labels, "--truth", folder.resolve("data/labelsTr"), "--out", folder.resolve("scores"));
        assertEquals(0, evaluate.exit(), evaluate.err());
        Json scores = Json.read(folder.resolve("scores/evaluation.json"));
        assertTrue(scores.toString().contains("case3"), scores.toString());

        Path head = run.resolve("head-best.safetensors");
        Cli itself = Cli.run("export", "--onnx", head, TINY, "--head", run, "--best", "--overwrite");
        assertTrue(itself.exit() == 2 && itself.err().contains(head + " is the head itself"), itself.err());
        Path onnx = folder.resolve("first.onnx"), constants = folder.resolve("first.onnx.data");
        assertEquals(0, Cli.run("export", "--onnx", onnx, TINY, "--external-data").exit());
        assertTrue(Files.exists(constants));
        Cli export = Cli.run("export", "--onnx", onnx, TINY, "--head", run, "--best", "--overwrite");
        assertFalse(Files.exists(constants), "those of the file that was replaced");
        assertEquals(0, export.exit(), export.err());
        assertTrue(export.out().contains("logits (N, 2, 32, 32)"), export.out());

        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains("cnn, depth 2, top channel 8") && info.out().contains("epoch 20"), info.out());
        assertTrue(Cli.run("info", run.resolve("head-best.safetensors")).out().contains("a head for Samovar"));
        assertEquals(2, Cli.run("predict", "--run", run, "--output", labels).exit(), "labels are not replaced without --overwrite");
    }

    /// A head's own pace, the paper's, and what else was asked for; the paper's course never goes with a rate that it would let fall too early.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--head linear                                | 0.002  | cosine",
        "--head linear --paper                        | 5.0E-4 | plateau",
        "--head linear --schedule plateau             | 5.0E-4 | plateau",
        "--head linear --schedule plateau --lr 1e-3   | 0.001  | plateau",
        "--head linear --paper --schedule cosine      | 5.0E-4 | cosine",
        "--head linear --schedule step:5              | 0.002  | step:5",
        "--method unet --width 2                      | 5.0E-4 | plateau",
        "--method decoder                             | 1.0E-4 | constant"})
    void theLearningRateAndItsCourseGoTogether(String options, double rate, String course) {
        Path run = folder.resolve("paces/" + options.strip().replaceAll("\\W+", "-"));
        List<Object> line = new ArrayList<>(List.of("train", "--data", folder.resolve("data"), "--weights", TINY, "--split", folder.resolve(
                "split.json"), "--epochs", 1, "--side", 32, "--out", run, "--threads", 2));
        line.addAll(List.of(options.strip().split(" ")));
        Cli train = Cli.run(line.toArray());
        assertEquals(0, train.exit(), train.err());
        RunConfig.Schedule schedule = Run.open(run).config().schedule();
        assertEquals(rate, schedule.learningRate());
        assertEquals(Course.of(course), schedule.pace().course());
        String info = Cli.run("info", run).out();
        assertTrue(info.contains("learning rate " + rate) && info.contains("rate by " + course), info);
    }

    /// An image of the right size in which no voxel is a number.
    private static void writeNothing(Path image) {
        float[] nothing = new float[GRID.voxels()];
        Arrays.fill(nothing, Float.NaN);
        Nifti.write(image, new Volume(GRID, nothing));
    }

    /// A night's work is not lost for one bad file.
    @Test
    void aCaseThatCannotBeReadDoesNotStopTheOthers() throws IOException {
        Path run = train("forall", "linear", "--epochs", 1), images = Files.createDirectories(folder.resolve("three")),
                labels = folder.resolve("three-labels");
        for (String name : new String[]{"case0", "case2"})
            Files.copy(folder.resolve("data/imagesTr/" + name + ".nii.gz"), images.resolve(name + ".nii.gz"));
        Path bad = images.resolve("case1.nii.gz");
        writeNothing(bad);
        Object[] predict = {"predict", "--run", run, "--input", images, "--output", labels};
        Cli first = Cli.run(predict);
        assertEquals(2, first.exit(), first.err());
        assertTrue(first.err().contains("left out: " + bad + ": none of its voxels is a finite number"), first.err());
        assertTrue(
                first.err().contains(
                        "1 of 3 cases could not be segmented, as said above: case1; mend or remove them, and give the command again with --continue"),
                first.err());
        assertEquals(labels.resolve("case0.nii.gz") + "\n" + labels.resolve("case2.nii.gz") + "\n", first.out());
        String before = Sha256.of(labels.resolve("case2.nii.gz"));
        Files.copy(folder.resolve("data/imagesTr/case1.nii.gz"), bad, StandardCopyOption.REPLACE_EXISTING);
        assertTrue(Cli.run(predict).err().contains("case0.nii.gz exists already"));
        Object[] again = Stream.concat(Stream.of(predict), Stream.of("--continue")).toArray();
        Cli second = Cli.run(again), third = Cli.run(again);
        assertEquals(0, second.exit(), second.err());
        assertTrue(second.err().contains("2 of 3 cases are there already"), second.err());
        assertEquals(labels.resolve("case1.nii.gz") + "\n", second.out());
        assertTrue(third.exit() == 0 && third.out().isEmpty() && third.err().contains("3 of 3 cases are there already"), third.toString());
        assertEquals(before, Sha256.of(labels.resolve("case2.nii.gz")));
        Cli both = Cli.run(Stream.concat(Stream.of(again), Stream.of("--overwrite")).toArray());
        assertTrue(both.exit() == 2 && both.err().contains("--continue leaves out what is there"), both.err());
    }

    /// Labels among the images would be taken for images, and images for finished labels.
    @Test
    void whatIsThereAlreadyIsLookedAt() throws IOException {
        Path run = train("looked", "linear", "--epochs", 1), images = Files.createDirectories(folder.resolve("looked-images")),
                labels = folder.resolve("looked-labels");
        for (String name : new String[]{"case0", "case1"})
            Files.copy(folder.resolve("data/imagesTr/" + name + ".nii.gz"), images.resolve(name + ".nii.gz"));
        for (String option : new String[]{"--continue", "--overwrite"}) {
            Cli into = Cli.run("predict", "--run", run, "--input", images, "--output", images, option);
            assertTrue(into.exit() == 2 && into.err().contains("is the volume itself; choose another --output"), into.err());
        }
        Path pictures = Files.createDirectories(folder.resolve("looked-pictures"));
        ImageIO.write(new BufferedImage(20, 30, BufferedImage.TYPE_INT_RGB), "jpg", pictures.resolve("a.jpg").toFile());
        Cli among = Cli.run("predict", "--run", run, "--input", pictures, "--output", pictures);
        assertTrue(among.exit() == 2 && among.err().contains("labels among them would be taken for images; choose another folder"), among.err());

        assertEquals(0, Cli.run("predict", "--run", run, "--input", images, "--output", labels).exit());
        Cli more = Cli.run("predict", "--run", run, "--input", images, "--output", labels, "--overlay", "--continue");
        assertTrue(more.exit() == 2 && more.err().contains(labels.resolve("case0.nii.gz") + " is there, and " + labels.resolve("case0_overlay.png")
                + " is not: remove what there is of this case, or give --overwrite in place of --continue"), more.err());
        Files.write(labels.resolve("case1.nii.gz"), new byte[0]);
        Cli empty = Cli.run("predict", "--run", run, "--input", images, "--output", labels, "--continue");
        assertTrue(empty.exit() == 2 && empty.err().contains("1 of 2 cases are there already") && empty.err().contains(
                "case1.nii.gz exists already"), empty.err());
    }

    @Test
    void aCaseThatCannotBeReadDoesNotStopTheEmbeddingOfOthers() throws IOException {
        Path data = folder.resolve("onebad"), cache = folder.resolve("onebad-cache");
        for (String side : new String[]{"imagesTr", "labelsTr"}) {
            Files.createDirectories(data.resolve(side));
            for (int n = 0; n < 3; n++)
                Files.copy(folder.resolve("data/" + side + "/case" + n + ".nii.gz"), data.resolve(side + "/case" + n + ".nii.gz"));
        }
        Path bad = data.resolve("imagesTr/case1.nii.gz");
        writeNothing(bad);
        Object[] embed = {"embed", "--data", data, "--weights", TINY, "--cache", cache, "--side", 16};
        Cli first = Cli.run(embed);
        assertEquals(2, first.exit(), first.err());
        assertTrue(first.err().contains("left out: " + bad + ": none of its voxels is a finite number") && first.err().contains(
                "1 of 3 cases could not be embedded, as said above: case1; mend or remove them, and give the command again"), first.err());
        Files.copy(folder.resolve("data/imagesTr/case1.nii.gz"), bad, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(0, Cli.run(embed).exit());
        try (Stream<Path> files = Files.list(cache)) {
            assertEquals(3, files.count());
        }
    }

    @Test
    void labelsAsTiffComeBesideThoseOnTheGridOfTheImage() throws IOException {
        Path run = train("alsotiff", "linear", "--epochs", 1), labels = folder.resolve("alsotiff-labels");
        Cli predict = Cli.run("predict", "--run", run, "--output", labels, "--format", "tif");
        assertEquals(0, predict.exit(), predict.err());
        for (String name : new String[]{"case2", "case3"}) {
            Path own = labels.resolve(name + ".nii.gz"), tiff = labels.resolve(name + "_labels.tif");
            assertTrue(predict.out().contains(own + "\n" + tiff + "\n"), predict.out());
            assertTrue(Nifti.readLabels(own).geometry().difference(GRID).isEmpty());
            assertArrayEquals(Nifti.readLabels(own).classes(), Volumes.readLabels(tiff).classes());
        }
        Cli evaluate = Cli.run("evaluate", "--pred", labels, "--truth", folder.resolve("data/labelsTr"));
        assertEquals(0, evaluate.exit(), evaluate.err());
    }

    @Test
    void whatIsRefusedLeavesNoFolder() {
        Path run = train("norests", "linear", "--epochs", 1), image = folder.resolve("data/imagesTr/case3.nii.gz"),
                truth = folder.resolve("data/labelsTr"), out = folder.resolve("refused");
        Object[][] commands = {{"predict", "--run", run, "--input", image, "--output", out, "--format", "geojson"},
            {"predict", "--run", run, "--input", image, "--output", out, "--frame", 0, "--channels", 0},
            {"predict", "--run", run, "--run", run.resolve("."), "--input", image, "--output", out, "--uncertainty"},
            {"evaluate", "--pred", truth, "--truth", truth, "--calibration", "--out", out},
            {"evaluate", "--pred", truth, "--truth", truth, "--classes", "a,a", "--out", out},
            {"evaluate", "--pred", truth, "--truth", truth, "--csv", out, "--json", out.resolve("../refused")},
            {"evaluate", "--pred", truth, "--truth", truth, "--out", folder, "--csv", folder.resolve("evaluation.json")},
            {"predict", "--run", run, "--input", image, "--data", folder, "--output", out},
            {"predict", "--run", run, "--input", image, "--neurological", "--output", out}};
        String[] says = {"are for pictures", "--frame takes one frame", "--run: one of them is given twice",
            "there are no probabilities of a case with a truth",
            "--classes a,a: two classes have the same name", "two results would be one file, ",
            "two results would be one file, ", "--data is where the run's own test cases are", "--neurological is for the pictures of --overlay"};
        for (int i = 0; i < says.length; i++) {
            Cli cli = Cli.run(commands[i]);
            assertTrue(cli.exit() == 2 && cli.out().isEmpty() && cli.err().contains(says[i]), cli.toString());
            assertFalse(Files.exists(out), says[i]);
        }
    }

    @Test
    void whatIsEmbeddedBeforehandIsThereForTheTraining() throws IOException {
        Path cache = folder.resolve("filled"), pictures = folder.resolve("pictures");
        Cli embed = Cli.run("embed", "--data", folder.resolve("data"), "--weights", TINY, "--cache", cache, "--split", folder.resolve("split.json"),
                "--side", 16, "--augment", "views:2", "--picture", pictures);
        assertEquals(0, embed.exit(), embed.err());
        BufferedImage picture = ImageIO.read(pictures.resolve("case3.png").toFile());
        assertTrue(picture.getWidth() > 300 && picture.getHeight() > 300, picture.toString());
        Cli again = Cli.run("embed", "--data", folder.resolve("data"), "--weights", TINY, "--cache", cache, "--side", 16, "--picture", pictures);
        assertTrue(again.exit() == 2 && again.err().contains("png exists already"), again.err());
        Cli seeded = Cli.run("embed", "--data", folder.resolve("data"), "--weights", TINY, "--cache", cache, "--seed", 7);
        assertTrue(seeded.exit() == 2 && seeded.err().contains("--seed is that of the views"), seeded.err());
        long files;
        try (Stream<Path> all = Files.list(cache)) {
            files = all.count();
        }
        assertEquals(4 + 2 * 2, files, "four volumes, and two views of each of the two training volumes");
        Cli train = Cli.run("train", "--data", folder.resolve("data"), "--weights", TINY, "--head", "linear", "--split", folder.resolve("split.json"),
                "--side", 16, "--augment", "views:2", "--epochs", 1, "--cache", cache, "--out", folder.resolve("filledrun"));
        assertEquals(0, train.exit(), train.err());
        assertTrue(train.err().contains("cost: 6 slices per epoch"), "nothing is left to embed: " + train.err());
        assertEquals(2, Cli.run("embed", "--data", folder.resolve("data"), "--weights", TINY, "--cache", cache, "--augment", "online").exit());
    }

    @Test
    void oneVolumeOrAFolderCanBeSegmented() throws IOException {
        Path run = train("one", "linear", "--epochs", 1), moved = folder.resolve("moved.pth"), file = folder.resolve("data/imagesTr/case0.nii.gz");
        Path single = folder.resolve("single"), all = folder.resolve("all labels ü");
        assertEquals(0, Cli.run("predict", "--run", run, "--input", file, "--output", single, "--best").exit());
        assertEquals(0, Cli.run("predict", "--run", run, "--input", folder.resolve("data/imagesTr"), "--output", all).exit());
        Files.copy(TINY, moved);
        assertEquals(0, Cli.run("predict", "--run", run, "--input", file, "--output", single, "--weights", moved, "--overwrite").exit());
        try (Stream<Path> files = Files.list(all)) {
            assertEquals(4, files.count());
        }
        assertEquals(Sha256.of(single.resolve("case0.nii.gz")), Sha256.of(all.resolve("case0.nii.gz")));
    }

    @Test
    void probabilitiesAddUpToOneAndTheLargestIsTheLabel() throws IOException {
        Path run = train("likely", "cnn", "--depth", 1, "--top-channel", 4, "--epochs", 3), out = folder.resolve("likely labels");
        Cli cli = Cli.run("predict", "--run", run, "--output", out, "--probabilities", "--overlay");
        assertEquals(0, cli.exit(), cli.err());
        assertEquals(6, cli.out().lines().filter(line -> Files.exists(Path.of(line))).count(), cli.out());
        assertTrue(cli.err().contains("class 1 is sky blue"), cli.err());
        LabelVolume labels = Nifti.readLabels(out.resolve("case2.nii.gz"));
        Volume other = Nifti.read(out.resolve("case2_probabilities.nii.gz"), 0), box = Nifti.read(out.resolve("case2_probabilities.nii.gz"), 1);
        assertTrue(box.geometry().difference(GRID).isEmpty());
        for (int i = 0; i < GRID.voxels(); i++) {
            assertEquals(1, other.voxels()[i] + box.voxels()[i], 1e-6f, "voxel " + GRID.voxel(i));
            assertEquals(box.voxels()[i] > other.voxels()[i] ? 1 : 0, labels.classes()[i], "voxel " + GRID.voxel(i));
        }
        assertTrue(ImageIO.read(out.resolve("case3_overlay.png").toFile()).getWidth() >= 240);
        assertEquals(0, Cli.run("evaluate", "--pred", out, "--truth", folder.resolve("data/labelsTr")).exit(), "labels alone are scored");
        Files.delete(out.resolve("case2.nii.gz"));
        Files.delete(out.resolve("case3.nii.gz"));
        assertTrue(Cli.run("predict", "--run", run, "--output", out, "--overlay").err().contains("_overlay.png exists already"));
    }

    @Test
    void theNumberOfThreadsChangesNothing() {
        Path one = train("threads1", "vit", "--epochs", 2, "--threads", 1, "--cache", folder.resolve("cache1"));
        Path two = train("threads2", "vit", "--epochs", 2, "--threads", 2, "--cache", folder.resolve("cache2"));
        for (String name : new String[]{"head-last.safetensors", "log.csv"})
            assertEquals(Sha256.of(one.resolve(name)), Sha256.of(two.resolve(name)));
    }

    @Test
    void severalSeedsGiveATableAndTheirStudyCanGoOn() throws IOException {
        Path study = folder.resolve("study");
        Cli cli = Cli.run("train", "--data", folder.resolve("data"), "--weights", TINY, "--head", "linear", "--no-final-relu", "--split",
                folder.resolve("split.json"), "--side", 16, "--augment", "views:2", "--epochs", 2, "--seeds", "1,2", "--out", study);
        assertEquals(0, cli.exit(), cli.err());
        List<String> lines = cli.out().lines().toList();
        assertEquals(4, lines.size(), cli.out());
        assertTrue(lines.get(0).matches("run +Dice +IoU .*") && lines.get(1).startsWith("seed-1 ") && lines.get(2).startsWith("seed-2 ")
                && lines.get(3).startsWith("mean ± sd ") && lines.get(3).contains(" ± 0"), cli.out());
        String first = Sha256.of(study.resolve("seed-1/head-last.safetensors")), second = Sha256.of(study.resolve("seed-2/head-last.safetensors"));
        assertNotEquals(first, second);
        Files.delete(study.resolve("seed-2/head-last.safetensors"));
        Files.delete(study.resolve("seed-2/checkpoint.safetensors"));
        Cli resumed = Cli.run("train", "--resume", study);
        assertEquals(0, resumed.exit(), resumed.err());
        assertEquals(cli.out(), resumed.out());
        assertEquals(second, Sha256.of(study.resolve("seed-2/head-last.safetensors")));
        assertEquals(2, Cli.run("train", "--resume", study, "--seed", 3).exit());
        assertTrue(Files.readString(study.resolve("table.csv")).startsWith("run,Dice,IoU"));
    }

    @Test
    void allFoldsOfASplitFileGiveATableOfThem() throws IOException {
        Path folds = folder.resolve("folds.json"), study = folder.resolve("crossed");
        Files.writeString(folds,
                "[{\"train\": [\"case0\"], \"test\": [\"case1\"]}, {\"train\": [\"case1\", \"case2\"], \"val\": [\"case3\"]}]");
        Object[] train = {"train", "--data", folder.resolve("data"), "--weights", TINY, "--head", "linear", "--no-final-relu", "--split",
            folds, "--side", 16, "--augment", "none", "--epochs", 1, "--out", study};
        Cli none = Cli.run(train);
        assertTrue(none.exit() == 2 && none.err().contains("it has 2 folds; say --folds 0"), none.err());
        Cli all = Cli.run(Stream.concat(Stream.of(train), Stream.of("--folds", "all")).toArray());
        assertEquals(0, all.exit(), all.err());
        List<String> lines = all.out().lines().toList();
        assertTrue(lines.get(1).startsWith("fold-0-seed-1 ") && lines.get(2).startsWith("fold-1-seed-1 ") && lines.get(3).startsWith("mean ± sd "),
                all.out());
        assertTrue(Files.exists(study.resolve("fold-1-seed-1/labels/case3.nii.gz")), "an nnU-Net fold is scored on its validation set");
    }

    @Test
    void aFinishedRunIsResumedToTheSameBytes() throws IOException {
        Path run = train("again", "cnn", "--depth", 1, "--top-channel", 4, "--epochs", 2);
        String before = Sha256.of(run.resolve("head-last.safetensors"));
        Cli cli = Cli.run("train", "--resume", run);
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.err().contains("is already finished") && !cli.err().contains("goes on after") && !cli.err().contains("memory: "), cli.err());
        assertEquals(before, Sha256.of(run.resolve("head-last.safetensors")));
        assertEquals(2, Cli.run("train", "--resume", folder.resolve("data")).exit(), "no run");
        Cli over = Cli.run("train", "--data", folder.resolve("data"), "--weights", TINY, "--head", "linear", "--out", run);
        assertTrue(over.exit() == 2 && over.err().contains("remove it, or continue it with --resume"), over.err());
    }

    @Test
    void aRunGoesOnBeyondItsEndToTheBytesOfALongerOne() throws IOException {
        Path shorter = train("shorter", "linear", "--no-final-relu", "--schedule", "plateau", "--epochs", 2),
                longer = train("longer", "linear", "--no-final-relu", "--schedule", "plateau", "--epochs", 5);
        Cli cli = Cli.run("train", "--resume", shorter, "--epochs", 5);
        assertEquals(0, cli.exit(), cli.err());
        for (String name : new String[]{"head-last.safetensors", "log.csv"})
            assertEquals(Sha256.of(longer.resolve(name)), Sha256.of(shorter.resolve(name)));
        Cli back = Cli.run("train", "--resume", shorter, "--epochs", 3);
        assertTrue(back.exit() == 2 && back.err().contains("5 epochs are finished"), back.err());
    }

    @Test
    void beyondTheEndOfACosineTheRateRisesOnceMore() {
        Path run = train("cosine", "linear", "--no-final-relu", "--epochs", 4);
        assertFalse(Cli.run("train", "--resume", run).err().contains("rises"));
        Cli cli = Cli.run("train", "--resume", run, "--epochs", 8);
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.err().contains("the learning rate falls along a cosine: it rises once more, and falls to the new end"), cli.err());
        List<Double> rates = TrainingLog.read(run.resolve("log.csv")).epochs().stream().map(TrainingLog.Epoch::rate).toList();
        for (int e = 0; e < 8; e++)
            assertEquals(2e-3 * (1 + Math.cos(Math.PI * e / (e < 4 ? 4 : 8))) / 2, rates.get(e), 1e-9, rates.toString());
    }

    /// The learning rate is so small that the loss hardly changes, and only rounding decides which epoch is best.
    @Test
    void aRunEndsWhenNothingBecomesBetterAndItsPatienceIsOver() {
        Path run = train("patient", "linear", "--no-final-relu", "--epochs", 60, "--lr", "1e-12", "--patience", 2);
        TrainingLog log = TrainingLog.read(run.resolve("log.csv"));
        assertEquals(log.best().number() + 2, log.epochs().size());
        assertTrue(log.epochs().size() < 60);
        Cli cli = Cli.run("train", "--resume", run);
        assertTrue(cli.exit() == 0 && cli.out().contains("after epoch " + log.epochs().size() + ","), cli.toString());
        assertEquals(0, Cli.run("train", "--resume", run, "--patience", 4).exit());
        TrainingLog more = TrainingLog.read(run.resolve("log.csv"));
        assertEquals(Math.min(60, more.best().number() + 4), more.epochs().size());
    }

    /// The simplest command: without a split or a number of patients. The last line says what to do next.
    @Test
    void withoutASplitAllPatientsTrainAndItSaysSo() throws IOException {
        Path run = folder.resolve("everyone");
        Object[] rest = {"--data", folder.resolve("data"), "--weights", TINY, "--head", "linear", "--side", 16, "--augment", "none",
            "--epochs", 1};
        Cli all = Cli.run(Stream.concat(Stream.of("train", "--out", run), Stream.of(rest)).toArray());
        assertEquals(0, all.exit(), all.err());
        assertTrue(all.err().contains("split: 4 patients train; none is held back"), all.err());
        assertTrue(all.out().contains("score    Dice ") && all.err().contains("next: samovar predict --run " + run + " --input"), all.toString());
        Path some = folder.resolve("some");
        Cli held = Cli.run(Stream.concat(Stream.of("train", "--out", some, "--labelled", 2, "--val", 1), Stream.of(rest)).toArray());
        assertEquals(0, held.exit(), held.err());
        assertTrue(held.err().contains("split: 2 patients train, 1 for the validation, 1 left for the test"), held.err());
        assertTrue(held.out().contains("score    validation Dice ") && held.err().contains("next: samovar report " + some), held.toString());
        assertTrue(Files.readString(some.resolve("log.csv")).lines().findFirst().orElse("").endsWith(",train_dice_loss,validation_dice"));
        Cli both = Cli.run(Stream.concat(Stream.of("train", "--out", folder.resolve("x"), "--split", folder.resolve("split.json"), "--val",
                1),
                Stream.of(rest)).toArray());
        assertTrue(both.exit() == 2 && both.err().contains("leave out --val"), both.err());
    }

    /// What a run does with slices by default, and with `--paper`.
    @Test
    void aHeadLearnsFromAllSlicesAsTheyAreButForThePaper() throws IOException {
        Object[] rest = {"--data", folder.resolve("data"), "--weights", TINY, "--head", "linear", "--no-final-relu", "--side", 16,
            "--split",
            folder.resolve("split.json"), "--epochs", 1};
        for (boolean paper : new boolean[]{false, true}) {
            Path run = folder.resolve("slices" + paper);
            Cli cli = Cli.run(Stream.concat(Stream.of("train", "--out", run), Stream.concat(Stream.of(rest), paper
                    ? Stream.of("--paper")
                    : Stream.of())).toArray());
            assertEquals(0, cli.exit(), cli.err());
            assertTrue(cli.err().contains(paper ? "slices without a label are left out" : "slices without a label are learnt from, too"), cli.err());
            Json preparation = Json.read(run.resolve("run.json")).at("preparation");
            assertEquals(!paper, preparation.at("emptySlices").truth());
            assertEquals(paper ? "online" : "none", preparation.at("augment").string());
        }
        Cli one = Cli.run(Stream.concat(Stream.of("train", "--out", folder.resolve("slices"), "--no-empty-slices"), Stream.of(rest)).toArray());
        assertEquals(0, one.exit(), one.err());
        assertTrue(one.err().contains("(--empty-slices)"), one.err());
    }

    @Test
    void whatMovedIsNamedWithTheOptionThatHelps() throws IOException {
        Path at = folder.resolve("before"), now = folder.resolve("after"), sam = at.resolve("sam.safetensors"), run = folder.resolve("moving");
        for (String kind : new String[]{"imagesTr", "labelsTr"}) {
            Files.createDirectories(at.resolve(kind));
            for (int n = 0; n < 4; n++)
                Files.copy(folder.resolve("data/" + kind + "/case" + n + ".nii.gz"), at.resolve(kind + "/case" + n + ".nii.gz"));
        }
        Files.copy(TINY, sam);
        assertEquals(0, Cli.run("train", "--data", at, "--weights", sam, "--head", "linear", "--split", folder.resolve("split.json"),
                "--side",
                16, "--augment", "none", "--epochs", 1, "--out", run).exit());
        Files.move(at, now);
        Path labels = folder.resolve("moved-labels");
        for (Object[] verb : new Object[][]{{"train", "--resume", run, "--epochs", 2}, {"report", run}, {"predict", "--run", run,
            "--output",
            labels}}) {
            Cli first = Cli.run(verb);
            assertTrue(first.exit() == 2 && first.err().matches("(?s).*say with --(weights|data) where it is.*"), first.err());
            Cli second = Cli.run(Stream.concat(Stream.of(verb), Stream.of("--data", now, "--weights", now.resolve("sam.safetensors"))).toArray());
            assertEquals(0, second.exit(), second.err());
        }
    }

    @Test
    void aMisspeltOptionIsToldWhatItMayHaveBeen() {
        Cli cli = Cli.run("train", "--labeled", 5);
        assertTrue(cli.exit() == 2 && cli.err().contains("there is no option --labeled; did you mean --labelled?"), cli.err());
    }

    @Test
    void aRunWithoutAHeadIsNotLeftBehind() {
        Path run = folder.resolve("failed");
        Cli cli = Cli.run("train", "--data", folder.resolve("strange"), "--weights", TINY, "--head", "linear", "--split", folder.resolve(
                "all.json"),
                "--out", run);
        assertEquals(2, cli.exit(), cli.err());
        assertTrue(cli.err().contains("case1.nii.gz"), cli.err());
        assertFalse(Files.exists(run));
    }

    static Stream<Arguments> wrongInput() {
        return Stream.of(
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 1 --out DIR/data",
                        "exists already; a run is made in a new or an empty folder"),
                arguments("train --data DIR/missing --weights TINY --head cnn --labelled 1 --out DIR/x", "DIR/missing"),
                arguments("train --data DIR/data --weights DIR/missing --head cnn --labelled 1 --out DIR/x", "DIR/missing"),
                arguments("train --data DIR/data --weights DIR/split.json --head cnn --labelled 1 --out DIR/x", "split.json"),
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 9 --out DIR/x",
                        "of 4 labelled patients, 9 cannot train"),
                arguments("train --data DIR/data --weights TINY --head cnn --split DIR/missing --out DIR/x", "DIR/missing"),
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 1 --lr -1 --out DIR/x", "learning rate"),
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 1 --lr NaN --out DIR/x", "learning rate"),
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 1 --depth 9 --out DIR/x", "depth"),
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 1 --side 1 --out DIR/x", "pixels a side"),
                arguments("train --data DIR/data --weights TINY --head cnn --labelled 1 --out DIR/split.json/x",
                        "DIR/split.json is a file; the name of a folder is needed"),
                arguments("predict --run DIR/data --output DIR/y", "is no run"),
                arguments("predict --run DIR/missing --output DIR/y", "there is no such folder"),
                arguments("info DIR/data", "is no run"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongInput(String commandLine, String words) {
        Cli cli = Cli.run(
                Stream.of(commandLine.split(" ", -1)).map(arg -> arg.replace("DIR", folder.toString()).replace("TINY", TINY.toString())).toArray());
        assertEquals(2, cli.exit(), cli.toString());
        String sentence = cli.err().lines().filter(line -> line.startsWith("samovar: ")).findFirst().orElse("");
        assertTrue(sentence.contains(words.replace("DIR", folder.toString())) && !sentence.contains("Exception"), cli.err());
        assertFalse(Files.exists(folder.resolve("x")) || Files.exists(folder.resolve("y")));
    }

    @Test
    void aRunWantsItsOwnCheckpointAndItsData() throws IOException {
        Path run = train("own", "linear", "--epochs", 1), other = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
        Cli cli = Cli.run("predict", "--run", run, "--weights", other, "--output", folder.resolve("z"));
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("is not the checkpoint"), cli.err());
        Path images = folder.resolve("data/imagesTr");
        assertEquals(2, Cli.run("predict", "--run", run, "--input", images, "--output", folder.resolve("split.json")).exit());
        cli = Cli.run("predict", "--run", run, "--input", images, "--output", images, "--overwrite");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("is the volume itself"), cli.err());
        cli = Cli.run("predict", "--run", run, "--input", Files.createDirectory(folder.resolve("empty")), "--output", folder.resolve("z"));
        assertTrue(cli.exit() == 2 && cli.err().contains("there is no file in it of the kinds"), cli.err());
    }

    private static Path train(String name, String head, Object... more) {
        Path run = folder.resolve(name);
        Object[] args = Stream.concat(Stream.of("train", "--data", folder.resolve("data"), "--weights", TINY, "--head", head, "--split",
                folder.resolve("split.json"), "--side", 16, "--augment", "none", "--out", run), Stream.of(more)).toArray();
        Cli cli = Cli.run(args);
        assertEquals(0, cli.exit(), cli.err());
        return run;
    }
}
