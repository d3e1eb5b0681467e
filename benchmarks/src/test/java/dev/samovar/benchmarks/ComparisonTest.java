package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ComparisonTest {
    @Test
    void aRowWhoseVectorsHaveBecomeObjectsIsRefused() {
        var e = assertThrows(IllegalStateException.class, () -> Comparison.refuseObjects("gemm-qkv", Engine.of("samovar-256"),
                13_600_000_000L));
        assertEquals(
                "gemm-qkv: Samovar, 256 bits allocates 13.60 GB in every run, where 100 kB at most are in order: vectors have become objects, and the row is refused",
                e.getMessage());
        assertThrows(IllegalStateException.class, () -> Comparison.refuseObjects("encode", Engine.of("samovar"), 2_500_000_000L));
        assertDoesNotThrow(() -> Comparison.refuseObjects("encode", Engine.of("samovar"), 4_300_000));
        assertDoesNotThrow(() -> Comparison.refuseObjects("train-vit", Engine.of("samovar"), 34_000_000));
        assertDoesNotThrow(() -> Comparison.refuseObjects("encode", Engine.of("libtorch"), 4_000_000_000L), "other engines may allocate");
    }
}
