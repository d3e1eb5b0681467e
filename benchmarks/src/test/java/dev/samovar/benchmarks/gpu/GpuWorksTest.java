package dev.samovar.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.benchmarks.Agreement;
import dev.samovar.benchmarks.Work;
import dev.samovar.core.tensor.Device;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The work that is timed on a GPU computes the right results, tested on this processor.
@Isolated("it counts the memory of the whole process")
class GpuWorksTest {
    private static Stream<Row> rows(boolean tiny) {
        return Stream.of(Row.first(tiny), Row.second(tiny), Row.products(tiny)).flatMap(List::stream);
    }

    static Stream<Row> tiny() {
        return rows(true).filter(row -> row.format().equals("float32"));
    }

    @ParameterizedTest
    @MethodSource("tiny")
    void everyRowComputesWhatTheReferenceDoesAndLeavesNothingBehind(Row row) {
        Device device = Device.cpu(2);
        long before = device.memory().bytesInUse();
        double difference = Agreement.difference(result(row, Device.reference()), result(row, device));
        assertTrue(difference < Agreement.ALLOWED, () -> row + " differs by " + difference);
        assertEquals(before, device.memory().bytesInUse());
    }

    private static float[] result(Row row, Device device) {
        try (Work work = GpuWorks.of(row, device)) {
            work.run();
            return work.result();
        }
    }

    @Test
    void aRowIsReadAsItIsWritten() {
        rows(false).forEach(row -> assertEquals(row, Row.of(row.toString())));
        assertEquals(3 * (4 + 3 + 4 + 8), rows(false).distinct().count());
    }
}
