package dev.samovar.benchmarks;

import dev.samovar.benchmarks.gpu.GpuTable;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Measured rows, kept as JSON and shown as Markdown. No row is typed by hand.
final class Results {
    private static final String HEAD = """
            # What was measured

            Every row was written by a program (`compare` and `alone`, below); the raw times of every block are in `results.json`. What the words mean:

            - *time* is the median of the blocks, by the clock on the wall; *CPU* is what the process got of the cores. On a machine that others use, too, as the one below
              was (see *load*, the number of processes that wanted its cores before ours did), the second says more.
            - *A / B* is the median of the ratios of neighbouring blocks, in the order A B B A …, each side in a process of its own, and in brackets the interval that holds the true
              median in at least 95 of 100 cases (by the binomial distribution of ranks; with fewer than six pairs it is the smallest and the largest, in 75 of 100 cases with three). Below 1: A is faster.
            - *of the peak* refers to the most multiply-adds that the comparing process measured before and after the blocks, by independent chains in registers: operations in
              CPU time, so that it holds for each core. A fused multiply-add is two operations, padding of the last windows is not counted. Operations are those of the
              plain algorithm: Winograd's convolutions need a quarter of the multiplications, so a training of the CNN head may pass 100 %.
            - *allocated in a run*, which only a JVM tells: a row of Samovar's is refused where a kernel allocates more than 100 kB, an encoder 16 MB, a step of training 64 MB, of `pretrain` 100 MB, because vectors that have become objects make a loop ten times slower.
            - Both sides compute the same numbers from the same numbers; a row is refused where results differ by more than a thousandth of the largest (the losses of a
              training, after steps of Adam: by more than a twentieth).
            - The others' settings: **ONNX Runtime** as delivered but for the number of intra-op threads, the encoder exported by `./samovar export --onnx`; *PyTorch's export* is what
              `torch.onnx.export` makes of the reference's operators (`benchmarks/src/peers/python/encoder_to_onnx.py`, which wants a PyTorch and is run by hand). **libtorch** (with MKL and
              oneDNN) runs TorchScript programs of PyTorch's own operators, the graph optimizer off, in inference mode; its attention is
              `scaled_dot_product_attention` with the positions as a bias, computed within the time; a training step is one program with autograd and PyTorch's fused Adam.
              *Allocator tuned*: `GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184` and `THP_MEM_ALLOC_ENABLE=1`,
              without which it spends seconds in the kernel on fresh memory. **PyTorch** is Python's: the model of Hugging Face's transformers with `scaled_dot_product_attention`, autograd and
              PyTorch's fused optimizers, peft for LoRA; clicks are answered by operators of its own with whichever attention, fused or composed, and however many at a time (1, 8, 64) is fastest there;
              MobileSAM is the reference's operators, not compiled; *channels last* and *allocator tuned* say themselves what they are, *blocks computed again* is
              `torch.utils.checkpoint` around every block of the encoder (`benchmarks/src/peers/python/torch_worker.py`). **EJML** `CommonOps_FDRM.mult` (`_MT_` with more than one thread). **nibabel** reads by
              `get_fdata(dtype=float32)` and writes by `save`, in a Python that has it (`nibabel_worker.py`). Which Python it is, `SAMOVAR_PYTHON` says; else it is `python3`.
            - *train-medsam*, *train-lora* and *train-adapter* are a step through ViT-B's encoder: a picture of 1024 pixels, a box, the mask decoder learning, too. Samovar computes blocks of the encoder once more in
              the backward pass, as `train` does where memory is short; *nothing computed again* has up to 80 % of the machine's memory for its heap. *train-mini* is a step of `pretrain`: 4 pictures of 160 pixels, 4 things each, a first question
              and two corrections. *encode-batch* are four pictures, *encode-large* and *encode-huge* the encoders of ViT-L and ViT-H.
            - Samovar's JVM has the options that `./samovar` gives it, `--add-modules jdk.incubator.vector`, the serial collector, `-XX:+UseSerialGC`, and, from 2026-12-02 on, large pages where Linux offers them, `-XX:+UseTransparentHugePages`; *resident* is of the whole process.

            ```bash
            mvn -Ppeers -pl benchmarks -am package -DskipTests
            java --add-modules jdk.incubator.vector -jar benchmarks/target/benchmarks-peers.jar compare encode samovar onnxruntime 1 --record benchmarks/results.json
            ```

            """;

    private final Path file;
    private final Map<String, Json> rows = new LinkedHashMap<>();

    /// The rows in a file; empty if there is no such file.
    Results(Path file) {
        this.file = file;
        if (Files.exists(file)) Json.read(file).at("rows").list().forEach(this::put);
    }

    private void put(Json row) {
        rows.put(row.at("work").string() + " " + row.at("a").string() + " " + (row.has("b") ? row.at("b").string() : "") + " "
                + row.at("threads").integer() + " " + Machine.line(row.at("machine")), row);
    }

    /// Adds a row, or replaces the older one of the same work, and writes both files.
    void add(Json row) {
        put(row);
        AtomicFile.write(file, Json.object().with("rows", List.copyOf(rows.values())).pretty());
        AtomicFile.write(file.resolveSibling("RESULTS.md"), markdown());
    }

    /// Adds what was found on a GPU to `gpu-results.json`, and writes the page.
    void addGpu(Json found) {
        GpuTable.keep(found, gpuFile());
        AtomicFile.write(file.resolveSibling("RESULTS.md"), markdown());
    }

    private Path gpuFile() {
        return file.resolveSibling("gpu-results.json");
    }

    /// The page.
    String markdown() {
        var text = new StringBuilder(HEAD);
        Map<String, List<Json>> machines = new LinkedHashMap<>();
        rows.values().forEach(row -> machines.computeIfAbsent(Machine.line(row.at("machine")), _ -> new ArrayList<>()).add(row));
        machines.forEach((machine, all) -> {
            text.append("## ").append(machine).append(
                    "\n\n| work | threads | A | time | CPU | of the peak | B | time | CPU | of the peak | A / B, time | A / B, CPU | load |\n")
                    .append("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
            all.stream().filter(row -> row.has("b")).map(Results::compared).sorted().forEach(text::append);
            text.append(
                    "\n| work | threads | by itself | time | CPU | GFLOP/s of CPU time | of the peak | allocated in a run | resident at most | first result after | load |\n")
                    .append("|---|---|---|---|---|---|---|---|---|---|---|\n");
            for (Json row : all) {
                List<Json> sides = row.at("sides").list();
                text.append(alone(row, row.at("a"), sides.getFirst()));
                if (row.has("b")) text.append(alone(row, row.at("b"), sides.get(1)));
            }
            text.append('\n');
        });
        return text.append(GpuTable.section(gpuFile())).toString();
    }

    private static String compared(Json row) {
        Json a = row.at("sides").list().getFirst(), b = row.at("sides").list().get(1);
        return String.format(Locale.ROOT, "| %s | %d | %s | %s | %s | %s | %s |%n", row.at("work").string(), row.at("threads").integer(),
                times(row, row.at("a"), a),
                times(row, row.at("b"), b), Ratio.of(row.at("wall")), Ratio.of(row.at("cpu")), load(row));
    }

    private static String times(Json row, Json name, Json side) {
        return title(name, side) + " | " + time(median(side, "wall")) + " | " + time(median(side, "cpu")) + " | " + share(row, side);
    }

    private static String title(Json name, Json side) {
        return side.has("title") ? side.at("title").string() : Engine.of(name.string()).title();
    }

    private static String alone(Json row, Json name, Json side) {
        double operations = row.at("operations").number();
        return String.format(Locale.ROOT, "| %s | %d | %s | %s | %s | %s | %s | %s | %s | %.1f s | %s |%n", row.at("work").string(),
                row.at("threads").integer(), title(name, side), time(median(side, "wall")), time(median(side, "cpu")),
                operations == 0 ? "" : String.format(Locale.ROOT, "%.1f", operations / median(side, "cpu") / 1e9), share(row, side),
                side.at("allocated").number() < 0 ? "" : bytes(side.at("allocated").number()), bytes(side.at("resident").number()),
                side.at("first").number(), load(row));
    }

    /// The work per second of CPU time, as a share of a core's peak.
    static String share(Json row, Json side) {
        double operations = row.at("operations").number();
        return operations == 0
                ? ""
                : Math.round(100 * operations / median(side, "cpu") / (row.at("peak").number() / row.at("threads").integer())) + " %";
    }

    private static String load(Json row) {
        return String.format(Locale.ROOT, "%.1f", row.at("load").number());
    }

    static double median(Json side, String which) {
        return Ratio.median(side.at(which).numbers());
    }

    /// Seconds with a fitting unit.
    static String time(double seconds) {
        return seconds >= 1 ? rounded(2, seconds) + " s" : rounded(seconds >= 1e-3 ? 2 : 3, seconds * 1e3) + " ms";
    }

    static String bytes(double n) {
        return n >= 1e9 ? rounded(2, n / 1e9) + " GB" : n >= 1e6 ? rounded(1, n / 1e6) + " MB" : rounded(0, n / 1e3) + " kB";
    }

    private static String rounded(int digits, double x) {
        return String.format(Locale.ROOT, "%." + digits + "f", x);
    }
}
