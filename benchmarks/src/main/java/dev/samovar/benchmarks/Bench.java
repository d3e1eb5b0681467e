package dev.samovar.benchmarks;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// `./samovar bench`: measures in a few minutes how fast this machine does what SAM needs, beside ONNX Runtime.
final class Bench {
    private static final List<String> KERNELS = List.of("gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2", "attention-global",
            "attention-window");
    private static final int BLOCKS = 5;
    private static final int ENCODES = 3;

    private Bench() {}

    /// Measures and prints, and writes all times to a file if one is given.
    static void run(@Nullable Path json) throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        Engine samovar = Engine.of("samovar"), runtime = Engine.of("onnxruntime"), pytorch = Engine.of("pytorch-tuned");
        Json machine = Machine.json();
        IO.println(Machine.line(machine));
        IO.println("Samovar's JVM: " + String.join(" ", samovar.options())
                + "; ONNX Runtime as delivered, but for its number of threads. Random weights, which take as long as any.");
        say("peak: %.1f GFLOP/s with 1 thread, %.1f with %d%n%n", Peak.measure(1) / 1e9, Peak.measure(cores) / 1e9, cores);
        say("%-38s %8s %12s %24s %10s %12s%n", "", "threads", "time", "smallest … largest", "GFLOP/s", "of the peak");
        List<Json> rows = new ArrayList<>();
        for (String work : KERNELS) {
            Json row = Comparison.alone(work, samovar, 1, BLOCKS);
            rows.add(row);
            line(work, row, row.at("sides").list().getFirst());
        }
        Json click = beside("click", samovar, pytorch, cores);
        rows.add(click);
        both("click", click);
        Json everything = Comparison.alone("everything", samovar, cores, ENCODES);
        rows.add(everything);
        both("everything", everything);
        for (int threads : cores == 1 ? new int[]{1} : new int[]{1, cores}) {
            for (String work : List.of("encode", "encode-mobile")) {
                Json row = beside(work, samovar, runtime, threads);
                rows.add(row);
                both(work.equals("encode") ? "ViT-B" : "MobileSAM", row);
            }
        }
        if (!runtime.present())
            IO.println(
                    "\nRows of ONNX Runtime are missing: this was built without it. mvn -Ppeers -pl benchmarks -am package -DskipTests gets it from Maven Central.");
        if (json != null) AtomicFile.write(json, Json.object().with("machine", machine).with("rows", rows).pretty());
    }

    /// Measures beside the other side, or alone if that is missing or does not run here.
    private static Json beside(String work, Engine samovar, Engine other, int threads) throws IOException {
        if (other.present()) {
            try {
                return Comparison.run(work, samovar, other, threads, ENCODES);
            } catch (IllegalStateException e) {
                IO.println("No row of " + other.titleHere() + ": " + e.getMessage());
            }
        }
        return Comparison.alone(work, samovar, threads, ENCODES);
    }

    /// A line for each side, and their ratio.
    private static void both(String what, Json row) {
        List<Json> sides = row.at("sides").list();
        for (Json side : sides) line(what + ", " + side.at("title").string(), row, side);
        if (sides.size() < 2) return;
        say("%-38s %8s %12.2f   by the clock; %.2f in CPU time%n", "  ratio", "", row.at("wall").at("median").number(),
                row.at("cpu").at("median").number());
    }

    private static void line(String name, Json row, Json side) {
        double[] wall = side.at("wall").numbers();
        double median = Results.median(side, "wall"), smallest = median, largest = median;
        for (double w : wall) {
            smallest = Math.min(smallest, w);
            largest = Math.max(largest, w);
        }
        say("%-40s %6d %12s %24s %10.1f %11.0f%%%n", name, row.at("threads").integer(), Results.time(median), Results.time(smallest) + " … "
                + Results.time(largest), row.at("operations").number() / median / 1e9,
                100 * row.at("operations").number() / median / row.at("peak").number());
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static void say(String format, Object... arguments) {
        IO.print(String.format(Locale.ROOT, format, arguments));
    }
}
