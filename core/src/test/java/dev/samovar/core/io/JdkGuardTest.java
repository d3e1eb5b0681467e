package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JdkGuardTest {
    @ParameterizedTest
    @CsvSource({"25,G1,true", "25+36,G1,true", "25-ea,G1,true", "25.0.1+8,G1,true", "25.0.2,G1,true", "25.0.2,Parallel,false",
        "25.0.2,ZGC,false", "25.0.3,G1,false", "25.0.3+9-LTS,G1,false", "25.0.10,G1,false", "25.1,G1,false", "24.0.2,G1,false", "26,G1,false"})
    void javaThatCorruptsDataIsKnown(String version, String collector, boolean corrupts) {
        Runtime.Version java = Runtime.Version.parse(version);
        assertEquals(corrupts, JdkGuard.corrupts(java, () -> collector));
        assertEquals(corrupts,
                JdkGuard.sentence(java, () -> collector).startsWith("Java " + version + " with the G1 collector can silently corrupt"));
        assertEquals(!corrupts, JdkGuard.sentence(java, () -> collector).isEmpty());
    }

    /// The guard goes by the names of the collectors' beans; the JVM's own options are asked here.
    @Test
    void theCollectorIsTheOneInUse() {
        assertTrue(JdkGuard.collector().matches("G1|Serial|Parallel|ZGC|Shenandoah"), JdkGuard.collector());
        String option = "Use" + (JdkGuard.collector().equals("ZGC") ? "Z" : JdkGuard.collector()) + "GC";
        assertEquals("true", ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).getVMOption(option).getValue(), option);
    }
}
