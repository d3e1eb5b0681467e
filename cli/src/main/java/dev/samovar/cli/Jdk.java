package dev.samovar.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryManagerMXBean;
import java.util.List;

/// The Java that runs this, and what there is to beware of.
final class Jdk {
    /// The variable of the environment that lets a refused JDK run.
    static final String OVERRIDE = "SAMOVAR_UNSAFE_JDK";

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private Jdk() {}

    /// Whether the JVM was started with the module of the Vector API.
    static boolean hasVectors() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    }

    /// The garbage collector, as its authors call it.
    static String collector() {
        List<String> beans = ManagementFactory.getGarbageCollectorMXBeans().stream().map(MemoryManagerMXBean::getName).toList();
        for (String name : List.of("G1", "ZGC", "Shenandoah", "Epsilon")) if (beans.stream().anyMatch(b -> b.startsWith(name))) return name;
        if (beans.stream().anyMatch(b -> b.startsWith("PS "))) return "Parallel";
        if (beans.contains("MarkSweepCompact")) return "Serial";
        return String.join(", ", beans);
    }

    /// Whether JDK-8377811 applies: up to 25.0.2, G1 may move an array while native code holds it, as `Inflater` does, and corrupt what is
    /// read from compressed files. Fixed in 25.0.3.
    static boolean corrupts(Runtime.Version version, String collector) {
        return version.feature() == 25 && version.interim() == 0 && version.update() < 3 && collector.equals("G1");
    }

    /// Refuses a Java that would corrupt data, unless `override` is set.
    ///
    /// @throws Problem with what to do
    static void check(Runtime.Version version, String collector, boolean override) {
        if (!corrupts(version, collector) || override) return;
        throw Problem.environment("Java " + version
                + " with the G1 collector can silently corrupt what it reads (JDK-8377811); take 25.0.3 or "
                + "newer, or another collector with SAMOVAR_JAVA_OPTS=-XX:+UseParallelGC, or run the risk with " + OVERRIDE + "=1");
    }

    /// Whether objects have compact headers, with which data were corrupted too (JDK-8380060).
    static boolean hasCompactHeaders() {
        try {
            return Boolean.parseBoolean(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .getVMOption("UseCompactObjectHeaders").getValue());
        } catch (IllegalArgumentException | UnsupportedOperationException _) {
            return false;                                                          // a JVM without such an option
        }
    }

    /// The memory of the machine, or of the container, in bytes.
    static long physicalMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
