package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CpuTest {
    @Test
    void vectorsNeedTheirModuleAndTheSecondCompiler() {
        assertEquals("", Cpu.whyNoVectors(true, "mixed mode, sharing"));
        assertEquals("", Cpu.whyNoVectors(true, "compiled mode, sharing"));
        assertTrue(Cpu.whyNoVectors(false, "mixed mode, sharing").endsWith("add --add-modules jdk.incubator.vector"));
        assertTrue(Cpu.whyNoVectors(true, "mixed mode, emulated-client, sharing").endsWith("leave out -XX:TieredStopAtLevel=1"));
        assertTrue(Cpu.whyNoVectors(true, "interpreted mode, sharing").endsWith("leave out -Xint"));
        assertEquals("", Cpu.whyNoVectors(), "the tests run with vectors");
    }
}
