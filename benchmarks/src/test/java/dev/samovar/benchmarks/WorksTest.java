package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.tensor.Device;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

/// The work that benchmarks time computes the right results.
class WorksTest {
    static List<String> names() {
        return Operations.NAMES;
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyPieceOfWorkComputesWhatTheReferenceDoes(String name) {
        float[] expected = result(name, Device.reference());
        assertTrue(expected.length > 0);
        assertTrue(range(expected) > 2e-4, "the test is meaningless: all numbers are about the same");
        for (Device device : List.of(Device.cpu(2), Device.scalar(1))) {
            double difference = Agreement.difference(expected, result(name, device));
            assertTrue(difference < Agreement.ALLOWED, () -> name + " on " + device + ": differs by " + difference);
        }
    }

    private static double range(float[] x) {
        double min = Double.POSITIVE_INFINITY, max = Double.NEGATIVE_INFINITY;
        for (float v : x) {
            min = Math.min(min, v);
            max = Math.max(max, v);
        }
        return max - min;
    }

    private static float[] result(String name, Device device) {
        try (Work work = new Works(device, Sizes.TINY).of(name)) {
            work.run();
            return work.result();
        }
    }

    @Test
    void theOthersAreTestedToo() {
        assumeTrue(Engine.class.getResource("peers/PeerWorker.class") != null, "built without -Ppeers: nothing to compare with");
        assertNotNull(Engine.class.getResource("peers/PeersTest.class"), "the peers are here, but not their tests");
    }

    @Test
    void jmhKnowsAllOfThem() throws NoSuchFieldException {
        assertEquals(Operations.NAMES, Arrays.asList(KernelBenchmark.class.getField("work").getAnnotation(Param.class).value()));
    }
}
