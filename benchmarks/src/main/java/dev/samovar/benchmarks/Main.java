package dev.samovar.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/// `java -jar benchmarks.jar jmh | peak …`
public final class Main {
    private Main() {}

    /// Runs a command.
    public static void main(String[] args) throws RunnerException, CommandLineOptionException {
        List<String> rest = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
        switch (args.length == 0 ? "" : args[0]) {
            case "jmh" -> jmh(rest);
            case "peak" -> peak();
            default -> {
                IO.println("""
                        jmh [OPTIONS OF JMH]      every kernel by itself: -p work=gemm-qkv,gelu -p kernels=vector -p threads=1
                        peak                      the multiply-adds that this machine can do""");
                System.exit(2);
            }
        }
    }

    private static void peak() {
        int cores = Runtime.getRuntime().availableProcessors();
        for (int threads : cores == 1 ? new int[]{1} : new int[]{1, cores}) {
            double peak = Peak.measure(threads) / 1e9;
            IO.print(String.format(Locale.ROOT, "%d bits, %d threads: %.1f GFLOP/s; %.2f GHz if two vectors start in a clock%n", Peak
                    .bits(), threads, peak, peak / threads / (Peak.bits() / 32 * 4)));
        }
    }

    private static void jmh(List<String> args) throws RunnerException, CommandLineOptionException {
        var options = new CommandLineOptions(args.toArray(String[]::new));
        var results = new Runner(options).run();
        int cores = Runtime.getRuntime().availableProcessors();
        double one = Peak.measure(1), all = Peak.measure(cores);
        IO.println("\n| work | kernels | threads | ms | ± | GFLOP/s | of the peak |\n|---|---|---|---|---|---|---|");
        for (RunResult result : results) {
            String work = result.getParams().getParam("work"), threads = result.getParams().getParam("threads");
            var time = result.getPrimaryResult();
            double speed = Operations.of(work, Sizes.FULL) / time.getScore() / 1e6;
            IO.print(String.format(Locale.ROOT, "| %s | %s | %s | %.3f | %.3f | %s |%n", work, result.getParams().getParam("kernels"),
                    threads, time.getScore(), time
                            .getScoreError(),
                    speed == 0
                            ? "|"
                            : String.format(Locale.ROOT, "%.1f | %.0f %%", speed, speed * 1e11 / (threads.equals("1") ? one : all))));
        }
    }

}
