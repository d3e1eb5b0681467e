package dev.samovar.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import dev.samovar.core.io.JdkGuard;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;

/// The Java that runs this program, and its dangerous defects.
final class Jdk {
    private Jdk() {}

    /// Refuses a Java that would corrupt data, unless `override` is set.
    ///
    /// @throws Problem with what to do
    static void check(Runtime.Version version, Supplier<String> collector, boolean override) {
        String why = JdkGuard.sentence(version, collector);
        if (!why.isEmpty() && !override) throw Problem.environment(why.replace("with -XX", "with SAMOVAR_JAVA_OPTS=-XX"));
    }

    /// Whether objects have compact headers, which corrupted data, too (JDK-8380060).
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
