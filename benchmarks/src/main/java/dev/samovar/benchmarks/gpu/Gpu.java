package dev.samovar.benchmarks.gpu;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The program that `benchmarks/gpu/run` starts: it checks Samovar on the GPU of this machine, times it beside PyTorch, the most important rows
/// first, prints a table and writes JSON.
///
/// Each group of checks and each side of the table runs in its own process, so that a kernel that crashes one does not stop the others.
public final class Gpu {
    /// Before the findings of a process of checks, in its last line.
    static final String MARK = "#checks ";

    private static final String KERNELS = "dev.samovar.cuda.CudaKernelsTest$", HERE = Gpu.class.getPackageName() + ".";
    private static final double MINUTES = 9;
    private static final long PATIENCE = 240, GRACE = 45;                          // seconds for an answer: at most, and for one asked for last

    /// Classes of tests that share a process.
    private record Group(String name, List<String> classes) {}

    private static final List<Group> FIRST = List.of(new Group("kernels, float32", List.of(KERNELS + "InFloat32")),
            new Group("models and training", List.of("dev.samovar.cuda.CudaEncoderBlockTest", HERE + "ModelsOnAGpu", HERE + "FullSizeOnAGpu")));
    private static final List<Group> REST = List.of(new Group("kernels, TF32", List.of(KERNELS + "InTf32")),
            new Group("kernels, BF16", List.of(KERNELS + "InBf16")), new Group("memory", List.of(HERE + "MemoryOnAGpu")));

    private static final String HELP = """
            benchmarks/gpu/run [OPTIONS]      checks Samovar on this machine's GPU and times it beside PyTorch

              --quick          the first checks, and one picture through the encoder
              --checks         all checks, no times
              --times          no checks
              --minutes N      rows that have not begun by then are left out (9); checks are not
              --json FILE      where the findings go (gpu.json)
              --tiny           a tiny model instead of ViT-B and ViT-H, to try this out, say by emulation

            PYTHON names a Python with PyTorch if it is not python3. The exit code is 0 if all checks passed, 1 if one failed, 2 if the command is wrong, and 3 if there is no GPU.
            In a checkout it first packs what it needs into benchmarks/target/samovar-gpu: that folder, or samovar-gpu.tar.gz beside it, may be carried to a machine that has a driver, Python and PyTorch,
            but neither Java nor a network, and `run` in it does the same there. What it found becomes part of RESULTS.md by

              java --add-modules jdk.incubator.vector -jar benchmarks/target/benchmarks.jar gpu gpu.json --record benchmarks/results.json
            """;

    private final boolean tiny;
    private final double minutes;
    private final Path file;
    private final long start = System.nanoTime();
    private final PeerProcess ours = new PeerProcess(java(GpuWorker.class.getName())), peer;
    private final List<Json> checks = new ArrayList<>();
    private final Map<Row, Json> rows = new LinkedHashMap<>();
    private final List<String> leftOut = new ArrayList<>();
    private Json machine = Json.object();
    private boolean torch;

    private Gpu(List<String> words) {
        tiny = words.contains("--tiny");
        String time = option(words, "--minutes"), json = option(words, "--json");
        minutes = time == null ? MINUTES : Double.parseDouble(time);
        file = Path.of(json == null ? "gpu.json" : json);
        Path home = Path.of(System.getProperty("samovar.gpu.home", "."));
        peer = new PeerProcess(List.of(Objects.requireNonNullElse(System.getenv("PYTHON"), "python3"), "-u", home.resolve("peer.py").toString()));
    }

    private static @Nullable String option(List<String> words, String name) {
        int at = words.indexOf(name);
        return at < 0 ? null : words.get(at + 1);
    }

    public static void main(String[] args) throws IOException {
        List<String> words = List.of(args), known = List.of("--quick", "--checks", "--times", "--tiny");
        for (int i = 0; i < words.size(); i++) {
            if (known.contains(words.get(i))) continue;
            boolean valued = List.of("--minutes", "--json").contains(words.get(i)) && i + 1 < words.size();
            if (valued) i++;
            else {
                IO.println(HELP);
                System.exit(words.get(i).equals("--help") ? 0 : 2);
            }
        }
        var gpu = new Gpu(words);
        System.exit(gpu.run(words.contains("--quick"), !words.contains("--times"), !words.contains("--checks")));
    }

    private int run(boolean quick, boolean check, boolean time) throws IOException {
        Json found = ours.ask("machine", PATIENCE);
        if (found.has("error")) {
            IO.println("Nothing can be checked or timed here: " + found.at("error").string());
            return 3;
        }
        describe(found);
        if (check) check(FIRST);
        if (time) {
            meetPeer();
            IO.println("\ntimes in ms: Samovar, PyTorch");
            List<Row> first = Row.first(tiny);
            for (Row row : quick ? first.subList(0, 3) : first) inTurns(row);
        }
        if (check && !quick) check(REST);
        if (time && !quick) {
            List<Row> first = Row.first(tiny), second = Row.second(tiny);      // products are a library's, whatever compiles the rest
            second.forEach(this::inTurns);
            first.forEach(this::compiled);
            Row.products(tiny).forEach(this::inTurns);
            second.forEach(this::compiled);
        }
        ours.close();
        peer.close();
        if (time) IO.println("\n" + GpuTable.rows(found()));
        if (!leftOut.isEmpty()) IO.println("Left out, because the time was up: " + String.join(", ", leftOut));
        save();
        long failed = checks.stream().mapToLong(c -> c.at("failures").list().size()).sum();
        if (check) IO.println(failed == 0 ? "All checks passed." : failed + " checks failed.");
        say("%.0f s in all; the findings are in %s%n", seconds(), file);
        return failed == 0 ? 0 : 1;
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    // ---- the machine

    private void describe(Json gpu) {
        machine = Json.object().with("gpu", gpu.at("gpu").string()).with("bytes", gpu.at("bytes").whole())
                .with("capability", gpu.at("capability").integer()).with("cuda", gpu.at("cuda").integer());
        String[] driver = output("nvidia-smi", "--query-gpu=driver_version,power.limit,clocks.max.sm", "--format=csv,noheader").split(",", -1);
        if (driver.length == 3)
            machine = machine.with("driver", driver[0].strip()).with("power", driver[1].strip()).with("clock", driver[2].strip());
        machine = machine.with("cores", Runtime.getRuntime().availableProcessors()).with("system", System.getProperty("os.name") + " "
                + System.getProperty("os.version")).with("jdk", System.getProperty("java.runtime.version"))
                .with("samovar", System.getProperty("samovar.gpu.version", "unknown"));
        IO.println(machine);
        save();
    }

    private void meetPeer() {
        Json answer = peer.ask("machine", PATIENCE);
        torch = !answer.has("error");
        if (torch) machine = machine.with("torch", answer.at("torch").string()).with("python", answer.at("python").string());
        IO.println(torch ? "PyTorch " + answer : "PyTorch's columns are left out: " + answer.at("error").string());
    }

    private static String output(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                String line = out.readLine();
                return line == null ? "" : line;
            }
        } catch (IOException _) {
            return "";                                                             // then it is not known
        }
    }

    // ---- checks

    private void check(List<Group> groups) throws IOException {
        for (Group group : groups) {
            IO.println("\nchecks: " + group.name);
            long began = System.nanoTime();
            List<String> command = java(HERE + "GpuChecks");
            command.addAll(group.classes);
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            Json result = null;
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line; (line = out.readLine()) != null;) {
                    if (line.startsWith(MARK)) result = Json.parse(line.substring(MARK.length()), group.name);
                    else if (!line.startsWith("WARNING: Using incubator")) IO.println(line);
                }
            }
            if (result == null)
                result = Json.object().with("passed", 0).with("skipped", List.of()).with("facts", Json.object()).with("failures",
                        List.of(Json.object().with("test", group.name).with("why", "the process ended before it was done")));
            double took = (System.nanoTime() - began) / 1e9;
            checks.add(Json.object().with("name", group.name).with("time", took).with("passed", result.at("passed").integer())
                    .with("failures", result.at("failures").list()).with("skipped", result.at("skipped").list()).with("facts", result.at("facts")));
            say("%d passed, %d failed, %d skipped, in %.0f s%n", result.at("passed").integer(), result.at("failures").list().size(),
                    result.at("skipped").list().size(), took);
            save();
        }
    }

    // ---- times

    /// Both sides: A B B A.
    private void inTurns(Row row) {
        if (late(row.toString())) return;
        Json a = ours.ask(row + " ours", patience());
        if (torch) {
            Json b = peer.ask(row + " eager", patience());
            if (!b.has("error")) b = both(b, peer.ask(row + " eager", patience()));
            rows.put(row, row.json().with("eager", b));
        }
        if (!a.has("error")) a = both(a, ours.ask(row + " ours", patience()));
        keep(row, "ours", a);
    }

    private void compiled(Row row) {
        if (torch && !late(row + " compiled")) keep(row, "compiled", peer.ask(row + " compiled", patience()));
    }

    private boolean late(String row) {
        boolean late = seconds() > 60 * minutes;
        if (late) leftOut.add(row);
        return late;
    }

    /// Seconds to wait for a row that has begun in time.
    private long patience() {
        return Math.clamp((long) (60 * minutes - seconds()) + GRACE, GRACE, PATIENCE);
    }

    private static Json both(Json one, Json other) {
        if (other.has("error")) return other;
        List<Object> seconds = new ArrayList<>(one.at("seconds").list());
        seconds.addAll(other.at("seconds").list());
        return Json.object().with("seconds", seconds).with("peak", Math.max(one.at("peak").number(), other.at("peak").number()));
    }

    private void keep(Row row, String side, Json answer) {
        Json all = rows.getOrDefault(row, row.json()).with(side, answer);
        rows.put(row, all);
        IO.println(GpuTable.line(all));
        save();
    }

    // ---- findings

    private Json found() {
        return Json.object().with("machine", machine).with("checks", checks).with("rows", List.copyOf(rows.values())).with("left out", leftOut);
    }

    private void save() {
        AtomicFile.write(file, found().pretty());
    }

    /// The command for another program of ours, in a JVM with the options of this one.
    private static List<String> java(String program) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program));
        return command;
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static void say(String format, Object... arguments) {
        IO.print(String.format(Locale.ROOT, format, arguments));
    }
}
