package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.models.study.Cell;
import dev.samovar.models.study.MethodStudy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Runs a study of methods in one or two processes at a time, kills them at random moments and resumes it.
@Execution(ExecutionMode.CONCURRENT)
class MethodStudyTest {
    private static final int KILLS = Boolean.getBoolean("samovar.thorough") ? 40 : 2;
    private static final long SEED = 20261130;
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");

    @TempDir
    private Path folder;

    /// Six small volumes with a box of each of two classes.
    @BeforeEach
    void draw() throws IOException {
        Path images = Files.createDirectories(folder.resolve("data/imagesTr")), labels = Files.createDirectories(folder.resolve("data/labelsTr"));
        Geometry grid = Geometry.of(14, 12, 2, 1, 1, 4);
        for (int n = 0; n < 6; n++) {
            float[] voxels = new float[grid.voxels()];
            byte[] classes = new byte[grid.voxels()];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 14, y = i / 14 % 12;
                classes[i] = (byte) (x > 1 && x < 6 + n % 3 && y > 2 && y < 9 ? 1 : x > 8 && y > 4 ? 2 : 0);
                voxels[i] = 60 * classes[i] + (i * 37 + n) % 23;
            }
            Nifti.write(images.resolve("case" + n + ".nii"), new Volume(grid, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii"), new LabelVolume(grid, classes));
        }
    }

    private List<Object> begin(String name, Object... methods) {
        List<Object> args = new ArrayList<>(List.of("study", "methods", "--data", folder.resolve("data"), "--weights", SAM, "--labelled",
                "1,all", "--seeds", "1,2",
                "--test", 3, "--epochs", 2, "--side", 32, "--cache", folder.resolve("cache-" + name), "--out", folder.resolve(name),
                "--require-backend", "scalar"));
        args.addAll(List.of(methods));
        return args;
    }

    /// Cells of all kinds. `--quiet` skips the cost estimate, which takes time.
    private List<Object> all(String name) {
        return begin(name, "--method", "linear --no-final-relu", "--method", "cnn --depth 1 --top-channel 4", "--zero-shot", "box,click", "--quiet");
    }

    @Test
    void aStudyThatIsKilledAtAnyMomentEndsAsTheUninterruptedOne() throws IOException, InterruptedException {
        long start = System.nanoTime();
        assertEquals(0, start(all("whole")).waitFor(), output());
        long whole = System.nanoTime() - start;
        Cli over = Cli.run(all("whole").toArray());
        assertTrue(over.exit() == 2 && over.err().contains("remove it, or continue it with --resume"), over.err());
        SortedMap<String, String> expected = digests("whole");
        assertTrue(expected.size() > 20, expected.toString());
        Json summary = Json.read(folder.resolve("whole/summary.json"));
        assertEquals(6, summary.at("methods").list().size());
        assertEquals(3, summary.at("comparisons").list().getFirst().at("pairs").integer(), "three test cases, the mean over the seeds");
        String page = Files.readString(folder.resolve("whole/report.html"));
        assertTrue(page.contains("SAM zero-shot, truth’s boxes") || page.contains("SAM zero-shot, truth's boxes"),
                "the name says what the prompt is");

        var random = new Random(SEED);
        for (int kills = 0; kills < KILLS; kills++) {
            Process process = start(Files.exists(folder.resolve("cut/methods.json")) ? resume("cut") : all("cut"));
            if (!process.waitFor((long) (random.uniform(0.2, 0.8) * whole), TimeUnit.NANOSECONDS)) process.destroyForcibly().waitFor();
        }
        assertEquals(0, start(Files.exists(folder.resolve("cut/methods.json")) ? resume("cut") : all("cut")).waitFor(), output());
        assertEquals(expected, digests("cut"), "seed " + SEED);
        try (Stream<Path> files = Files.walk(folder.resolve("cut"))) {
            assertEquals(List.of(), files.filter(AtomicFile::isTemporary).toList());
        }
    }

    @Test
    void twoProcessesShareTheCells() throws IOException, InterruptedException {
        List<Object> args = begin("two", "--method", "linear");
        args.addAll(List.of("--processes", 2));
        assertEquals(0, start(args).waitFor(), output());
        assertEquals(0, start(begin("one", "--method", "linear", "--quiet")).waitFor(), output());
        assertTrue(output().contains("cost: 12 slices to embed, each once for all cells; 4 cells to do: "), output());
        assertEquals(digests("one"), digests("two"));
        try (Stream<Path> files = Files.list(folder.resolve("cache-two"))) {
            long volumes = files.count();
            try (Stream<Path> others = Files.list(folder.resolve("cache-one"))) {
                assertEquals(others.count(), volumes, "embedded once");
            }
        }
        assertFalse(output().contains("warning"), output());
    }

    /// A cell's score is its own file, which a report of the cell does not touch; and all cells are scored on the same data.
    @Test
    void aStudyIsOfOneStateOfItsData() throws IOException, InterruptedException {
        Path study = folder.resolve("of-one"), cells = study.resolve("cells"), moved = folder.resolve("moved");
        Cli made = Cli.run("study", "methods", "--data", folder.resolve("data"), "--weights", SAM, "--method", "linear", "--labelled", 1,
                "--zero-shot",
                "box,click", "--test", 2, "--epochs", 1, "--side", 32, "--cache", folder.resolve("cache-one"), "--out", study, "--quiet");
        assertEquals(0, made.exit(), made.err());
        SortedMap<String, String> before = digests("of-one");
        assertEquals(0, Cli.run("report", cells.resolve("linear-labelled-1-fold-0-seed-1")).exit());
        Path click = cells.resolve("zero-shot-click-fold-0/cell.json");
        Files.delete(click);
        Files.move(folder.resolve("data"), moved);
        Cli lost = Cli.run("study", "methods", "--resume", study);
        assertTrue(lost.exit() == 2 && lost.err().contains("say with --data where it is"), lost.err());
        Cli found = Cli.run("study", "methods", "--resume", study, "--data", moved);
        assertEquals(0, found.exit(), found.err());
        for (String file : List.of("summary.json", "table.csv", "comparisons.csv")) assertEquals(before.get(file), digests("of-one").get(file), file);

        Files.delete(click);
        Path label;
        try (Stream<Path> files = Files.list(cells.resolve("zero-shot-box-fold-0/labels"))) {
            label = moved.resolve("labelsTr").resolve(String.valueOf(files.sorted().findFirst().orElseThrow().getFileName()).replace(".gz", ""));
        }
        Cell linear = MethodStudy.open(study).cells().stream().filter(cell -> cell.zeroShot() == null).findFirst().orElseThrow();
        Cell box = MethodStudy.open(study).cells().stream().filter(cell -> cell.zeroShot() != null).findFirst().orElseThrow();
        String learnt = linear.split().train().getFirst();
        assertEquals(linear.cases().stream().sorted().toList(), List.copyOf(Json.read(study.resolve("data.json")).keys()));
        assertTrue(box.split().train().size() > linear.split().train().size(), "a case that no cell learns from");
        for (Path one : List.of(label, moved.resolve("labelsTr").resolve(learnt + ".nii"))) {
            byte[] kept = Files.readAllBytes(one);
            Nifti.write(one, new LabelVolume(Geometry.of(14, 12, 2, 1, 1, 4), new byte[336]));
            Cli changed = Cli.run("study", "methods", "--resume", study, "--data", moved);
            assertTrue(changed.exit() == 2 && changed.err().contains("is not the one that the study was begun with"), changed.err());
            Files.write(one, kept);
        }
        assertEquals(0, Cli.run("study", "methods", "--resume", study, "--data", moved).exit());
        byte[] kept = Files.readAllBytes(label);
        Nifti.write(label, new LabelVolume(Geometry.of(14, 12, 2, 1, 1, 4), new byte[336]));
        Cli late = Cli.run("study", "methods", "--resume", study, "--data", moved);
        assertTrue(late.exit() == 2 && late.err().contains("is not the one that the study was begun with"), "also when all is done: " + late.err());
        Files.write(label, kept);
        Cli page = Cli.run("report", study);
        assertTrue(page.exit() == 2 && page.err().contains("a study of methods writes its page itself, " + study.resolve("report.html")), page.err());

        Files.move(cells.resolve("zero-shot-click-fold-0"), folder.resolve("kept"));
        Files.writeString(cells.resolve("zero-shot-click-fold-0"), "a file");
        List<Object> helped = List.of("study", "methods", "--resume", study, "--data", moved, "--processes", 2);
        assertEquals(2, start(helped).waitFor(), output());
        assertTrue(output().contains("a process has failed, as it says above; done: 2 of 3 cells; samovar study methods --resume"), output());
    }

    private List<Object> resume(String name) {
        return List.of("study", "methods", "--resume", folder.resolve(name), "--require-backend", "scalar");
    }

    private Process start(List<Object> args) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        for (Object arg : args) command.add(arg.toString());
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output.txt")
                .toFile())).start();
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("output.txt"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// The digests of all files except those that contain times or paths.
    private SortedMap<String, String> digests(String name) throws IOException {
        SortedMap<String, String> digests = new TreeMap<>();
        Path root = folder.resolve(name);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String of = root.relativize(file).toString();
                if (!of.matches("(.*/)?(cost.json|timings.csv|run.json|methods.json|report.html|cells.lock|checkpoint.safetensors)"))
                    digests.put(of,
                            Sha256.of(file));
            }
        }
        return digests;
    }

    @Test
    void whatMakesNoSenseIsToldBeforeAFolderIsMade() {
        String[][] wrong = {{"--method", "resnet", "there is no method resnet"}, {"--labelled", "9", "in the smallest fold, and not 9"}, {
            "--labelled",
            "few", "--labelled few: "}, {"--zero-shot", "poke", "prompted with box or click"}, {"--seeds", "1,1", "twice"},
            {"--method",
                "vit --depth 3", "--depth is not an option of the method vit"}};
        for (String[] one : wrong) {
            Cli cli = Cli.run("study", "methods", "--data", folder.resolve("data"), "--weights", SAM, "--method", "linear", "--out",
                    folder.resolve("no"),
                    one[0], one[1]);
            assertEquals(2, cli.exit(), one[1]);
            assertTrue(cli.err().contains(one[2]), cli.err());
            assertFalse(Files.exists(folder.resolve("no/methods.json")));
        }
    }

    /// One impossible cell would stop the study, each time that it is resumed.
    @Test
    void whatACellCannotDoIsToldBeforeAFolderIsMade() throws IOException {
        Geometry grid = Geometry.of(14, 12, 2, 1, 1, 4);
        Nifti.write(folder.resolve("data/labelsTr/case5.nii"), new LabelVolume(grid, new byte[grid.voxels()]));
        Path untested = Files.writeString(folder.resolve("untested.json"), "{\"train\": [\"case0\"], \"val\": [], \"test\": []}");
        Path empty = Files.writeString(folder.resolve("empty.json"),
                "[{\"train\": [\"case0\"], \"val\": [], \"test\": [\"case1\"]}, {\"train\": [\"case5\"], \"val\": [], \"test\": [\"case1\"]}]");
        for (Path split : List.of(untested, empty)) {
            Cli cli = Cli.run("study", "methods", "--data", folder.resolve("data"), "--weights", SAM, "--method", "linear", "--split", split,
                    "--epochs", 1,
                    "--side", 32, "--out", folder.resolve("no"));
            assertEquals(2, cli.exit());
            assertTrue(
                    cli.err().contains(split.equals(untested) ? "its split has no test cases" : "-fold-1-seed-1: no slice of the training cases has"),
                    cli.err());
            assertFalse(Files.exists(folder.resolve("no")));
        }
        Cli folds = Cli.run("train", "--data", folder.resolve("data"), "--weights", SAM, "--head", "linear", "--split", empty, "--folds", "all",
                "--epochs", 1,
                "--side", 32, "--out", folder.resolve("folds"));
        assertEquals(2, folds.exit());
        assertTrue(folds.err().contains("samovar: fold-1-seed-1: no slice of the training cases has a labelled pixel"), folds.err());
    }

    /// The second class is in the test case alone, whose pixels have no size.
    @Test
    void aClassThatNoTrainingCaseContainsIsNamed() throws IOException {
        Path data = folder.resolve("pictures");
        for (int n = 0; n < 2; n++) {
            byte[] grey = new byte[24 * 24], classes = new byte[24 * 24];
            for (int i = 0; i < grey.length; i++) {
                classes[i] = (byte) (i % 24 > 3 && i % 24 < 12 && i / 24 > 4 && i / 24 < 15 ? 1 : n == 1 && i % 24 > 16 ? 2 : 0);
                grey[i] = (byte) (80 * classes[i] + i % 5);
            }
            Png.writeGrey(Files.createDirectories(data.resolve("imagesTr")).resolve("p" + n + ".png"), 24, 24, grey);
            Png.writeGrey(Files.createDirectories(data.resolve("labelsTr")).resolve("p" + n + ".png"), 24, 24, classes);
        }
        Path split = Files.writeString(folder.resolve("split.json"), "{\"train\": [\"p0\"], \"val\": [], \"test\": [\"p1\"]}"),
                run = folder.resolve("run");
        Cli train = Cli.run("train", "--data", data, "--weights", SAM, "--head", "linear", "--split", split, "--epochs", 1, "--side", 32, "--out",
                run);
        assertEquals(0, train.exit(), train.err());
        assertTrue(train.err().contains("no training case contains the class \"class 2\": it is not learnt"), train.err());
        assertEquals(0, Cli.run("report", run).exit());
        List<String> limits = Json.read(run.resolve("model-card.json")).at("limits").strings();
        assertTrue(limits.contains("No case that it learnt from contains class 2."), limits.toString());
        assertTrue(limits.contains("Of some cases the size of a pixel is not known: their distances are in pixels, not in mm."), limits.toString());
        assertTrue(Files.readString(run.resolve("report.html")).contains("HD95 (px)"));
    }
}
