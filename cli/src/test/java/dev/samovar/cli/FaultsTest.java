package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.testkit.Faults;
import dev.samovar.core.testkit.FaultyFiles;
import dev.samovar.core.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every write of a command fails once, with a full disk and with a broken one: creating a file or a folder, writing, syncing, renaming, removing.
///
/// A normal build tries three faults of each command, and a full disk at the first checkpoint. `samovar.thorough` tries all of them, and pretraining as well, which takes longer.
///
/// Each failure gives one sentence and the exit status for wrong input. Afterwards every file is either the old one or the complete new one, and no temporary file is left. The
/// command, repeated or resumed, then ends as if nothing had happened. A disk that stays full is tried, too. All this runs in a JVM of its own, whose file system is [FaultyFiles].
class FaultsTest {
    @TempDir
    Path folder;

    @Test
    void everyWriteFailsOnce() throws IOException, InterruptedException {
        boolean thorough = Boolean.getBoolean("samovar.thorough");
        List<String> command = FaultyFiles.command(Tried.class, folder, thorough);
        if (!thorough) command.add(1, "-XX:TieredStopAtLevel=1");                  // too short-lived for the second compiler
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        System.out.print(output.replaceAll("(?m)^WARNING.*\\R", ""));
    }

    /// Runs in the JVM with the faulty file system.
    static final class Tried {
        /// Files that contain times and therefore differ from run to run.
        private static final Set<String> TIMES = Set.of("timings.csv", "checkpoint.safetensors", "cost.json", "report.html", "summary.json",
                "table.csv",
                "comparisons.csv", "cell.json");

        private final Path folder, work;
        private final boolean thorough;
        private final List<String> only;
        private final List<String> wrong = new ArrayList<>();

        /// @param only the commands to try; all if empty
        private Tried(Path folder, boolean thorough, List<String> only) {
            this.folder = folder;
            this.only = only;
            this.thorough = thorough;
            work = folder.resolve("work");
        }

        public static void main(String[] args) throws IOException {
            Tried tried = new Tried(Path.of(args[0]), Boolean.parseBoolean(args[1]), List.of(args).subList(2, args.length));
            tried.all();
            tried.wrong.forEach(System.out::println);
            System.out.printf("%.1f s of the processors%n", ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis()
                    * 1e-3);
            System.exit(tried.wrong.isEmpty() ? 0 : 1);
        }

        private void all() throws IOException {
            Path data = folder.resolve("data"), picture = Golden.path("sam-tiny/picture.png"), run = folder.resolve("run"),
                    trained = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
            SmallDataset.write(data);
            List<Object> training = List.of("--data", data, "--weights", Cli.TINY, "--labelled", 1, "--side", 32);
            succeed(join(training, "train", "--method", "linear", "--augment", "none", "--epochs", 1, "--cache", folder.resolve("cache"),
                    "--out", run));
            tryEach("convert", true, _ -> List.of("convert", Cli.TINY, work.resolve("a.safetensors"), "--overwrite"));
            tryEach("segment", true, _ -> List.of("segment", "--weights", Cli.TINY, "--image", picture, "--point", "80,60", "--multimask",
                    "--logits", "--format", "roi,geojson", "--out", work.resolve("out"), "--overwrite"));
            tryEach("masks", false, _ -> List.of("masks", "--weights", trained, "--image", picture, "--points-per-side", 3,
                    "--pred-iou-thresh", 0.1, "--stability-score-thresh", 0.1, "--format", "roi,tif", "--out", work.resolve("out")));
            tryEach("predict", true, _ -> List.of("predict", "--run", run, "--input", data.resolve("imagesTr"), "--probabilities",
                    "--overlay", "--output", work.resolve("out"), "--overwrite"));
            tryEach("export", true, _ -> List.of("export", "--onnx", work.resolve("a.onnx"), Cli.TINY, "--overwrite"));
            tryEach("export --external-data", true, _ -> List.of("export", "--onnx", work.resolve("a.onnx"), "--external-data", Cli.TINY,
                    "--overwrite"));
            tryEach("embed", false, _ -> List.of("embed", "--data", data, "--weights", Cli.TINY, "--side", 32, "--augment", "views:1",
                    "--cache", work.resolve("cache")));
            try {
                tryReadOnlyCache(data);
            } catch (AssertionError e) {
                wrong.add(String.valueOf(e.getMessage()));
            }
            tryEach("train", false, begun -> begun
                    ? List.of("train", "--resume", work.resolve("run"))
                    : join(training, "train", "--method", "linear", "--augment", "views:1", "--epochs", 2, "--validate-every", 1, "--cache",
                            work.resolve("cache"), "--out", work.resolve("run")));
            if (thorough)
                tryEach("pretrain", false, begun -> begun
                        ? List.of("pretrain", "--resume", work.resolve("run"), "--scenes", 1)
                        : List.of("pretrain", "--out", work.resolve("run"), "--width", 16, "--depth", 2, "--heads", 2, "--window", 3,
                                "--side",
                                32, "--embedding", 16, "--pictures", 2, "--things", 2, "--clicks", 2, "--steps", 4, "--every", 2,
                                "--scenes", 1));
            tryEach("study prompts", false, _ -> List.of("study", "prompts", "--data", data, "--weights", Cli.TINY, "--out", work.resolve("study"),
                    "--cases", 1, "--fewest-pixels", 1, "--protocols", "click,box"));
            tryEach("study methods", false, begun -> begun
                    ? List.of("study", "methods", "--resume", work.resolve("study"))
                    : List.of("study", "methods", "--data", data, "--weights", Cli.TINY, "--out", work.resolve("study"), "--cache",
                            work.resolve("cache"), "--method", "linear", "--side", 32, "--labelled", 1, "--test", 1, "--epochs", 1));
        }

        /// Entries of a read-only cache are used, and missing ones give an error.
        private void tryReadOnlyCache(Path data) throws IOException {
            clear();
            List<Object> embed = List.of("embed", "--data", data, "--weights", Cli.TINY, "--side", 32, "--augment", "none", "--cache",
                    work.resolve("cache"));
            succeed(embed);
            Faults.arm(work, 1, Faults.Kind.READ_ONLY);
            succeed(embed, "a read-only cache, ");
            Faults.disarm();
            Files.delete(files().keySet().iterator().next());
            Faults.arm(work, 1, Faults.Kind.READ_ONLY);
            Cli cli = run(embed);
            Faults.disarm();
            assertEquals(Exit.INPUT, cli.exit(), cli.err());
            checkSentence(cli, Faults.Kind.READ_ONLY, "a read-only cache");
        }

        /// @param old whether its files exist already, with other content
        /// @param args the command's arguments, given whether there is a run to resume
        private void tryEach(String name, boolean old, Function<Boolean, List<Object>> args) throws IOException {
            if (!only.isEmpty() && !only.contains(name)) return;
            long start = System.nanoTime();
            clear();
            Faults.arm(work, 0, Faults.Kind.NO_SPACE);
            succeed(args.apply(false));
            List<String> operations = Faults.disarm();
            Map<Path, byte[]> made = files();
            int faults = 0;
            for (Faults.Kind kind : Faults.Kind.FAULTS) {
                for (int number : thorough ? IntStream.rangeClosed(1, operations.size()).boxed().toList() : chosen(operations, kind)) {
                    try {
                        if (tryOne(name, number, kind, old, args, made)) faults++;
                    } catch (AssertionError e) {
                        wrong.add(String.valueOf(e.getMessage()));
                    }
                }
            }
            System.out.printf("%-24s %4d operations, %4d faults, %.1f s%n", name, operations.size(), faults, (System.nanoTime() - start)
                    * 1e-9);
        }

        /// The operation that fails for a kind of fault: a different one for each kind, from different parts of the work. The first checkpoint always
        /// fails with a full disk: at that moment a run has files already, but cannot be resumed.
        private static List<Integer> chosen(List<String> operations, Faults.Kind kind) {
            Set<String> seen = new HashSet<>();
            List<Integer> different = new ArrayList<>();
            for (int i = 0; i < operations.size(); i++) {
                String what = operations.get(i).replaceAll("[^ /]*\\.tmp", "*").replaceAll("[0-9]+|-[0-9a-f]{16}", "");
                if (seen.add(what) && !what.startsWith("mkdir")) different.add(i + 1);
            }
            int checkpoint = operations.indexOf("move run/checkpoint.safetensors") + 1;
            int one = different.get((2 * List.of(Faults.Kind.values()).indexOf(kind) + 1) * different.size() / (2 * Faults.Kind.FAULTS.size()));
            return kind == Faults.Kind.FULL && checkpoint > 0 && checkpoint != one ? List.of(one, checkpoint) : List.of(one);
        }

        /// Returns false if there were fewer operations than this.
        private boolean tryOne(String name, int number, Faults.Kind kind, boolean old, Function<Boolean, List<Object>> args,
                Map<Path, byte[]> made) throws IOException {
            clear();
            if (old) {
                for (Path file : made.keySet()) {
                    Files.createDirectories(parent(file));
                    Files.writeString(file, "old");
                }
            }
            Faults.arm(work, number, kind);
            Cli cli = run(args.apply(false));
            boolean failed = Faults.failed();
            List<String> operations = Faults.disarm();
            if (!failed) {
                assertEquals(Exit.OK, cli.exit(), cli.err());
                return false;
            }
            String where = name + ", " + kind + " at " + number + " (" + operations.get(number - 1) + "): exit " + cli.exit() + "\n" + cli.err();
            if (cli.exit() == Exit.OK && operations.get(number - 1).matches("(mkdir|link) .*")) {        // Java makes folder by folder, and what cannot be linked is moved
                checkAsMade(made, where);
                return true;
            }
            assertEquals(Exit.INPUT, cli.exit(), where);
            checkSentence(cli, kind, where);
            for (Map.Entry<Path, byte[]> one : files().entrySet()) {
                Path file = one.getKey();
                assertFalse(AtomicFile.isTemporary(file), where + "left over: " + file);
                byte[] expected = made.get(file);
                assertTrue(expected != null, where + "not one of the command's files: " + file);
                boolean isOld = old && Arrays.equals(one.getValue(), "old".getBytes(StandardCharsets.UTF_8));
                if (isGrowing(file) && !isOld) checkIsWhole(file);
                else assertTrue(isOld || isTold(file) || Arrays.equals(one.getValue(), expected), where + "neither old nor new: " + file);
            }
            if (!thorough || kind == Faults.Kind.FULL) {
                succeed(args.apply(isBegun()), where);
                checkAsMade(made, where);
            }
            return true;
        }

        private void checkAsMade(Map<Path, byte[]> made, String where) throws IOException {
            Map<Path, byte[]> now = files();
            assertEquals(made.keySet(), now.keySet(), where);
            now.forEach((file, bytes) -> assertTrue(isTold(file) || Arrays.equals(bytes, made.get(file)), where + "has changed: "
                    + file));
        }

        private static void checkSentence(Cli cli, Faults.Kind kind, String where) {
            List<String> lines = cli.err().lines().filter(line -> line.startsWith("samovar: ")).toList();
            assertEquals(1, lines.size(), where);
            String sentence = lines.getFirst();
            assertTrue(sentence.contains(kind.message() + switch (kind) {
                case BROKEN -> "; check the disk";
                case READ_ONLY -> "; choose another place";
                case NO_SPACE, FULL -> "; make room there";
            }), where);
            assertTrue(sentence.contains("/work"), where);
            assertFalse(sentence.contains("Exception") || sentence.contains(".tmp") || sentence.contains("mistake"), where);
        }

        /// Whether a file contains times and therefore differs from run to run.
        private static boolean isTold(Path file) {
            return TIMES.contains(String.valueOf(file.getFileName()));
        }

        /// Whether training replaces a file after each epoch.
        private static boolean isGrowing(Path file) {
            String name = String.valueOf(file.getFileName());
            return name.startsWith("head-") || name.startsWith("checkpoint") || name.equals("sam.safetensors") || name.endsWith(".csv");
        }

        private static void checkIsWhole(Path file) throws IOException {
            if (file.toString().endsWith(".safetensors")) Safetensors.open(file).close();
            else assertTrue(Files.readString(file).endsWith("\n"), file.toString());
        }

        private boolean isBegun() {
            return Stream.of("run/run.json", "run/pretrain.json", "study/methods.json").anyMatch(file -> Files.exists(work.resolve(file)));
        }

        private Map<Path, byte[]> files() throws IOException {
            Map<Path, byte[]> files = new TreeMap<>();
            try (Stream<Path> all = Files.walk(work)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) files.put(file, Files.readAllBytes(file));
            }
            return files;
        }

        private void clear() throws IOException {
            if (Files.exists(work)) {
                try (Stream<Path> all = Files.walk(work)) {
                    for (Path file : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
                }
            }
            Files.createDirectories(work);
        }

        private static Path parent(Path file) {
            Path parent = file.getParent();
            if (parent == null) throw new AssertionError(file);
            return parent;
        }

        private static void succeed(List<Object> args) {
            succeed(args, "");
        }

        private static void succeed(List<Object> args, String after) {
            Cli cli = run(args);
            assertEquals(Exit.OK, cli.exit(), () -> after + "then: " + args + "\n" + cli.err());
        }

        /// Uses scalar kernels if the command has kernels: the JVM is too short-lived for the vector ones.
        private static Cli run(List<Object> args) {
            List<Object> all = new ArrayList<>(args);
            if (!Set.of("convert", "export").contains(args.getFirst())) all.addAll(List.of("--require-backend", "scalar"));
            return Cli.run(all.toArray());
        }

        private static List<Object> join(List<Object> some, Object... verbAndMore) {
            List<Object> all = new ArrayList<>(List.of(verbAndMore));
            all.addAll(some);
            return all;
        }
    }
}
