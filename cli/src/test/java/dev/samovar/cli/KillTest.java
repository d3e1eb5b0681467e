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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Trainings in processes of their own that are killed (SIGKILL) at random moments, and resumed.
@Execution(ExecutionMode.CONCURRENT)
class KillTest {
    private static final int KILLS = Boolean.getBoolean("samovar.thorough") ? 200 : 2;
    private static final long SEED = 20261121;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear", "medsam", "decoder", "lora", "adapter", "autosam", "unet", "simclr", "pretrain"})
    void aRunThatIsKilledAtAnyMomentEndsAsTheUninterruptedOne(String head) throws IOException, InterruptedException {
        makeData();
        long start = System.nanoTime();
        assertEquals(0, begin(head, 0).waitFor(), () -> output(0));
        long whole = System.nanoTime() - start;
        List<String> expected = digests(head, 0);
        var random = new Random(SEED, head);
        int kills = 0, run = 1;
        for (boolean begun = false; kills < KILLS || begun;) {
            Path json = run(run).resolve(head.equals("pretrain") ? "pretrain.json" : "run.json");
            Process process = Files.exists(json) ? resume(head, run) : begin(head, run);
            begun = true;
            long moment = kills < KILLS ? (long) (random.uniform(0.15, 1) * whole) : Long.MAX_VALUE / 2;
            if (process.waitFor(moment, TimeUnit.NANOSECONDS)) {
                int of = run;
                assertEquals(0, process.exitValue(), () -> "seed " + SEED + ": " + output(of));
                assertEquals(expected, digests(head, run), "seed " + SEED + ", after " + kills + " kills");
                checkNothingIsLeftOver(head, run);
                run++;
                begun = false;
            } else {
                process.destroyForcibly().waitFor();
                kills++;
            }
        }
        assertTrue(kills == KILLS && run > 1, kills + " kills in " + (run - 1) + " runs");
    }

    private Path run(int number) {
        return folder.resolve("run" + number);
    }

    private Process begin(String head, int run) throws IOException {
        if (head.equals("pretrain"))
            return start(run, "pretrain", "--out", run(run), "--width", 16, "--depth", 2, "--heads", 2, "--window", 3, "--side", 32,
                    "--embedding", 16, "--pictures", 2, "--things", 2, "--clicks", 2, "--steps", 12, "--every", 3, "--scenes", 1);
        boolean takesPictures = Set.of("medsam", "lora", "adapter", "unet", "simclr").contains(head);
        List<Object> args = new ArrayList<>(List.of("train", "--data", folder.resolve("data"), "--weights", Cli.TINY, "--method", isUNet(
                head) ? "unet" : head,
                "--labelled",
                1, "--side", 32, "--augment", takesPictures ? "none" : "views:2", "--epochs", takesPictures || head.equals("autosam")
                        ? 3
                        : 8, "--validate-every", 2,
                "--cache", cache(run), "--out", run(run)));
        if (head.equals("adapter")) args.addAll(List.of("--depth-adapter", 2));
        if (head.equals("autosam")) args.addAll(List.of("--generator", "hardnet39ds", "--generator-side", 32));
        if (isUNet(head)) args.addAll(List.of("--width", 2));
        if (head.equals("simclr"))
            args.addAll(List.of("--pretrain", "simclr", "--unlabelled", folder.resolve("data/imagesTr"), "--pretrain-epochs", 5,
                    "--pretrain-batch", 2));
        if (head.equals("cnn")) args.addAll(List.of("--depth", 1, "--top-channel", 4));
        return start(run, args.toArray());
    }

    private static boolean isUNet(String head) {
        return head.equals("unet") || head.equals("simclr");
    }

    private Process resume(String head, int run) throws IOException {
        if (head.equals("pretrain")) return start(run, "pretrain", "--resume", run(run), "--scenes", 1);
        return start(run, "train", "--resume", run(run));
    }

    /// Each run has its own, so that the embedding is interrupted, too.
    private Path cache(int run) {
        return folder.resolve("cache" + run);
    }

    private Process start(int run, Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", System.getProperty("java.class.path"), Main.class
                        .getName()));                                              // scalar kernels: short lives never see the vector ones compiled
        for (Object arg : args) command.add(arg.toString());
        command.addAll(List.of("--threads", "1"));
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(run
                + ".txt").toFile())).start();
    }

    private String output(int run) {
        try {
            return Files.readString(folder.resolve(run + ".txt"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private List<String> digests(String head, int run) {
        return (head.equals("pretrain")
                ? Stream.of("sam.safetensors", "log.csv")
                : Stream.of("head-last.safetensors", "head-best.safetensors", "log.csv")).map(name -> Sha256.of(run(run).resolve(name)))
                .toList();
    }

    private void checkNothingIsLeftOver(String head, int run) throws IOException {
        for (Path in : List.of(run(run), cache(run))) {
            if (!Files.exists(in)) continue;                                       // where a network takes pictures, nothing is cached
            try (Stream<Path> files = Files.list(in)) {
                assertEquals(List.of(), files.filter(AtomicFile::isTemporary).toList());
            }
        }
        try (Stream<Path> files = Files.list(run(run))) {
            List<String> kept = files.map(f -> f.getFileName().toString()).sorted().toList();
            if (head.equals("simclr")) kept = kept.stream().filter(name -> !name.startsWith("pretrain")).toList();
            assertEquals(head.equals("pretrain")
                    ? List.of("checkpoint.safetensors", "held-out.json", "log.csv", "pretrain.json", "report.html", "sam.safetensors",
                            "timings.csv")
                    : List.of("checkpoint.safetensors", "head-best.safetensors", "head-last.safetensors", "log.csv", "run.json",
                            "timings.csv"), kept);
        }
    }

    private void makeData() throws IOException {
        Path images = Files.createDirectories(folder.resolve("data/imagesTr")), labels = Files.createDirectories(folder.resolve(
                "data/labelsTr"));
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
