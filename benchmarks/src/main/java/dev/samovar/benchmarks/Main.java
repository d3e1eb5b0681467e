package dev.samovar.benchmarks;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// `java --add-modules jdk.incubator.vector -jar benchmarks.jar COMMAND`; without one it says which there are.
public final class Main {
    private Main() {}

    private static final String HELP = """
            jmh [OPTIONS OF JMH]                         every piece of work by itself: jmh -p work=gemm-qkv,gelu -p kernels=vector -p threads=1
                                                         on a GPU: -p kernels=cuda,cuda-tf32,cuda-bf16 -p threads=1, with the device's own time
            compare WORK A B THREADS [--pairs N]         two sides in turns, each in a process of its own
            alone WORK A THREADS [--pairs N]             one side
            all [--pairs N] [--only WORDS]               every row of RESULTS.md; only those whose command begins with these words
            bench [--json FILE]                          a few minutes of everything
            gpu FILE                                     what benchmarks/gpu/run has found, for --record
            peak                                         the multiply-adds that this machine can do

            --record FILE   adds the row to a file of rows, and writes RESULTS.md beside it
            SAMOVAR_PYTHON  in the environment: the Python of the sides that are programs of it; otherwise python3
            """ + "\nwork:  " + String.join(", ", Operations.NAMES) + "\nsides: " + String.join(", ", Side.ALL.stream().map(Side::name)
            .toList());

    /// Runs a command.
    public static void main(String[] args) throws RunnerException, CommandLineOptionException, IOException {
        List<String> words = new ArrayList<>(List.of(args));
        if (!words.isEmpty() && words.getFirst().equals("jmh")) {
            jmh(words.subList(1, words.size()));
            return;
        }
        try {
            String pairs = option(words, "--pairs"), record = option(words, "--record"), json = option(words, "--json"),
                    only = option(words, "--only");
            int n = pairs == null ? Comparison.PAIRS : Integer.parseInt(pairs);
            switch (words.isEmpty() ? "" : words.getFirst() + " " + words.size()) {
                case "compare 5" ->
                    keep(record, Comparison.run(words.get(1), Side.of(words.get(2)), Side.of(words.get(3)), Integer.parseInt(words.get(4)), n));
                case "alone 4" -> keep(record, Comparison.alone(words.get(1), Side.of(words.get(2)), Integer.parseInt(words.get(3)), n));
                case "all 1" -> all(record, only == null ? "" : only, pairs == null ? List.of() : List.of("--pairs", pairs));
                case "bench 1" -> Bench.run(json == null ? null : Path.of(json));
                case "gpu 2" -> new Results(Path.of(record == null ? "benchmarks/results.json" : record)).addGpu(Json.read(Path.of(words.get(1))));
                case "peak 1" -> peak();
                default -> throw new IllegalArgumentException(HELP);
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    /// Every row that can be measured here; why another cannot is said.
    private static void all(@Nullable String record, String only, List<String> options) throws IOException {
        for (String command : commands()) {
            if (!command.startsWith(only)) continue;
            IO.println(command);
            List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
            try {
                measure(words, record, options.isEmpty() ? Comparison.PAIRS : Integer.parseInt(options.getLast()));
            } catch (IllegalArgumentException | IllegalStateException e) {
                System.err.println("no row for \"" + command + "\": " + e.getMessage());
            }
        }
    }

    private static List<String> commands() {
        int cores = Runtime.getRuntime().availableProcessors();
        List<String> commands = new ArrayList<>();
        for (int threads : cores == 1 ? new int[]{1} : new int[]{1, cores}) {
            for (String peer : List.of("onnxruntime", "libtorch", "libtorch-tuned"))
                commands.add("compare encode samovar " + peer + " " + threads);
            commands.add("compare encode onnxruntime onnxruntime-torch " + threads);
            commands.add("compare encode-mobile samovar onnxruntime " + threads);
            for (String prompts : List.of("click", "everything")) {
                commands.add("alone " + prompts + " samovar " + threads);
                commands.add("compare " + prompts + " samovar pytorch-tuned " + threads);
            }
            commands.add("compare encode-mobile samovar pytorch-tuned " + threads);
            for (String encoder : List.of("encode-large", "encode-huge"))
                commands.add("compare " + encoder + " samovar pytorch-tuned " + threads);
            commands.add("compare encode-batch samovar samovar-singly " + threads);
            for (String gemm : List.of("gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2"))
                commands.add("compare " + gemm + " samovar libtorch " + threads);
            for (String attention : List.of("attention-global", "attention-window"))
                commands.add("compare " + attention + " samovar libtorch-tuned " + threads);
            for (String training : List.of("train-cnn", "train-vit", "train-linear", "train-unet"))
                commands.add("compare " + training + " samovar libtorch-tuned " + threads);
            commands.add("compare train-unet samovar pytorch-channels-last " + threads);
            commands.add("compare train-mini samovar pytorch-tuned " + threads);
            for (String training : List.of("train-medsam", "train-lora", "train-adapter")) {
                for (String side : List.of("pytorch", "pytorch-tuned", "pytorch-recompute"))
                    commands.add("compare " + training + " samovar " + side + " " + threads);
                commands.add("compare " + training + " samovar samovar-kept " + threads);
            }
        }
        for (String work : Operations.NAMES)
            if (work.startsWith("conv") || work.startsWith("deconv") || work.equals("layer-norm") || work.equals("gelu"))
                commands.add("compare " + work + " samovar libtorch 1");
        commands.add("compare gemm-qkv samovar ejml 1");
        for (String work : List.of("read-volume", "write-labels")) commands.add("compare " + work + " samovar nibabel 1");
        for (String work : List.of("gemm-qkv", "gemm-mlp2", "attention-global", "attention-window"))
            for (String side : List.of("samovar-128", "samovar-256", "scalar")) commands.add("alone " + work + " " + side + " 1");
        commands.add("alone dice samovar 1");
        return commands;
    }

    private static void measure(List<String> words, @Nullable String record, int pairs) throws IOException {
        String work = words.get(1);
        Side a = Side.of(words.get(2));
        keep(record, words.getFirst().equals("alone")
                ? Comparison.alone(work, a, Integer.parseInt(words.get(3)), pairs)
                : Comparison.run(work, a, Side.of(words.get(3)), Integer.parseInt(words.get(4)), pairs));
    }

    private static @Nullable String option(List<String> words, String name) {
        int at = words.indexOf(name);
        if (at < 0) return null;
        if (at + 1 == words.size()) throw new IllegalArgumentException(name + " wants something behind it");
        words.remove(at);
        return words.remove(at);
    }

    private static void keep(@Nullable String record, Json row) {
        IO.println(row);
        if (record != null) new Results(Path.of(record)).add(row);
    }

    private static void peak() {
        int cores = Runtime.getRuntime().availableProcessors();
        for (int threads : cores == 1 ? new int[]{1} : new int[]{1, cores}) {
            double peak = Peak.measure(threads) / 1e9;
            IO.print(String.format(Locale.ROOT, "%d bits, %d threads: %.1f GFLOP/s; %.2f GHz if two vectors start in a clock%n", Peak.bits(), threads,
                    peak, peak / threads / (Peak.bits() / 32 * 4)));
        }
    }

    private static void jmh(List<String> args) throws RunnerException, CommandLineOptionException, IOException {
        var options = new CommandLineOptions(args.toArray(String[]::new));
        if (told(options)) return;
        var results = new Runner(new OptionsBuilder().parent(options).addProfiler(DeviceTime.class).build()).run();
        IO.println("\n| work | kernels | threads | ms | ± | ms on the GPU | GFLOP/s | of the peak |\n|---|---|---|---|---|---|---|---|");
        for (RunResult result : results) IO.println(row(result));
    }

    /// What JMH's own program does before it runs anything: help and lists, which start no benchmark.
    private static boolean told(CommandLineOptions options) throws IOException {
        if (options.shouldHelp()) options.showHelp();
        else if (options.shouldList()) new Runner(options).list();
        else if (options.shouldListWithParams()) new Runner(options).listWithParams(options);
        else if (options.shouldListProfilers()) options.listProfilers();
        else if (options.shouldListResultFormats()) options.listResultFormats();
        else return false;
        return true;
    }

    /// A line of the table. Speed is that of the device, and a GPU's peak does not matter here.
    private static String row(RunResult result) {
        String work = result.getParams().getParam("work"), threads = result.getParams().getParam("threads");
        Result<?> host = result.getPrimaryResult(), device = result.getSecondaryResults().get(DeviceTime.NAME);
        double speed = Operations.of(work, Sizes.FULL) / (device == null ? host : device).getScore() / 1e6;
        String start = String.format(Locale.ROOT, "| %s | %s | %s | %.3f | %.3f | ", work, result.getParams().getParam("kernels"), threads,
                host.getScore(), host.getScoreError());
        if (device != null)
            return String.format(Locale.ROOT, "%s%.3f | %s |  |", start, device.getScore(), speed == 0
                    ? ""
                    : String.format(Locale.ROOT, "%.1f", speed));
        if (speed == 0) return start + " |  |  |";
        int n = threads.equals("all") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(threads);
        return String.format(Locale.ROOT, "%s | %.1f | %.0f %% |", start, speed, speed * 1e11 / Peak.measure(n));
    }
}
