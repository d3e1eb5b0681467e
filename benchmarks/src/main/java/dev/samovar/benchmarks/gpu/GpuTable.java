package dev.samovar.benchmarks.gpu;

import dev.samovar.benchmarks.Ratio;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The findings of [Gpu] as Markdown, and the file in which they are kept.
public final class GpuTable {
    private static final String WORDS = """
            ## On a GPU

            `benchmarks/gpu/run --help` says how to get these rows. They are medians of blocks, ten or more unless a run takes half a second, Samovar's and PyTorch's in turns (A B B A), each side in a
            process of its own; what was compiled has one turn of five. What goes in lies on the GPU, and what comes out stays there. A block is as many runs as take 20 ms; Samovar's is timed by the
            clock on the wall, to the end of its last kernel, and PyTorch's by CUDA events. *Memory* is the most that either side's allocator had handed out, weights included.

            PyTorch runs our own plain script, `benchmarks/gpu/peer.py`, with random weights: `scaled_dot_product_attention` with the relative positions as its mask, in inference mode;
            `torch.compile` is given block after block; a training step is forward, loss, backward and a fused Adam. `cudnn.benchmark` is on. TF32 is `set_float32_matmul_precision("high")` and
            cuDNN's; BF16 means that weights and activations are bfloat16 in the encoder and in single products, and `autocast` in a training. In Samovar tensors are float32 under each format, which says what products multiply.

            """;

    private GpuTable() {}

    /// The section of RESULTS.md for the findings in a file.
    public static String section(Path file) {
        if (!Files.exists(file)) return WORDS + "No GPU was at hand so far: there is no row.\n";
        var text = new StringBuilder(WORDS);
        for (Json run : Json.read(file).at("runs").list())
            text.append("### ").append(machine(run.at("machine"))).append("\n\n").append(checks(run)).append(rows(run)).append('\n');
        return text.toString();
    }

    /// Adds the findings of one call of `benchmarks/gpu/run` to those kept in a file. A newer row replaces the same row of the same machine.
    public static void keep(Json found, Path file) {
        Map<String, Json> runs = new LinkedHashMap<>();
        if (Files.exists(file)) Json.read(file).at("runs").list().forEach(run -> runs.put(key(run), run));
        runs.merge(key(found), found, GpuTable::merged);
        AtomicFile.write(file, Json.object().with("runs", List.copyOf(runs.values())).pretty());
    }

    /// The GPU and its driver.
    private static String key(Json run) {
        Json machine = run.at("machine");
        return machine.at("gpu").string() + (machine.has("driver") ? machine.at("driver").string() : "");
    }

    private static Json merged(Json older, Json newer) {
        Json machine = older.at("machine");
        for (String key : newer.at("machine").keys()) machine = machine.with(key, newer.at("machine").at(key));
        return newer.with("machine", machine).with("checks", merged(older.at("checks"), newer.at("checks"), "name")).with("rows",
                merged(older.at("rows"), newer.at("rows"), "work", "model", "batch", "format"));
    }

    private static List<Json> merged(Json older, Json newer, String... keys) {
        Map<String, Json> all = new LinkedHashMap<>();
        for (Json list : List.of(older, newer))
            for (Json one : list.list()) {
                var name = new StringBuilder();
                for (String key : keys) name.append(one.at(key)).append(' ');
                all.put(name.toString(), one);
            }
        return List.copyOf(all.values());
    }

    private static String machine(Json machine) {
        var parts = new ArrayList<String>();
        for (String key : List.of("gpu", "driver", "torch", "jdk", "processor"))
            if (machine.has(key)) parts.add((switch (key) {
                case "driver" -> "driver ";
                case "torch" -> "PyTorch ";
                case "jdk" -> "JDK ";
                default -> "";
            }) + machine.at(key).string());
        return String.join("; ", parts);
    }

    private static String checks(Json run) {
        if (run.at("checks").list().isEmpty()) return "";
        var text = new StringBuilder("| checks | passed | failed | skipped | time |\n|---|---|---|---|---|\n");
        for (Json check : run.at("checks").list())
            text.append(format("| %s | %d | %d | %d | %.0f s |%n", check.at("name").string(), check.at("passed").integer(),
                    check.at("failures").list().size(), check.at("skipped").list().size(), check.at("time").number()));
        text.append("\n| ‖ours − reference‖ / ‖reference‖, and other facts | |\n|---|---|\n");
        for (Json check : run.at("checks").list())
            for (String fact : check.at("facts").keys())
                text.append("| ").append(fact).append(" | ").append(check.at("facts").at(fact).string()).append(" |\n");
        return text.append('\n').toString();
    }

    /// The table.
    static String rows(Json run) {
        var text = new StringBuilder(
                """
                        | work | model | format | batch | ours, ms | PyTorch eager, ms | ours / eager | torch.compile, ms | ours / compiled | memory, ours | PyTorch's |
                        |---|---|---|---|---|---|---|---|---|---|---|
                        """);
        List<String> problems = new ArrayList<>();
        for (Json row : run.at("rows").list()) {
            text.append(format("| %s | %s | %s | %d | %s | %s | %s | %s | %s | %s | %s |%n", row.at("work").string(), row.at("model")
                    .string(), row.at("format").string(), row.at("batch").integer(), time(row, "ours"), time(row, "eager"),
                    ratio(row,
                            "eager"),
                    time(row, "compiled"), ratio(row, "compiled"), memory(row, "ours"), memory(row, "eager")));
            for (String side : List.of("ours", "eager", "compiled"))
                if (row.has(side) && row.at(side).has("error"))
                    problems.add(format("%s %s %s %d, %s: %s%n", row.at("work").string(), row.at("model").string(), row.at("format")
                            .string(), row.at("batch").integer(), side, row.at(side).at("error").string()));
        }
        if (!problems.isEmpty()) text.append("\nWithout a number:\n\n");
        problems.forEach(problem -> text.append("- ").append(problem));
        return text.toString();
    }

    /// A row in a few words.
    static String line(Json row) {
        var text = new StringBuilder(format("  %s %s %d %s:", row.at("work").string(), row.at("model").string(), row.at("batch").integer(),
                row.at("format").string()));
        for (String side : List.of("ours", "eager", "compiled"))
            if (row.has(side))
                text.append(' ').append(side).append(' ').append(has(row, side)
                        ? time(row, side)
                        : "(" + row.at(side).at("error").string() + ")");
        return text.toString();
    }

    private static boolean has(Json row, String side) {
        return row.has(side) && row.at(side).has("seconds");
    }

    private static double median(Json row, String side) {
        return Ratio.median(row.at(side).at("seconds").numbers());
    }

    private static String time(Json row, String side) {
        if (!has(row, side)) return "";
        double ms = 1e3 * median(row, side);
        return format(ms >= 100 ? "%.0f" : ms >= 1 ? "%.2f" : "%.4f", ms);
    }

    private static String ratio(Json row, String side) {
        return has(row, "ours") && has(row, side) ? format("%.2f", median(row, "ours") / median(row, side)) : "";
    }

    private static String memory(Json row, String side) {
        if (!has(row, side)) return "";
        double bytes = row.at(side).at("peak").number();
        return bytes >= 1e9 ? format("%.2f GB", bytes / 1e9) : format("%.0f MB", bytes / 1e6);
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
