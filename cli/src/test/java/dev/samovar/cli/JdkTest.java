package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.JdkGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JdkTest {
    @ParameterizedTest
    @CsvSource({"25,G1,true", "25+36,G1,true", "25-ea,G1,true", "25.0.1+8,G1,true", "25.0.2,G1,true", "25.0.2,Parallel,false",
        "25.0.2,ZGC,false", "25.0.3,G1,false", "25.0.3+9-LTS,G1,false", "25.0.10,G1,false", "25.1,G1,false", "26,G1,false"})
    void javaThatCorruptsDataIsKnown(String version, String collector, boolean corrupts) {
        assertEquals(corrupts, JdkGuard.corrupts(Runtime.Version.parse(version), collector));
    }

    @Test
    void javaThatCorruptsDataIsRefusedWithWhatToDo() {
        Runtime.Version bad = Runtime.Version.parse("25.0.1");
        Problem problem = assertThrows(Problem.class, () -> Jdk.check(bad, "G1", false));
        assertEquals(3, problem.exit());
        for (String words : new String[]{"25.0.1", "JDK-8377811", "25.0.3", "-XX:+UseParallelGC", "SAMOVAR_UNSAFE_JDK=1"})
            assertTrue(String.valueOf(problem.getMessage()).contains(words), problem.getMessage());
        assertDoesNotThrow(() -> Jdk.check(bad, "G1", true));
        assertDoesNotThrow(() -> Jdk.check(bad, "Serial", false));
        assertDoesNotThrow(() -> Jdk.check(Runtime.version(), JdkGuard.collector(), false));
    }

    @Test
    void thisJavaIsDescribed() {
        assertTrue(Jdk.physicalMemory() > 0);
        assertTrue(Jdk.hasVectors());
        assertTrue(JdkGuard.collector().matches("G1|Serial|Parallel|ZGC|Shenandoah"), JdkGuard.collector());
    }
}
