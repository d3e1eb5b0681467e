package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.JdkGuard;
import org.junit.jupiter.api.Test;

class JdkTest {
    @Test
    void javaThatCorruptsDataIsRefusedWithWhatToDo() {
        Runtime.Version bad = Runtime.Version.parse("25.0.1");
        Problem problem = assertThrows(Problem.class, () -> Jdk.check(bad, () -> "G1", false));
        assertEquals(3, problem.exit());
        for (String words : new String[]{"25.0.1", "JDK-8377811", "25.0.3", "-XX:+UseParallelGC", "SAMOVAR_UNSAFE_JDK=1"})
            assertTrue(String.valueOf(problem.getMessage()).contains(words), problem.getMessage());
        assertDoesNotThrow(() -> Jdk.check(bad, () -> "G1", true));
        assertDoesNotThrow(() -> Jdk.check(bad, () -> "Serial", false));
        assertDoesNotThrow(() -> Jdk.check(Runtime.version(), JdkGuard::collector, false));
    }

    @Test
    void thisJavaIsDescribed() {
        assertTrue(Jdk.physicalMemory() > 0);
    }
}
