package dev.samovar.benchmarks;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Who may take part in a comparison, and how its process is started.
///
/// @param name what it is called on the command line
/// @param title what it is called in a table
/// @param peer whether it is one of the others, which only a build with `-Ppeers` has, or a Python with what it needs
/// @param options options of its JVM
/// @param environment what is set in its environment
public record Side(String name, String title, boolean peer, List<String> options, Map<String, String> environment) {
    private static final List<String> SCALAR = List.of("-XX:+UseSerialGC"), VECTORS = List.of("--add-modules=jdk.incubator.vector",
            "-XX:+UseSerialGC");                                                   // as the launcher starts it
    private static final String WIDTH = "-Dsamovar.vector.bits=";
    private static final String NIBABEL = "nibabel";
    private static final List<String> DJL = List.of("--enable-native-access=ALL-UNNAMED", "-Dai.djl.offline=true");

    /// All of them.
    public static final List<Side> ALL = List.of(
            new Side("samovar", "Samovar", false, VECTORS, Map.of()),
            new Side("samovar-128", "Samovar, 128 bits", false, vectors(128), Map.of()),
            new Side("samovar-256", "Samovar, 256 bits", false, vectors(256), Map.of()),
            new Side("scalar", "Samovar, scalar", false, SCALAR, Map.of()),
            new Side("onnxruntime", "ONNX Runtime 1.29.0", true, List.of("--enable-native-access=ALL-UNNAMED"), Map.of()),
            new Side("onnxruntime-torch", "ONNX Runtime 1.29.0, PyTorch's export", true, List.of("--enable-native-access=ALL-UNNAMED"), Map
                    .of()),
            new Side("libtorch", "libtorch 2.7.1", true, DJL, Map.of()),
            new Side("libtorch-tuned", "libtorch 2.7.1, allocator tuned", true, DJL, Map.of("GLIBC_TUNABLES",
                    "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184",
                    "THP_MEM_ALLOC_ENABLE", "1")),
            new Side("ejml", "EJML 0.46.1", true, List.of(), Map.of()),
            new Side(NIBABEL, NIBABEL, true, List.of(), Map.of()));

    private static List<String> vectors(int bits) {
        return Stream.concat(VECTORS.stream(), Stream.of(WIDTH + bits)).toList();
    }

    /// The one of this name.
    public static Side of(String name) {
        return ALL.stream().filter(side -> side.name.equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "there is no side " + name + ": they are " + String.join(", ", ALL.stream().map(Side::name).toList())));
    }

    /// Whether it is Samovar with vectors.
    boolean vectors() {
        return !peer && options.contains(VECTORS.getFirst());
    }

    /// How much of the peak of vectors of `bits` this side's own vectors can reach.
    double share(int bits) {
        for (String option : options) {
            if (option.startsWith(WIDTH)) return Double.parseDouble(option.substring(WIDTH.length())) / bits;
        }
        return 1;
    }

    /// Where the others' jars lie: beside ours.
    static Path peers() {
        Path jar = Path.of(System.getProperty("java.class.path").split(File.pathSeparator, 2)[0]).toAbsolutePath();
        return Path.of(System.getProperty("samovar.bench.peers", jar.resolveSibling("peers").toString()));
    }

    /// Whether it can take part.
    public boolean present() {
        if (name.equals(NIBABEL)) return Python.of(NIBABEL).isPresent();
        return !peer || (Files.isDirectory(peers()) && Side.class.getResource("peers/PeerWorker.class") != null);
    }

    /// What it is called in a table, with the version that is here.
    String titleHere() {
        return title + (name.equals(NIBABEL) ? Python.version(NIBABEL) : "");
    }

    /// What to do where it cannot.
    String howToGetIt() {
        return name.equals(NIBABEL)
                ? "neither python3 nor /usr/bin/python3 imports it (on Debian: apt install python3-nibabel)"
                : "build with -Ppeers";
    }

    /// The process that does a piece of work.
    ProcessBuilder process(String work, int threads, Path result) {
        if (name.equals(NIBABEL)) return Python.process(name, work, threads, result);
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.add("-Dsamovar.bench.folder=" + Numbers.folder());
        String classPath = System.getProperty("java.class.path");
        command.addAll(peer
                ? List.of("-cp", classPath + File.pathSeparator + peers().resolve("*"), "dev.samovar.benchmarks.peers.PeerWorker")
                : List.of("-cp", classPath, Worker.class.getName()));
        command.addAll(List.of(name, work, Integer.toString(threads), result.toString()));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(result.resolveSibling(name + ".log")
                .toFile()));
        builder.environment().putAll(environment);
        builder.environment().put("DJL_CACHE_DIR", Numbers.folder().resolve("djl").toString());
        return builder;
    }
}
