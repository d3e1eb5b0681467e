package dev.samovar.cli;

import dev.samovar.core.io.JdkGuard;
import dev.samovar.core.io.Json;
import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Cuda;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `doctor`: describes this machine and its Java.
@Command(name = "doctor", sortOptions = false,
        customSynopsis = "samovar doctor [--json] [--cache DIR] [--threads N] [--device cpu|cuda[:N]|auto] [--require-backend vector|scalar|cuda]",
        description = "Says what a run finds on this machine: Java and its known defects, vectors and their speed, kernels, threads, memory, caches.")
final class DoctorCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Mixin
    private Compute compute = new Compute();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--cache", paramLabel = "DIR", defaultValue = "samovar-cache",
            description = "The folder with the cached embeddings (default: ${DEFAULT-VALUE}).")
    private Path cache;

    @Override
    public Integer call() {
        String kernels = compute.kernels(compute.choose());
        boolean corrupts = JdkGuard.corrupts(Runtime.version(), JdkGuard::collector);
        Facts facts = new Facts();
        facts.add("samovar", Main.version());
        addJava(facts, defects(corrupts));
        addVectors(facts);
        if (Device.whyNoVectors().isEmpty()) LoopTrial.addTo(facts);
        facts.add("kernels", kernels + " (" + compute.reason() + ")", Json.object().with("name", kernels).with("reason", compute.reason()));
        addGpus(facts);
        addMachine(facts);
        addCache(facts);
        main.console().result(json ? facts.json().pretty() : facts.text());
        return corrupts ? Exit.ENVIRONMENT : Exit.OK;
    }

    /// The defects of this Java that can corrupt data, each with its remedy.
    private static List<String> defects(boolean corrupts) {
        List<String> defects = new ArrayList<>();
        if (corrupts) defects.add("JDK-8377811: data can be corrupted silently while it is read; use Java 25.0.3 or newer");
        if (Jdk.hasCompactHeaders()) defects.add("JDK-8380060: compact headers can corrupt data; leave out -XX:+UseCompactObjectHeaders");
        return defects;
    }

    private static void addJava(Facts facts, List<String> defects) {
        String version = Runtime.version().toString(), vendor = property("java.vm.vendor"), home = property("java.home");
        facts.add("java", version + ", " + vendor + ", " + home,
                Json.object().with("version", version).with("vendor", vendor).with("home", home));
        facts.add("collector", JdkGuard.collector());
        facts.add("defects", defects.isEmpty() ? "neither JDK-8377811 nor JDK-8380060, which corrupt data" : String.join("\n", defects), defects);
    }

    private static void addVectors(Facts facts) {
        String none = Device.whyNoVectors();
        if (!none.isEmpty()) {
            facts.add("vectors", "none: " + none,
                    Json.object().with("used", false).with("reason", none).with("bits", 0).with("lanes", 0));
            return;
        }
        int widest = VectorProbe.bits(), asked = Device.vectorBits(), bits = asked == 0 ? widest : asked;
        String why = asked == 0
                ? "the widest of this processor; -Dsamovar.vector.bits=… in SAMOVAR_JAVA_OPTS chooses 512, 256 or 128; compare the tiles below"
                : "asked for with -Dsamovar.vector.bits; the widest of this processor have " + widest;
        if (bits > widest) why += ": it has none that wide, so everything will take many times as long";
        facts.add("vectors", bits + " bits, " + bits / 32 + " floats: " + why,
                Json.object().with("used", true).with("bits", bits).with("lanes", bits / 32).with("widest", widest).with("asked", asked));
    }

    private static void addGpus(Facts facts) {
        String absent = Cuda.whyNot();
        if (absent != null) {
            facts.add("gpu", "none: " + absent, Json.object().with("reason", absent));
            return;
        }
        List<String> lines = new ArrayList<>();
        List<Json> list = new ArrayList<>();
        int driver = Cuda.driverVersion();
        String kernels = Cuda.kernels(), libraries = String.join("; ", Cuda.libraries());
        for (Cuda.Gpu gpu : Cuda.gpus()) {
            lines.add("cuda:" + gpu.index() + ", " + gpu.name() + ", " + Sizes.bytes(gpu.bytes()) + ", compute capability " + gpu.capability() / 10
                    + "." + gpu.capability() % 10 + ", driver for CUDA " + driver / 1000 + "." + driver % 1000 / 10
                    + "; kernels: " + kernels + "; " + libraries);
            list.add(Json.object().with("index", gpu.index()).with("name", gpu.name()).with("bytes", gpu.bytes()).with("capability", gpu.capability())
                    .with("driver", driver).with("kernels", kernels).with("libraries", libraries));
        }
        facts.add("gpu", String.join("\n", lines), Json.object().with("gpus", list));
    }

    private void addMachine(Facts facts) {
        int cores = Runtime.getRuntime().availableProcessors();
        long heap = Runtime.getRuntime().maxMemory(), physical = Jdk.physicalMemory();
        facts.add("threads", compute.threads() + " on " + cores + (cores == 1 ? " core" : " cores"), compute.threads());
        facts.add("heap", "at most " + Sizes.bytes(heap) + " (SAMOVAR_JAVA_OPTS=-Xmx… changes it)", heap);
        facts.add("memory", Sizes.bytes(physical), physical);
        facts.add("system", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
        facts.add("processor", processor());
    }

    private void addCache(Facts facts) {
        Path folder = cache.toAbsolutePath().normalize();
        long files = 0, bytes = 0;
        if (Files.exists(folder) && !Files.isDirectory(folder)) throw Problem.input(cache + " is a file; the name of a folder is needed");
        if (Files.isDirectory(folder)) {
            try (Stream<Path> inside = Files.walk(folder)) {
                for (Path file : inside.filter(Files::isRegularFile).toList()) {
                    files++;
                    bytes += Files.size(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        facts.add("cache", folder + (files == 0 ? ": nothing yet" : ": " + Sizes.bytes(bytes) + " in " + files + " files"), Json.object()
                .with("folder", folder.toString()).with("files", files).with("bytes", bytes));
    }

    /// Linux's name of the processor; on other systems only the architecture is known, which is shown as part of the system.
    private static String processor() {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) return "unknown";
        try (Stream<String> lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name")).findFirst().map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("unknown");
        } catch (IOException | UncheckedIOException _) {
            return "unknown";
        }
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }
}
