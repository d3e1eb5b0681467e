package dev.samovar.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.cli.OneMachine;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.spark.Outcome.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Every job in `local[2]`, compared with the command line on the same files: 6 small volumes, 20 pictures and a broken one of each. All tests share one session, because starting
/// one takes seconds.
@Execution(ExecutionMode.CONCURRENT)
class JobsTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final int VOLUMES = 6, PICTURES = 20;

    @TempDir
    private static Path home;

    private static SparkSession spark;
    private static Path data, pictures, run;

    @BeforeAll
    static void begin() throws IOException {
        spark = SparkSession.builder().master("local[2]").appName("tests").config("spark.ui.enabled", "false").config("spark.driver.host",
                "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.codegen.wholeStage", "false").config("spark.sql.warehouse.dir", home.resolve("warehouse").toString())
                .config("spark.local.dir", home.resolve("spark")
                        .toString())
                .config("spark.hadoop.fs." + Elsewhere.SCHEME + ".impl", Elsewhere.class.getName())
                .config("spark.hadoop.fs.AbstractFileSystem." + Elsewhere.SCHEME + ".impl", Elsewhere.Context.class.getName())
                .getOrCreate();
        data = home.resolve("data");
        pictures = Files.createDirectories(home.resolve("pictures"));
        Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        for (int n = 0; n < VOLUMES; n++) {
            Geometry grid = Geometry.of(14, 11, 2 + n % 3, 1, 1, 4);
            var random = new Random(3, "case" + n);
            float[] voxels = new float[grid.voxels()];
            byte[] classes = new byte[grid.voxels()];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 14, y = i / 14 % 11;
                classes[i] = (byte) (x > 2 && x < 7 && y > 2 && y < 8 ? 1 : x > 8 && x < 13 && y > 4 ? 2 : 0);
                voxels[i] = (float) (50 * classes[i] + 9 * random.normal());
            }
            Nifti.write(data.resolve("imagesTr/case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(data.resolve("labelsTr/case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
        for (int n = 0; n < PICTURES; n++) {
            byte[] grey = new byte[40 * 48];
            for (int i = 0; i < grey.length; i++)
                grey[i] = (byte) (Math.hypot(i % 48 - 20 - n % 7, i / 48 - 18) < 9 + n % 5 ? 200 : 40 + n);
            Png.writeGrey(pictures.resolve("picture%02d.png".formatted(n)), 40, 48, grey);
        }
        run = home.resolve("run");
        OneMachine.run("train", "--data", data, "--weights", SAM, "--head", "linear", "--labelled", 2, "--epochs", 1, "--side", 32, "--out",
                run,
                "--cache", home.resolve("training"), "--threads", 2);
    }

    @AfterAll
    static void end() {
        spark.stop();
    }

    /// The digests of the files in a folder, without hidden files.
    private static Map<String, String> digests(Path folder) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> Files.isRegularFile(f) && !String.valueOf(f.getFileName()).startsWith(".")).toList())
                digests.put(String.valueOf(file.getFileName()), Sha256.of(file));
        }
        return digests;
    }

    /// A copy of a folder with one more file, which is truncated.
    private static Path with(Path folder, String broken) throws IOException {
        Path copy = Files.createDirectories(home.resolve("with-" + broken));
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> sorted = files.sorted().toList();
            for (Path file : sorted) Files.copy(file, copy.resolve(file.getFileName()));
            byte[] whole = Files.readAllBytes(sorted.getFirst());
            Files.write(copy.resolve(broken), Arrays.copyOf(whole, whole.length / 2));
        }
        return copy;
    }

    private static String elsewhere(Path path) {
        return Elsewhere.SCHEME + "://" + path;
    }

    @Test
    void theCacheIsThatOfOneMachineAndNothingIsEmbeddedTwice() throws IOException {
        Path one = home.resolve("cache-one"), many = home.resolve("cache-many"), far = home.resolve("cache-far");
        OneMachine.run("embed", "--data", data, "--weights", SAM, "--cache", one, "--augment", "views:1", "--seed", 7, "--side", 32);
        String[] options = {"--data", data.toString(), "--weights", SAM.toString(), "--cache", many.toString(), "--augment", "views:1",
            "--seed",
            "7", "--side", "32"};
        Report first = Embed.run(spark, options);
        assertEquals(VOLUMES, first.count(State.DONE));
        assertEquals(digests(one), digests(many));
        assertEquals(2 * VOLUMES, digests(many).size());
        Report second = Embed.run(spark, options);
        assertEquals(VOLUMES, second.count(State.THERE));
        assertEquals(0, second.slices());
        Files.delete(many.resolve(digests(many).keySet().iterator().next()));
        assertTrue(Embed.run(spark, options).slices() > 0);
        assertEquals(digests(one), digests(many));

        Report remote = Embed.run(spark, "--data", elsewhere(data), "--weights", elsewhere(SAM), "--cache", elsewhere(far), "--augment",
                "views:1",
                "--seed", "7", "--side", "32", "--classes", "0,1,2");
        assertEquals(List.of(), remote.failures());
        assertEquals(digests(one), digests(far));
    }

    @Test
    void aBrokenFileFailsItsRowWithTheSentenceOfTheCommandLine() throws IOException {
        Path folder = with(data.resolve("imagesTr"), "broken.nii.gz"), labels = home.resolve("labels-many");
        Report report = Predict.run(spark, "--run", run.toString(), "--input", folder + "/*", "--output", labels.toString());
        assertEquals(VOLUMES, report.count(State.DONE));
        assertEquals(1, report.failures().size());
        String sentence = OneMachine.refused("predict", "--run", run, "--input", folder.resolve("broken.nii.gz"), "--output",
                home.resolve("labels-broken"));
        assertTrue(sentence.endsWith("samovar: " + report.failures().getFirst().sentence()), sentence + "\n" + report.failures());
        assertEquals("broken", report.failures().getFirst().name());
        Report far = Predict.run(spark, "--run", elsewhere(run), "--input", elsewhere(folder), "--output", home.resolve("labels-far").toString(),
                "--report", home.resolve("report").toString());
        assertEquals(report.failures().getFirst().sentence(),
                far.failures().getFirst().sentence().replace(Elsewhere.SCHEME + ":", "").replace("///", "/"));
        assertEquals(digests(labels), digests(home.resolve("labels-far")));
        List<Row> rows = spark.read().parquet(home.resolve("report").toString()).where("state = 'failed'").collectAsList();
        assertEquals(far.failures().getFirst().sentence(), rows.getFirst().<String>getAs("sentence"));
        Refusal refusal = assertThrows(Refusal.class, () -> Predict.run(spark, "--run", run.toString(), "--input", folder + "/*",
                "--output", home.resolve("labels-none").toString(), "--max-failures", "0"));
        assertEquals("1 item failed, and --max-failures allows 0", refusal.getMessage());
    }

    @Test
    void labelsAndScoresAreThoseOfOneMachine() throws IOException {
        Path one = home.resolve("labels-one"), many = home.resolve("labels-likely");
        OneMachine.run("predict", "--run", run, "--input", data.resolve("imagesTr"), "--output", one, "--probabilities");
        String[] options = {"--run", run.toString(), "--input", data.resolve("imagesTr").toString(), "--output", many.toString(),
            "--probabilities"};
        assertEquals(VOLUMES, Predict.run(spark, options).count(State.DONE));
        assertEquals(digests(one), digests(many));
        Report second = Predict.run(spark, options);
        assertEquals(VOLUMES, second.count(State.THERE));
        assertEquals(0, second.slices());
        Files.delete(many.resolve("case1_probabilities.nii.gz"));
        Files.delete(many.resolve("case2.nii.gz"));                                // as after a kill: the key is written first
        Report third = Predict.run(spark, options);
        assertEquals(2, third.count(State.DONE));
        assertEquals(digests(one), digests(many));
        Report other = Predict.run(spark, "--run", run.toString(), "--input", data.resolve("imagesTr").toString(), "--output", many.toString());
        assertEquals(VOLUMES, other.failures().size(), "they were made with other options");
        assertTrue(other.failures().getFirst().sentence().contains("was made of something else"));

        Report replaced = Predict.run(spark, "--run", run.toString(), "--input", data.resolve("imagesTr").toString(), "--output", many.toString(),
                "--overwrite");
        assertEquals(VOLUMES, replaced.count(State.DONE));
        assertEquals(VOLUMES, Predict.run(spark, "--run", run.toString(), "--input", data.resolve("imagesTr").toString(), "--output", many.toString())
                .count(State.THERE));
        assertEquals(digests(one), digests(many));

        String table = OneMachine.run("evaluate", "--pred", one, "--truth", data.resolve("labelsTr"));
        Report scored = Evaluate.run(spark, "--pred", elsewhere(many), "--truth", data.resolve("labelsTr").toString(), "--out",
                home.resolve("scores").toString());
        assertEquals(table, scored.result());
        assertEquals(2 * VOLUMES, spark.read().parquet(home.resolve("scores").toString()).count());
        String paper = OneMachine.run("evaluate", "--pred", one, "--truth", data, "--convention", "paper");
        assertEquals(paper, Evaluate.run(spark, "--pred", many.toString(), "--truth", data.toString(), "--convention", "paper").result());
    }

    @Test
    void masksOfPicturesAreThoseOfOneMachine() throws IOException {
        Path folder = with(pictures, "broken.png"), out = home.resolve("masks"), manifest = home.resolve("manifest.csv");
        List<String> lines = new ArrayList<>(List.of("image,name"));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) lines.add(file + ",x-" + String.valueOf(file.getFileName()).replace(".png", ""));
        }
        Files.write(manifest, lines);
        String[] options = {"--manifest", manifest.toString(), "--weights", SAM.toString(), "--out", out.toString(), "--points-per-side",
            "4",
            "--pred-iou-thresh", "0.3", "--stability-score-thresh", "0.3", "--require-backend", "vector"};
        List<String> said = new ArrayList<>();
        Report report = Job.run(new Masks(), spark, said::add, options);
        assertTrue(said.getFirst().matches("the driver on \\S+: Java 25\\S*, kernels vector \\d+-bit, 1 thread a task, heap .* GiB"),
                said.toString());
        assertTrue(said.get(1).startsWith("21 items, about 21 slices; an executor takes about "), said.toString());
        assertEquals(PICTURES, report.count(State.DONE));
        Path one = home.resolve("masks-one");
        assertTrue(OneMachine.refused("masks", "--weights", SAM, "--image", folder.resolve("broken.png"), "--out", one).endsWith("samovar: "
                + report.failures().getFirst().sentence()), report.failures().toString());
        assertEquals(PICTURES, Masks.run(spark, options).count(State.THERE));
        List<Row> all = spark.read().parquet(out.toString()).orderBy("image", "id").collectAsList();
        int found = 0;
        for (String name : List.of("picture00", "picture13")) {
            Path masks = home.resolve("masks-" + name);
            OneMachine.run("masks", "--weights", SAM, "--image", folder.resolve(name + ".png"), "--out", masks, "--points-per-side", 4,
                    "--pred-iou-thresh", 0.3, "--stability-score-thresh", 0.3);
            List<Json> expected = Json.read(masks.resolve("masks.json")).list();
            List<Row> rows = all.stream().filter(row -> row.getAs("image").equals("x-" + name)).toList();
            assertEquals(expected.size(), rows.size());
            found += rows.size();
            for (int i = 0; i < rows.size(); i++) {
                Row row = rows.get(i);
                assertEquals(expected.get(i).at("segmentation").at("counts").string(), row.getAs("rle"));
                assertEquals(List.of(expected.get(i).at("bbox").integers()[0], expected.get(i).at("area").integer()), List.of(row.<Integer>getAs("x"),
                        row.<Integer>getAs("area")));
                assertEquals(expected.get(i).at("predicted_iou").number(), (double) row.<Float>getAs("predicted_iou"), 0);
                assertNull(row.getAs("slice"));
            }
        }
        assertTrue(found > 0, "no masks were found");
    }

    /// The content of a study, file by file: digests, without the cache's path in JSON files. For files that contain times, only that they exist.
    private static Map<String, String> contents(Path study, Path cache) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(study)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = study.relativize(file).toString();
                if (name.equals("cells.lock")) continue;                           // used only among processes of one machine
                contents.put(name, name.matches("(.*/)?(cost.json|timings.csv|checkpoint.safetensors|report.html)")
                        ? "there"
                        : name.endsWith(".json") ? text(Files.readString(file).replace(cache.toString(), "CACHE")) : Sha256.of(file));
            }
        }
        return contents;
    }

    private static String text(String text) {
        return Sha256.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theCellsOfAStudyAreThoseOfOneMachine() throws IOException {
        Path one = home.resolve("study-one"), many = home.resolve("study-many"), far = home.resolve("study-far");
        Path ones = home.resolve("cells-one"), manys = home.resolve("cells-many"), fars = home.resolve("cells-far");
        List<String> compared = List.of("--method", "linear", "--method", "unet --width 4 --input samaug --points-per-side 2", "--zero-shot", "box",
                "--labelled", "1", "--test", "3", "--epochs", "2", "--side", "32");
        String table = OneMachine.run(Stream.concat(Stream.of("study", "methods", "--data", data, "--weights", SAM, "--out", one, "--cache",
                ones, "--quiet", "--threads", 2), compared.stream()).toArray());
        String[] options = Stream.concat(Stream.of("--data", data.toString(), "--weights", SAM.toString(), "--out", many.toString(), "--cache",
                manys.toString()), compared.stream()).toArray(String[]::new);
        Report first = Study.run(spark, options);
        assertEquals(List.of(), first.failures());
        assertEquals(3, first.count(State.DONE));
        assertEquals(contents(one, ones), contents(many, manys));
        assertEquals(digests(ones), digests(manys));
        List<String> tables = List.of(table.split("\n\n")), others = List.of(first.result().split("\n\n"));
        assertEquals(tables.subList(0, 2), others.subList(0, 2), "the third contains times");
        assertTrue(others.get(3).endsWith("/study-many/report.html\n"), others.get(3));

        Map<String, String> made = digests(many.resolve("cells/linear-labelled-1-fold-0-seed-1"));
        Report second = Study.run(spark, options);
        assertEquals(3, second.count(State.THERE));
        assertEquals(made, digests(many.resolve("cells/linear-labelled-1-fold-0-seed-1")), "the times, too: nothing was recomputed");
        Files.delete(many.resolve("cells/linear-labelled-1-fold-0-seed-1/cell.json"));
        assertEquals(1, Study.run(spark, options).count(State.DONE));
        assertEquals(contents(one, ones), contents(many, manys));

        String seen = MethodStudy.open(many).cases().first();
        Path label = data.resolve("labelsTr/" + seen + ".nii.gz");
        byte[] kept = Files.readAllBytes(label);
        LabelVolume real = Volumes.readLabels(label);
        Nifti.write(label, new LabelVolume(real.geometry(), new byte[real.geometry().voxels()]));
        Files.delete(many.resolve("cells/zero-shot-box-fold-0/cell.json"));
        String changed = String.valueOf(assertThrows(FormatException.class, () -> Study.run(spark, options)).getMessage());
        String words = "/study-many: image or label of case \"" + seen
                + "\" is not the one that the study was begun with; put it back, or begin another study";
        assertTrue(changed.endsWith(words), changed);
        Files.write(label, kept);
        assertEquals(1, Study.run(spark, options).count(State.DONE));

        options[options.length - 3] = "3";                                         // epochs
        assertTrue(assertThrows(Refusal.class, () -> Study.run(spark, options)).getMessage().contains("was begun with other settings"));
        String[] remote = Stream.concat(Stream.of("--data", elsewhere(data), "--weights", elsewhere(SAM), "--out", elsewhere(far), "--cache",
                elsewhere(fars)), compared.stream()).toArray(String[]::new);
        assertEquals(List.of(), Study.run(spark, remote).failures());
        Map<String, String> expected = contents(one, ones), found = contents(far, fars);
        for (Map<String, String> all : List.of(expected, found)) all.keySet().removeIf(name -> name.matches("(.*/)?(run|methods).json"));
        assertEquals(expected, found);
        assertEquals(digests(ones), digests(fars));
    }

    @Test
    void whatIsWrongIsToldAsOnOneMachine() throws IOException {
        Path bad = home.resolve("bad");
        for (String half : List.of("imagesTr", "labelsTr")) {
            Files.createDirectories(bad.resolve(half));
            for (int n = 0; n < 3; n++)
                Files.copy(data.resolve(half + "/case" + n + ".nii.gz"), bad.resolve(half + "/case" + (n == 2 ? 3 : n) + ".nii.gz"));
        }
        Files.copy(data.resolve("imagesTr/case0.nii.gz"), bad.resolve("imagesTr/twin.nii.gz"));
        Files.copy(data.resolve("labelsTr/case0.nii.gz"), bad.resolve("labelsTr/twin.nii.gz"));
        Files.write(bad.resolve("imagesTr/case1.nii.gz"), new byte[100]);
        Report report = Verify.run(spark, "--data", bad.toString());
        String told = OneMachine.refused("data", "verify", bad);
        assertTrue(told.contains("there are 2 faults"), told);
        List<String> lines = report.result().lines().toList();
        assertEquals(2, lines.size(), report.result());
        assertTrue(lines.get(0).startsWith("case1: " + bad.resolve("imagesTr/case1.nii.gz")) && lines.get(1).contains("two patients"),
                report.result());
        assertEquals(1, report.failures().size(), "the twins are both readable");
    }

    /// Real-world datasets, valid and invalid: each gives the same lines, or the same refusal, as the command line.
    @Test
    void everyDatasetIsVerifiedAsOnOneMachine() throws IOException {
        Path sets = Path.of(System.getProperty("samovar.shared", "../shared"), "cases/datasets").toAbsolutePath().normalize();
        assumeTrue(Files.isDirectory(sets), "the cases are not here: set their folder with -Dsamovar.shared");
        List<Path> all = new ArrayList<>();
        for (Path folder : List.of(sets, sets.resolve("dataset-json"))) {
            try (Stream<Path> of = Files.list(folder)) {
                all.addAll(of.filter(one -> Files.isDirectory(one) && !one.endsWith("dataset-json")).sorted().toList());
            }
        }
        int refused = 0, wrong = 0;
        for (Path set : all) {
            String[] ran = OneMachine.ran("data", "verify", set, "--json");
            List<String> expected = new ArrayList<>(), found = new ArrayList<>();
            try {
                Report report = Verify.run(spark, "--data", set.toString());
                found.addAll(report.result().lines().toList());
                Json told = Json.parse(ran[1], "verify");
                for (Json fault : told.at("faults").list()) expected.add(fault.at("about").string() + ": " + fault.at("what").string());
                if (!expected.isEmpty()) wrong++;
                for (Json remark : told.at("remarks").list())
                    expected.add("remark: " + remark.at("about").string() + ": " + remark.at("what").string());
            } catch (FormatException | Refusal e) {
                refused++;
                found.add("samovar: " + e.getMessage());
                expected.add(ran[2].strip());
            }
            assertEquals(expected, found, set.toString());
        }
        assertTrue(all.size() > 20 && refused > 0 && wrong > 0, all.size() + " datasets, " + refused + " refused, " + wrong + " with faults");
    }

    /// It is refused before any work starts, and not once per retry.
    @Test
    void aCheckpointOfNoSamIsRefusedAsOnOneMachine() {
        Path checkpoints = Path.of(System.getProperty("samovar.shared", "../shared"), "cases/checkpoints").toAbsolutePath().normalize();
        assumeTrue(Files.isDirectory(checkpoints), "the cases are not here: set their folder with -Dsamovar.shared");
        for (String name : List.of("adapter.pth", "sam2-like.pt", "mobilesam-like.pth", "hf-hq", "none.pth")) {
            String weights = checkpoints.resolve(name).toString(), cache = home.resolve("cache-of-no-sam").toString();
            String sentence = OneMachine.refused("embed", "--data", data, "--weights", weights, "--cache", cache);
            Refusal refusal = assertThrows(Refusal.class, () -> Embed.run(spark, "--data", data.toString(), "--weights", weights, "--cache", cache));
            assertEquals(sentence.lines().toList().getLast(), "samovar: " + refusal.getMessage());
        }
        Path wrong = checkpoints.resolve("adapter.pth");
        Refusal far = assertThrows(Refusal.class, () -> Masks.run(spark, "--input", pictures.toString(), "--weights", elsewhere(wrong), "--out",
                home.resolve("masks-of-no-sam").toString()));
        assertTrue(far.getMessage().startsWith(Elsewhere.SCHEME + ":" + wrong + ": the checkpoint is a SAM with adapters"), far.getMessage());
    }

    /// A result has its item's name, so a name must be one for a file; and masks are found in one file.
    @Test
    void namesAndChannelsThatHaveNoResultAreRefused() throws IOException {
        Path manifest = home.resolve("names.csv"), image = data.resolve("imagesTr/case0.nii.gz");
        for (String name : List.of("p1/scan", "..")) {
            Files.write(manifest, List.of("image,name", image + "," + name));
            Refusal refusal = assertThrows(Refusal.class,
                    () -> Predict.run(spark, "--run", run.toString(), "--manifest", manifest.toString(), "--output",
                            home.resolve("labels-names").toString()));
            assertTrue(refusal.getMessage().contains("results are files that are called by their names"), refusal.getMessage());
        }
        Files.write(manifest, List.of("image,name", image + ";" + data.resolve("imagesTr/case3.nii.gz") + ",two"));
        Report report = Masks.run(spark, "--manifest", manifest.toString(), "--weights", SAM.toString(), "--out",
                home.resolve("masks-two").toString());
        assertEquals(List.of("two: it has 2 files, one for each channel, and masks are found in one file; name that in a manifest"),
                report.failures().stream().map(Outcome::sentence).toList());
    }

    /// The fields of points and boxes are found by name, and their numbers may be of any type, because readers of JSON sort fields and count in longs.
    @Test
    void promptsAreReadByName() throws IOException {
        var samovar = Samovar.of(spark, SAM.toString());
        var file = spark.read().format("binaryFile").load(pictures.resolve("picture04.png").toString());
        var none = lit(null).cast("array<struct<x:double,y:double,label:int>>");
        var box = struct(lit(10.0).as("x0"), lit(6.0).as("y0"), lit(38.0).as("x1"), lit(32.0).as("y1"));
        var sorted = struct(lit(10).as("x0"), lit(38L).as("x1"), lit(6.0f).as("y0"), lit(32).as("y1"));
        var point = struct(lit(23.0).as("x"), lit(18.0).as("y"), lit(1).as("label"));
        var turned = struct(lit(1L).as("label"), lit(23).as("x"), lit(18).as("y"));
        Row row = file.select(samovar.segment(col("content"), none, array(box)), samovar.segment(col("content"), none, array(sorted)),
                samovar.segment(col("content"), array(point), lit(null).cast("array<struct<x0:double>>")),
                samovar.segment(col("content"), array(turned), lit(null).cast("array<struct<x0:double>>")),
                samovar.segment(col("content"), none, array(point))).first();
        assertFalse(row.getStruct(0).getList(0).isEmpty());
        assertEquals(row.getStruct(0), row.getStruct(1));
        assertEquals(row.getStruct(2), row.getStruct(3));
        assertEquals("a prompt has no number x0; a point has x, y and label, a box x0, y0, x1 and y1", row.getStruct(4).getString(1));
        Path no = Files.write(home.resolve("no.safetensors"), new byte[20]);
        FormatException refusal = assertThrows(FormatException.class, () -> Samovar.of(spark, no.toString()));
        assertTrue(String.valueOf(refusal.getMessage()).contains("no.safetensors"), refusal.getMessage());
    }

    @Test
    void functionsAnswerAsThePredictor() throws IOException {
        var samovar = Samovar.of(spark, SAM.toString());
        Path folder = home.resolve("with-functions");
        Files.createDirectories(folder);
        Files.copy(pictures.resolve("picture03.png"), folder.resolve("a.png"));
        Files.write(folder.resolve("b.png"), new byte[]{5, 6});
        var files = spark.read().format("binaryFile").load(folder.toString()).orderBy("path");
        var point = array(struct(lit(23.0).as("x"), lit(18.0).as("y"), lit(1).as("label")));
        var box = struct(lit(10.0).as("x0"), lit(6.0).as("y0"), lit(38.0).as("x1"), lit(32.0).as("y1"));
        List<Row> rows = files.select(samovar.segment(col("content"), point, array().cast("array<struct<x0:double,y0:double,x1:double,y1:double>>")),
                samovar.segment(col("content"), lit(null).cast("array<struct<x:double,y:double,label:int>>"), array(box, box)),
                samovar.encode(col("content")), Samovar.dice(col("content"), col("content"))).collectAsList();
        Path one = home.resolve("segmented");
        OneMachine.run("segment", "--weights", SAM, "--image", pictures.resolve("picture03.png"), "--point", "23,18", "--out", one);
        Row click = rows.getFirst().getStruct(0), boxes = rows.getFirst().getStruct(1), embedding = rows.getFirst().getStruct(2);
        assertNull(click.getString(1));
        Json best = Json.read(one.resolve("picture03_masks.json")).at("masks").list().getFirst();
        assertEquals(best.at("segmentation").at("counts").string(), click.<Row>getList(0).getFirst().getString(2));
        assertEquals(1, click.getList(0).size());
        assertEquals(2, boxes.getList(0).size());
        assertEquals(boxes.getList(0).get(0), boxes.getList(0).get(1));
        assertEquals(40, embedding.<Integer>getAs("height"));
        assertEquals(embedding.<Integer>getAs("channels") * embedding.<Integer>getAs("grid") * embedding.<Integer>getAs("grid"),
                embedding.getList(4).size());
        assertFalse(rows.getFirst().getStruct(3).getMap(0).isEmpty());
        assertTrue(rows.get(1).getStruct(2).getString(5).endsWith("it is neither PNG, JPEG nor TIFF; save it as PNG"));
        assertArrayEquals(new String[]{"height", "width", "channels", "grid", "embedding", "error"}, embedding.schema().fieldNames());
    }
}
