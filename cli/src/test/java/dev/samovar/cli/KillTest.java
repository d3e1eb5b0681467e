package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Trains in processes that are killed (SIGKILL) at random moments, and resumes the runs.
///
/// The uninterrupted run that they are compared with, and the last part of each run, are trained in this process, because starting a JVM takes longer than the training. All use
/// scalar kernels, because these processes end before the vector kernels are compiled.
@Execution(ExecutionMode.CONCURRENT)
@Order(1)
class KillTest {
    private static final boolean THOROUGH = Boolean.getBoolean("samovar.thorough");
    private static final Set<String> LOOPS = Set.of("vit", "simclr", "pretrain");   // one method for each loop of training
    private static final int TOGETHER = 5;                                         // kills of one run, at most
    private static final int SIGNS = 3;                                            // signs of life before a process is killed: it prints something or writes a checkpoint
    private static final double LATER = 60e6;                                      // nanoseconds after the last sign, at most
    private static final long SEED = 20261121;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear", "medsam", "decoder", "lora", "adapter", "autosam", "unet", "simclr", "pretrain"})
    void aRunThatIsKilledAtAnyMomentEndsAsTheUninterruptedOne(String method) throws IOException, InterruptedException {
        makeData();
        finish(begin(method, 0));
        List<String> expected = digests(method, 0);
        var random = new Random(SEED, method);
        int kills = 0, wanted = THOROUGH ? 20 : LOOPS.contains(method) ? 2 : 1;
        for (int run = 1; kills < wanted; run++) {
            if (!THOROUGH || random.below(2) == 0) copy(method, run);
            boolean ended = false;
            for (int n = 0; n < TOGETHER && kills < wanted && !ended; n++) {
                ended = !isKilled(start(run, next(method, run)), run, random);
                if (!ended) kills++;
            }
            finish(next(method, run));
            assertEquals(expected, digests(method, run), "seed " + SEED + ", after " + kills + " kills");
            checkNothingIsLeftOver(method, run);
            assertTrue(run < 10 * wanted, kills + " kills in " + run + " runs");
        }
    }

    /// The arguments that begin a run or resume it.
    private List<Object> next(String method, int run) {
        return Files.exists(run(run).resolve(json(method))) ? resume(method, run) : begin(method, run);
    }

    private static String json(String method) {
        return method.equals("pretrain") ? "pretrain.json" : "run.json";
    }

    /// Begins another run with the settings of the first, without estimating its cost again.
    private void copy(String method, int run) throws IOException {
        String begun = Files.readString(run(0).resolve(json(method)));
        Files.writeString(Files.createDirectories(run(run)).resolve(json(method)), begun.replace(cache(0).toString(), cache(run).toString()));
    }

    /// Finishes a run in this process.
    private static void finish(List<Object> args) {
        List<Object> all = new ArrayList<>(args);
        all.addAll(List.of("--threads", "1", "--require-backend", "scalar"));
        Cli cli = Cli.run(all.toArray());
        assertEquals(Exit.OK, cli.exit(), cli.err());
    }

    /// Kills a process after some signs of life. Returns false if it ended before.
    private boolean isKilled(Process process, int run, Random random) throws InterruptedException {
        int signs = 1 + random.below(SIGNS);
        long moment = (long) (random.uniform() * LATER);
        boolean alive = true;
        String before = signs(run);
        while (signs > 0 && alive) {
            alive = !process.waitFor(5, TimeUnit.MILLISECONDS);
            String now = signs(run);
            if (!now.equals(before)) signs--;
            before = now;
        }
        if (process.waitFor(moment, TimeUnit.NANOSECONDS)) {
            assertEquals(Exit.OK, process.exitValue(), () -> "seed " + SEED + ": " + output(run));
            return false;
        }
        process.destroyForcibly().waitFor();
        return true;
    }

    /// A string that changes whenever a process prints something or writes a checkpoint.
    private String signs(int run) {
        StringBuilder signs = new StringBuilder();
        for (Path file : List.of(said(run), run(run).resolve("checkpoint.safetensors"), run(run).resolve("pretraining.safetensors"))) {
            try {
                signs.append(Files.size(file)).append(Files.getLastModifiedTime(file));
            } catch (IOException _) {
                signs.append('-');                                                 // not there yet
            }
        }
        return signs.toString();
    }

    private Path said(int run) {
        return folder.resolve(run + ".txt");
    }

    private Path run(int number) {
        return folder.resolve("run" + number);
    }

    private List<Object> begin(String head, int run) {
        if (head.equals("pretrain"))
            return List.of("pretrain", "--out", run(run), "--width", 16, "--depth", 2, "--heads", 2, "--window", 3, "--side", 32,
                    "--embedding", 16, "--pictures", 2, "--things", 2, "--clicks", 2, "--steps", 12, "--every", 3, "--scenes", 1);
        boolean takesPictures = Set.of("medsam", "lora", "adapter", "unet", "simclr").contains(head);
        List<Object> args = new ArrayList<>(List.of("train", "--data", folder.resolve("data"), "--weights", Cli.TINY, "--method",
                isUNet(head) ? "unet" : head, "--labelled", 1, "--side", 32, "--augment", takesPictures ? "none" : "views:2", "--epochs",
                head.equals("autosam") ? 2 : takesPictures ? 3 : 8, "--validate-every", 2, "--cache", cache(run), "--out", run(run)));
        if (head.equals("adapter")) args.addAll(List.of("--depth-adapter", 2));
        if (head.equals("autosam")) args.addAll(List.of("--generator", "hardnet39ds", "--generator-side", 32));
        if (isUNet(head)) args.addAll(List.of("--width", 2));
        if (head.equals("simclr"))
            args.addAll(List.of("--pretrain", "simclr", "--unlabelled", folder.resolve("data/imagesTr"), "--pretrain-epochs", 5,
                    "--pretrain-batch", 2));
        if (head.equals("cnn")) args.addAll(List.of("--depth", 1, "--top-channel", 4));
        return args;
    }

    private static boolean isUNet(String head) {
        return head.equals("unet") || head.equals("simclr");
    }

    private List<Object> resume(String head, int run) {
        return head.equals("pretrain")
                ? List.of("pretrain", "--resume", run(run), "--scenes", 1)
                : List.of("train", "--resume", run(run));
    }

    /// Each run has its own cache, so that embedding is interrupted, too.
    private Path cache(int run) {
        return folder.resolve("cache" + run);
    }

    private Process start(int run, List<Object> args) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        for (Object arg : args) command.add(arg.toString());
        command.addAll(List.of("--threads", "1"));
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(said(run).toFile())).start();
    }

    private String output(int run) {
        try {
            return Files.readString(said(run));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private List<String> digests(String head, int run) {
        return (head.equals("pretrain")
                ? Stream.of("sam.safetensors", "log.csv")
                : Stream.of("head-last.safetensors", "head-best.safetensors", "log.csv")).map(name -> Sha256.of(run(run).resolve(name))).toList();
    }

    private void checkNothingIsLeftOver(String head, int run) throws IOException {
        for (Path in : List.of(run(run), cache(run))) {
            if (!Files.exists(in)) continue;                                       // networks that take pictures cache nothing
            try (Stream<Path> files = Files.list(in)) {
                assertEquals(List.of(), files.filter(AtomicFile::isTemporary).toList());
            }
        }
        try (Stream<Path> files = Files.list(run(run))) {
            List<String> kept = files.map(f -> f.getFileName().toString()).sorted().toList();
            if (head.equals("simclr")) kept = kept.stream().filter(name -> !name.startsWith("pretrain")).toList();
            assertEquals(head.equals("pretrain")
                    ? List.of("checkpoint.safetensors", "held-out.json", "log.csv", "pretrain.json", "report.html", "sam.safetensors", "timings.csv")
                    : List.of("checkpoint.safetensors", "head-best.safetensors", "head-last.safetensors", "log.csv", "run.json", "timings.csv"),
                    kept);
        }
    }

    private void makeData() throws IOException {
        Path images = Files.createDirectories(folder.resolve("data/imagesTr")), labels = Files.createDirectories(folder.resolve("data/labelsTr"));
        Geometry grid = Geometry.of(12, 10, 3, 1, 1, 4);
        for (int n = 0; n < 3; n++) {
            float[] voxels = new float[360];
            byte[] classes = new byte[360];
            for (int i = 0; i < 360; i++) {
                classes[i] = (byte) (i % 12 > 2 + n && i % 12 < 9 && i / 12 % 10 > 3 ? 1 : 0);
                voxels[i] = 100 * classes[i] + i % 7;
            }
            Nifti.write(images.resolve("case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
    }
}
