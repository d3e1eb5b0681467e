package dev.samovar.core.io;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryManagerMXBean;
import java.util.List;
import java.util.function.Supplier;

/// Refuses a Java that would corrupt data. Every reader of files asks it first.
///
/// Up to 25.0.2, the G1 collector may move an array while native code holds it, as `Inflater` does, and corrupt what is read from compressed files (JDK-8377811).
public final class JdkGuard {
    /// The environment variable that lets a refused JDK run.
    public static final String OVERRIDE = "SAMOVAR_UNSAFE_JDK";

    private JdkGuard() {}

    private static final class Verdict {
        static final String HERE = System.getenv(OVERRIDE) == null ? sentence(Runtime.version(), JdkGuard::collector) : "";
    }

    /// The garbage collector, as its authors call it.
    public static String collector() {
        List<String> beans = ManagementFactory.getGarbageCollectorMXBeans().stream().map(MemoryManagerMXBean::getName).toList();
        for (String name : List.of("G1", "ZGC", "Shenandoah", "Epsilon")) if (beans.stream().anyMatch(b -> b.startsWith(name))) return name;
        if (beans.stream().anyMatch(b -> b.startsWith("PS "))) return "Parallel";
        if (beans.contains("MarkSweepCompact")) return "Serial";
        return String.join(", ", beans);
    }

    /// Whether a Java with this collector corrupts data.
    ///
    /// @param collector asked only if it matters: the answer of [#collector] takes 30 ms the first time
    public static boolean corrupts(Runtime.Version version, Supplier<String> collector) {
        return version.feature() == 25 && version.interim() == 0 && version.update() < 3 && collector.get().equals("G1");
    }

    /// Why a Java is refused, and what to do; empty if it is not.
    public static String sentence(Runtime.Version version, Supplier<String> collector) {
        return corrupts(version, collector)
                ? "Java " + version
                        + " with the G1 collector can silently corrupt what it reads (JDK-8377811); take 25.0.3 or newer, or another collector with -XX:+UseParallelGC, "
                        + "or run the risk with " + OVERRIDE + "=1 in the environment"
                : "";
    }

    /// Makes sure that this Java can be trusted with files.
    ///
    /// @throws IllegalStateException with what to do
    public static void check() {
        if (!Verdict.HERE.isEmpty()) throw new IllegalStateException(Verdict.HERE);
    }
}
