package dev.samovar.benchmarks;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// `java --add-modules jdk.incubator.vector -jar benchmarks.jar COMMAND`; without a command it lists them.
@Command(name = "benchmarks", sortOptions = false, usageHelpWidth = 160,
        description = "Times Samovar beside other engines, each in a process of its own.",
        subcommands = HelpCommand.class)
public final class Main {
    private static final String RECORD = "Adds the row to a file of rows, and writes RESULTS.md beside it.";

    private Main() {}

    /// Runs a command. The exit code is 2 if its arguments are wrong or an engine fails.
    public static void main(String[] args) throws RunnerException, CommandLineOptionException, IOException {
        if (args.length > 0 && args[0].equals("jmh")) jmh(Arrays.copyOfRange(args, 1, args.length));
        else System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main()).registerConverter(Engine.class, Main::engine);
        line.getCommandSpec().usageMessage().footer("", "WORK is one of:", String.join(", ", Operations.NAMES), "", "ENGINE is one of:",
                String.join(", ", Engine.ALL.stream().map(Engine::name).toList()), "",
                "SAMOVAR_PYTHON, in the environment, is the Python of the engines that are programs of it; otherwise python3.");
        return line.setExecutionExceptionHandler((e, command, _) -> {
            if (!(e instanceof IllegalArgumentException || e instanceof IllegalStateException)) throw e;
            command.getErr().println(e.getMessage());
            return 2;
        });
    }

    private static Engine engine(String name) {
        try {
            return Engine.of(name);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    @Command(name = "jmh",
            description = "Every piece of work by itself, with JMH's own options: -p work=gemm-qkv,gelu -p kernels=vector -p threads=1; on a GPU "
                    + "-p kernels=cuda,cuda-tf32,cuda-bf16 -p threads=1, with the device's own time.")
    void jmhCommand() {}                                                           // its options are JMH's, so it is never parsed here

    @Command(description = "Two engines in turns: A B B A.")
    void compare(@Parameters(paramLabel = "WORK") String work, @Parameters(paramLabel = "A") Engine a, @Parameters(paramLabel = "B") Engine b,
            @Parameters(paramLabel = "THREADS") int threads, @Mixin Measured measured) throws IOException {
        measured.keep(Comparison.run(work, a, b, threads, measured.pairs));
    }

    @Command(description = "One engine by itself.")
    void alone(@Parameters(paramLabel = "WORK") String work, @Parameters(paramLabel = "A") Engine engine,
            @Parameters(paramLabel = "THREADS") int threads,
            @Mixin Measured measured) throws IOException {
        measured.keep(Comparison.alone(work, engine, threads, measured.pairs));
    }

    @Command(description = "Every row of RESULTS.md that can be measured here; why another cannot is said.")
    void all(
            @Option(names = "--only", paramLabel = "WORDS", defaultValue = "",
                    description = "Only those whose command begins with these words.") String only,
            @Mixin Measured measured) {
        for (String command : commands()) {
            if (!command.startsWith(only)) continue;
            IO.println(command);
            List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
            words.addAll(List.of("--pairs", Integer.toString(measured.pairs)));
            if (measured.record != null) words.addAll(List.of("--record", measured.record.toString()));
            commandLine().execute(words.toArray(String[]::new));
        }
    }

    @Command(description = "A few minutes of everything.")
    void bench(@Option(names = "--json", paramLabel = "FILE", description = "Writes the rows to this file, too.") @Nullable Path json)
            throws IOException {
        Bench.run(json);
    }

    @Command(description = "Adds what benchmarks/gpu/run has found.")
    void gpu(@Parameters(paramLabel = "FILE") Path found,
            @Option(names = "--record", paramLabel = "ROWS", defaultValue = "benchmarks/results.json", description = RECORD) Path record)
            throws IOException {
        new Results(record).addGpu(Json.read(found));
    }

    @Command(description = "The multiply-adds that this machine can do.")
    void peak() {
        int cores = Runtime.getRuntime().availableProcessors();
        for (int threads : cores == 1 ? new int[]{1} : new int[]{1, cores}) {
            double peak = Peak.measure(threads) / 1e9;
            IO.print(String.format(Locale.ROOT, "%d bits, %d threads: %.1f GFLOP/s; %.2f GHz if two vectors start in a clock%n", Peak.bits(), threads,
                    peak, peak / threads / (Peak.bits() / 32 * 4)));
        }
    }

    /// The common part of commands that measure.
    static final class Measured {
        @Option(names = "--pairs", paramLabel = "N", description = "So many pairs of blocks (default: ${DEFAULT-VALUE}).")
        private int pairs = Comparison.PAIRS;

        @Option(names = "--record", paramLabel = "FILE", description = RECORD)
        private @Nullable Path record;

        private void keep(Json row) throws IOException {
            IO.println(row);
            if (record != null) new Results(record).add(row);
        }
    }

    static List<String> commands() {
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
                for (String engine : List.of("pytorch", "pytorch-tuned", "pytorch-recompute"))
                    commands.add("compare " + training + " samovar " + engine + " " + threads);
                commands.add("compare " + training + " samovar samovar-kept " + threads);
            }
        }
        for (String work : Operations.NAMES)
            if (work.startsWith("conv") || work.startsWith("deconv") || work.equals("layer-norm") || work.equals("gelu"))
                commands.add("compare " + work + " samovar libtorch 1");
        commands.add("compare gemm-qkv samovar ejml 1");
        for (String work : List.of("read-volume", "write-labels")) commands.add("compare " + work + " samovar nibabel 1");
        for (String work : List.of("gemm-qkv", "gemm-mlp2", "attention-global", "attention-window"))
            for (String engine : List.of("samovar-128", "samovar-256", "scalar")) commands.add("alone " + work + " " + engine + " 1");
        commands.add("alone dice samovar 1");
        return commands;
    }

    private static void jmh(String[] args) throws RunnerException, CommandLineOptionException, IOException {
        var options = new CommandLineOptions(args);
        if (told(options)) return;
        var results = new Runner(new OptionsBuilder().parent(options).addProfiler(DeviceTime.class).build()).run();
        IO.println("\n| work | kernels | threads | ms | ± | ms on the GPU | GFLOP/s | of the peak |\n|---|---|---|---|---|---|---|---|");
        for (RunResult result : results) IO.println(row(result));
    }

    /// Does what JMH's own program does before it runs anything: help and lists, which start no benchmark.
    private static boolean told(CommandLineOptions options) throws IOException {
        if (options.shouldHelp()) options.showHelp();
        else if (options.shouldList()) new Runner(options).list();
        else if (options.shouldListWithParams()) new Runner(options).listWithParams(options);
        else if (options.shouldListProfilers()) options.listProfilers();
        else if (options.shouldListResultFormats()) options.listResultFormats();
        else return false;
        return true;
    }

    /// A line of the table. The speed is the device's; a GPU's peak is not shown.
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
