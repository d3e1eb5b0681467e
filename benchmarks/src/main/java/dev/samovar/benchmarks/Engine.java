package dev.samovar.benchmarks;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// An engine that may take part in a comparison, and how its process is started.
///
/// @param name its name on the command line
/// @param title its name in a table
/// @param peer whether it is another program than Samovar, which needs a build with `-Ppeers`, or a Python with its packages
/// @param options options of its JVM
/// @param environment the variables that are set in its environment
/// @param python what it needs of Python, if it is a Python program; else empty
public record Engine(String name, String title, boolean peer, List<String> options, Map<String, String> environment, String python) {
    private static final List<String> SCALAR = asTheLauncher(), VECTORS = and(List.of("--add-modules=jdk.incubator.vector"), SCALAR);
    private static final String WIDTH = "-Dsamovar.vector.bits=";
    private static final List<String> DJL = List.of("--enable-native-access=ALL-UNNAMED", "-Dai.djl.offline=true"),
            KEPT = List.of("-Dsamovar.bench.kept=true", "-XX:MaxRAMPercentage=80"), SINGLY = List.of("-Dsamovar.bench.singly=true");
    private static final Map<String, String> TUNED = Map.of("GLIBC_TUNABLES",
            "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184",
            "THP_MEM_ALLOC_ENABLE", "1");

    /// All of them.
    public static final List<Engine> ALL = List.of(
            java("samovar", "Samovar", false, VECTORS, Map.of()),
            java("samovar-128", "Samovar, 128 bits", false, vectors(128), Map.of()),
            java("samovar-256", "Samovar, 256 bits", false, vectors(256), Map.of()),
            java("samovar-kept", "Samovar, nothing computed again", false, and(VECTORS, KEPT), Map.of()),
            java("samovar-singly", "Samovar, picture by picture", false, and(VECTORS, SINGLY), Map.of()),
            java("scalar", "Samovar, scalar", false, SCALAR, Map.of()),
            java("onnxruntime", "ONNX Runtime 1.29.0", true, List.of("--enable-native-access=ALL-UNNAMED"), Map.of()),
            java("onnxruntime-torch", "ONNX Runtime 1.29.0, PyTorch's export", true, List.of("--enable-native-access=ALL-UNNAMED"), Map.of()),
            java("libtorch", "libtorch 2.7.1", true, DJL, Map.of()),
            java("libtorch-tuned", "libtorch 2.7.1, allocator tuned", true, DJL, TUNED),
            java("ejml", "EJML 0.46.1", true, List.of(), Map.of()),
            pytorch("pytorch", "", Map.of()),
            pytorch("pytorch-tuned", ", allocator tuned", TUNED),
            pytorch("pytorch-channels-last", ", channels last, allocator tuned", TUNED),
            pytorch("pytorch-recompute", ", blocks computed again", Map.of()),
            pytorch("pytorch-recompute-tuned", ", blocks computed again, allocator tuned", TUNED),
            new Engine("nibabel", "nibabel %s", true, List.of(), Map.of(), Python.NIBABEL));

    private static Engine java(String name, String title, boolean peer, List<String> options, Map<String, String> environment) {
        return new Engine(name, title, peer, options, environment, "");
    }

    private static Engine pytorch(String name, String how, Map<String, String> environment) {
        return new Engine(name, "PyTorch %s" + how, true, List.of(), environment, Python.PYTORCH);
    }

    /// The options that the launcher gives every JVM; large pages, if it has given them to this one.
    private static List<String> asTheLauncher() {
        Stream<String> pages = ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter("-XX:+UseTransparentHugePages"::equals);
        return Stream.concat(Stream.of("-XX:+UseSerialGC"), pages).toList();
    }

    private static List<String> and(List<String> options, List<String> more) {
        return Stream.concat(options.stream(), more.stream()).toList();
    }

    private static List<String> vectors(int bits) {
        return and(VECTORS, List.of(WIDTH + bits));
    }

    /// The engine with this name.
    public static Engine of(String name) {
        return ALL.stream().filter(engine -> engine.name.equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "there is no engine " + name + ": they are " + String.join(", ", ALL.stream().map(Engine::name).toList())));
    }

    /// Whether it is Samovar with vectors.
    boolean vectors() {
        return !peer && options.contains(VECTORS.getFirst());
    }

    /// The share of the peak of `bits`-wide vectors that its own vectors can reach.
    double share(int bits) {
        for (String option : options) {
            if (option.startsWith(WIDTH)) return Double.parseDouble(option.substring(WIDTH.length())) / bits;
        }
        return 1;
    }

    /// The folder of the other engines' jars, beside ours.
    static Path peers() {
        Path jar = Path.of(System.getProperty("java.class.path").split(File.pathSeparator, 2)[0]).toAbsolutePath();
        return Path.of(System.getProperty("samovar.bench.peers", jar.resolveSibling("peers").toString()));
    }

    /// Whether it can take part.
    public boolean present() {
        if (!python.isEmpty()) return Python.isWhole(python) && Python.of(python).isPresent();
        return !peer || (Files.isDirectory(peers()) && Engine.class.getResource("peers/PeerWorker.class") != null);
    }

    /// Its name in a table, with the version that is installed here.
    String titleHere() {
        String version = Python.version(python);
        return title.replace(" %s", version.isEmpty() ? "" : " " + version);
    }

    /// What to do if it cannot.
    String howToGetIt() {
        return python.isEmpty() ? "build with -Ppeers" : Python.howToGetIt(python);
    }

    /// The process that does a piece of work.
    ProcessBuilder process(String work, int threads, Path result) {
        ProcessBuilder builder = python.isEmpty()
                ? new ProcessBuilder(command(work, threads, result))
                : Python.process(this, work, threads, result, Sizes.FULL);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(result.resolveSibling(name + ".log").toFile()));
        builder.environment().putAll(environment);
        builder.environment().put("DJL_CACHE_DIR", Numbers.folder().resolve("djl").toString());
        return builder;
    }

    private List<String> command(String work, int threads, Path result) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.add("-Dsamovar.bench.folder=" + Numbers.folder());
        String classPath = System.getProperty("java.class.path");
        command.addAll(peer
                ? List.of("-cp", classPath + File.pathSeparator + peers().resolve("*"), "dev.samovar.benchmarks.peers.PeerWorker")
                : List.of("-cp", classPath, Worker.class.getName()));
        command.addAll(List.of(name, work, Integer.toString(threads), result.toString()));
        return command;
    }
}
