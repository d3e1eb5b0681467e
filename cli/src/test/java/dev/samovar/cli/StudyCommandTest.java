package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.metrics.ExpectedDice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");

    @TempDir
    private Path folder;

    /// Class 1 is a disc with a separate rectangle, class 2 a disc.
    @BeforeEach
    void draw() throws IOException {
        Path images = Files.createDirectories(folder.resolve("data/imagesTr")), labels = Files.createDirectories(folder.resolve("data/labelsTr"));
        Geometry grid = Geometry.of(24, 20, 2, 1, 1, 4);
        for (int n = 0; n < 5; n++) {
            float[] voxels = new float[grid.voxels()];
            byte[] classes = new byte[grid.voxels()];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 24, y = i / 24 % 20;
                classes[i] = (byte) (Math.hypot(x - 7 - n % 3, y - 8) < 5 || (x > 18 && y > 16)
                        ? 1
                        : Math.hypot(x - 17, y - 6) < 4 ? 2 : 0);
                voxels[i] = 80 * classes[i] + (i * 37 + n) % 11;
            }
            Nifti.write(images.resolve("case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
    }

    private Cli prompts(Object... more) {
        List<Object> args = new ArrayList<>(List.of("study", "prompts", "--data", folder.resolve("data"), "--weights", SAM, "--out",
                folder.resolve("prompts"), "--cases", 2, "--fewest-pixels", 1, "--clicks", 2, "--jitter", "3", "--points-per-side", 3,
                "--pred-iou-thresh", 0.1,
                "--stability-score-thresh", 0.1));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    @Test
    void ofSeveralFoldsOneIsChosen() throws IOException {
        Path split = Files.writeString(folder.resolve("folds.json"),
                "[{\"train\": [\"case1\"], \"val\": [\"case0\"]}, {\"train\": [\"case0\"], \"val\": [\"case1\"]}]");
        Cli which = prompts("--split", split), none = prompts("--fold", 0);
        assertTrue(which.exit() == 2 && which.err().contains("it has 2 folds; say --fold 0 for the first"), which.err());
        assertTrue(none.exit() == 2 && none.err().contains("--fold is for --split"), none.err());
        split = Files.writeString(folder.resolve("folds.json"),
                "[{\"train\": [\"case1\"], \"test\": [\"case0\"]}, {\"train\": [\"case0\"], \"test\": [\"case1\"]}]");
        Cli second = prompts("--split", split, "--fold", 1, "--protocols", "click");
        assertEquals(0, second.exit(), second.err());
        assertEquals(List.of("case1"), Json.read(folder.resolve("prompts/prompts.json")).at("cases").strings());
    }

    @Test
    void aStudyOfNothingLeavesNothing() {
        Cli cli = Cli.run("study", "prompts", "--data", folder.resolve("data"), "--weights", SAM, "--out", folder.resolve("prompts"),
                "--fewest-pixels", 100_000);
        assertTrue(cli.exit() == 2 && cli.err().contains("no slice has an object of 100000 pixels or more"), cli.err());
        assertTrue(Files.notExists(folder.resolve("prompts")));
    }

    @Test
    void aStudyOfPromptsIsATableAPageAndFiles() throws IOException {
        Files.writeString(folder.resolve("data/dataset.json"), "{\"modality\": {\"0\": \"MRI\"}}");
        Cli cli = prompts();
        assertEquals(0, cli.exit(), cli.err());
        for (String words : new String[]{"one box around all", "everything", "one point, moved by up to 3 px", "corrections of a mask: 2", "size"})
            assertTrue(cli.out().contains(words), cli.out());
        assertTrue(cli.err().contains("cost: "), cli.err());
        Path out = folder.resolve("prompts");
        String page = Files.readString(out.resolve("report.html"));
        assertTrue(page.contains("<svg ") && !page.contains("http://www.w3.org/1999"), "the plots are in the page");
        assertTrue(page.contains("(MRI)") && page.contains("Classes, sizes and modalities"), "by modality, too");
        Json summary = Json.read(out.resolve("summary.json"));
        assertEquals(summary.at("all"), summary.at("byModality").at("MRI"));
        long lines = Files.readAllLines(out.resolve("scores.csv")).size() - 1L;
        int sum = summary.at("all").list().stream().mapToInt(l -> l.at("n").integer()).sum();
        assertEquals(sum, lines);
        Path one = out.resolve("cases").resolve(Json.read(out.resolve("prompts.json")).at("cases").strings().getLast() + ".json");
        byte[] before = Files.readAllBytes(one), csv = Files.readAllBytes(out.resolve("scores.csv"));
        Files.delete(one);                                                         // as if the study had been interrupted
        assertEquals(0, prompts().exit());
        assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(one)));
        assertEquals(-1, Arrays.mismatch(csv, Files.readAllBytes(out.resolve("scores.csv"))));
        Cli other = prompts("--seed", 2);
        assertEquals(2, other.exit());
        assertTrue(other.err().contains("a study with other settings"), other.err());
    }

    @Test
    void whatIsContinuedIsOfTheSameData() throws IOException {
        assertEquals(0, prompts("--protocols", "click").exit());
        Path cases = folder.resolve("prompts/cases"), label = folder.resolve("data/labelsTr/case1.nii.gz");
        LabelVolume stored = Nifti.readLabels(label);
        Nifti.write(label, new LabelVolume(stored.geometry(), new byte[stored.geometry().voxels()]));
        Cli changed = prompts("--protocols", "click");
        assertTrue(changed.exit() == 2 && changed.err().contains("image or label of case \"case1\" is not the one that was asked about"),
                changed.toString());
        Files.delete(cases.resolve("case1.json"));
        Cli without = prompts("--protocols", "click");
        assertEquals(0, without.exit(), without.err() + ": the case that is left has no object");
    }

    @Test
    void severalRunsAnswerTogetherAndSayWhereTheyPart() throws IOException {
        Path data = folder.resolve("data"), one = folder.resolve("one"), other = folder.resolve("other"), labels = folder.resolve("labels");
        for (Path run : List.of(one, other)) {
            Cli cli = Cli.run("train", "--data", data, "--weights", SAM, "--method", "linear", "--labelled", 3, "--epochs", 2, "--side", 32,
                    "--no-final-relu",
                    "--seed", 1, "--lr", run.equals(one) ? 1e-3 : 3e-3, "--out", run);
            assertEquals(0, cli.exit(), cli.err());
        }
        Path json = other.resolve("run.json");
        String was = Files.readString(json), plain = "\"channels\": []";
        assertTrue(was.contains(plain), was);
        Files.writeString(json, was.replace(plain, "\"channels\": [0]"));
        Cli parted = Cli.run("predict", "--run", one, "--run", other, "--output", labels);
        assertTrue(
                parted.exit() == 2
                        && parted.err().contains("has learnt from whole images, and " + other + " from channels 0; say with --frame or --channels"),
                parted.err());
        Files.writeString(json, was);
        Cli cli = Cli.run("predict", "--run", one, "--run", other, "--tta", "flips", "--uncertainty", "--probabilities", "--output", labels);
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.err().contains("to look at first (disagreement): "), cli.err());
        assertTrue(cli.err().contains("warning: " + one + " has never seen a mirrored slice (--augment none)"), cli.err());
        List<String> triage = Files.readAllLines(labels.resolve("uncertainty.csv"));
        assertEquals("case,answers,disagreement,expected_dice", triage.getFirst());
        assertEquals(3, triage.size());
        double[] differ = triage.stream().skip(1).mapToDouble(line -> Double.parseDouble(line.split(",", -1)[2])).toArray();
        assertTrue(differ[0] >= differ[1] && triage.get(1).contains(",8,"), triage.toString());
        String name = triage.get(1).split(",", -1)[0];
        for (String map : List.of("_variance", "_entropy")) {
            float[] voxels = Nifti.read(labels.resolve(name + map + ".nii.gz")).voxels();
            for (float v : voxels) assertTrue(v >= 0 && v <= 1);
        }
        Cli evaluated = Cli.run("evaluate", "--pred", labels, "--truth", data.resolve("labelsTr"), "--calibration", "--out",
                folder.resolve("scores"));
        assertEquals(0, evaluated.exit(), evaluated.err());
        assertTrue(evaluated.out().contains("Calibration of 2 cases: expected calibration error "), evaluated.out());
        Path split = Files.writeString(folder.resolve("split.json"), "{\"train\": [], \"val\": [], \"test\": [\"" + name + "\"]}");
        Cli part = Cli.run("evaluate", "--pred", labels, "--truth", data.resolve("labelsTr"), "--split", split, "--calibration");
        assertTrue(part.out().contains("Calibration of 1 case: "), part.out() + part.err());
        Path folds = Files.writeString(folder.resolve("folds.json"), "[{\"train\": [], \"test\": [\"other\"]}, " + Files.readString(split) + "]");
        Cli which = Cli.run("evaluate", "--pred", labels, "--truth", data.resolve("labelsTr"), "--split", folds);
        assertTrue(which.exit() == 2 && which.err().contains("it has 2 folds; say --fold 0 for the first"), which.err());
        Cli second = Cli.run("evaluate", "--pred", labels, "--truth", data.resolve("labelsTr"), "--split", folds, "--fold", 1, "--calibration");
        assertEquals(part.out(), second.out(), second.err());
        assertEquals(31, Files.readAllLines(folder.resolve("scores/calibration.csv")).size());
        Path single = folder.resolve("single");
        assertEquals(0, Cli.run("predict", "--run", one, "--uncertainty", "--probabilities", "--output", single).exit());
        List<String> rows = Files.readAllLines(single.resolve("uncertainty.csv"));
        double[] expected = rows.stream().skip(1).mapToDouble(line -> Double.parseDouble(line.split(",", -1)[3])).toArray();
        assertTrue(expected.length == 2 && expected[0] <= expected[1] && rows.get(1).contains(",1,,"), rows.toString());
        String worst = rows.get(1).split(",", -1)[0];
        Path probabilities = single.resolve(worst + "_probabilities.nii.gz");
        double told = ExpectedDice.of(List.of(Nifti.read(probabilities, 0), Nifti.read(probabilities, 1), Nifti.read(probabilities, 2)),
                Nifti.readLabels(single.resolve(worst + ".nii.gz")));
        assertEquals(told, expected[0], 1e-6);
        assertTrue(told > 0 && told < 1, "the test needs probabilities: " + told);
        assertFalse(Files.exists(single.resolve(name + "_variance.nii.gz")), "a single answer differs from no other");
        Path decided = folder.resolve("decided");
        Cli dice = Cli.run("predict", "--run", one, "--tta", "flips", "--neighbours", 1, "--decide", "dice", "--probabilities", "--output", decided);
        assertEquals(0, dice.exit(), dice.err());
        float[] background = Nifti.read(decided.resolve(name + "_probabilities.nii.gz"), 0).voxels();
        float[] alone = Nifti.read(labels.resolve(name + "_probabilities.nii.gz"), 0).voxels();
        assertTrue(Arrays.mismatch(background, alone) >= 0, "those that the labels follow from");
        assertTrue(Cli.run("predict", "--run", one, "--decide", "most", "--output", folder.resolve("no")).err()
                .contains("it is one of likeliest, dice, not"));
        assertTrue(Cli.run("predict", "--run", one, "--tta", "turns", "--output", folder.resolve("no")).err().contains("--tta turns: it is flips"));
    }

    @Test
    void segmentSaysHowMuchAnAnswerOwesToThePrompt() {
        Path picture = Golden.path("sam-tiny/picture.png");
        Cli still = Cli.run("segment", "--weights", SAM, "--image", picture, "--box", "40,30,120,130", "--uncertainty", 3, "--jitter", 0,
                "--out", folder.resolve("still"));
        assertEquals(0, still.exit(), still.err());
        assertTrue(still.err().contains("the answers differ by 0.000 (1 - Dice), stability "), still.err());
        Cli volume = Cli.run("segment", "--weights", SAM, "--image", folder.resolve("data/imagesTr/case0.nii.gz"), "--slice", 1, "--box",
                "2,2,12,14",
                "--uncertainty", 3, "--out", folder.resolve("volume"));
        assertEquals(0, volume.exit(), volume.err());
        assertTrue(volume.out().contains("case0_entropy.nii.gz") && volume.err().contains("thing 1: the answers differ by "), volume.err());
        assertTrue(Cli.run("segment", "--weights", SAM, "--image", picture, "--box", "1,1,9,9", "--jitter", 3, "--out", folder.resolve("x")).err()
                .contains("--jitter is for --uncertainty"));
        assertTrue(Cli.run("segment", "--weights", SAM, "--image", picture, "--box", "1,1,9,9", "--seed", 3, "--out", folder.resolve("x")).err()
                .contains("--seed is for --uncertainty"));
        assertTrue(Cli.run("segment", "--weights", SAM, "--image", picture, "--mask", picture, "--uncertainty", 3, "--out", folder.resolve("x")).err()
                .contains("--uncertainty moves points and boxes, and there are none"));
    }

    @Test
    void mistakesAreToldBeforeAnythingIsRead() {
        assertTrue(prompts("--protocols", "click,clack").err().contains("--protocols clack: there is no protocol"));
        assertTrue(prompts("--until", 1.5).err().contains("--until 1.5: "));
        assertTrue(prompts("--seconds", "1,2").err().contains("--seconds 1,2: "));
        assertEquals(2, Cli.run("study").exit());
    }
}
