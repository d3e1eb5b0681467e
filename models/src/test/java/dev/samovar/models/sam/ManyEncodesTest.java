package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Isolated;

/// Encoding a picture again and again increases neither the device's memory, nor the heap, nor the memory of the process.
@Isolated("it counts the memory of the whole process")
@EnabledIfSystemProperty(named = "samovar.thorough", matches = "true")
class ManyEncodesTest {
    private static final int WARM = 100, ALL = 1000;
    private static final long HEAP = 4L << 20, PROCESS = 64L << 20;                // growth in bytes that counts as noise

    @Test
    void aThousandEncodesDoNotGrow() throws IOException {
        Picture picture = PictureFile.read(Golden.path("sam-tiny/picture.png"));
        try (var file = Safetensors.open(Golden.path("sam-tiny/sam-tiny.safetensors")); Sam sam = Sam.load(file, Device.cpu(2))) {
            var predictor = new SamPredictor(sam);
            float[] first = encode(predictor, sam.device(), picture);
            long heap = 0, process = 0, peak = 0;
            for (int n = 1; n <= ALL; n++) {
                float[] values = encode(predictor, sam.device(), picture);
                if (n == WARM) {
                    heap = heap();
                    process = process();
                    sam.device().memory().resetPeak();
                }
                if (n == WARM + 1) peak = sam.device().memory().peakBytes();
                if (n == ALL) assertArrayEquals(first, values);
            }
            long heapGrowth = heap() - heap, processGrowth = process() - process;
            System.out.printf("%d encodes after %d: heap %+d KiB, process %+d KiB, peak of the device %d KiB%n", ALL - WARM, WARM,
                    heapGrowth >> 10, processGrowth >> 10, peak >> 10);
            assertEquals(peak, sam.device().memory().peakBytes());
            assertTrue(heapGrowth < HEAP, "heap: " + heapGrowth);
            assertTrue(processGrowth < PROCESS, "process: " + processGrowth);
        }
    }

    private static float[] encode(SamPredictor predictor, Device device, Picture picture) {
        try (var _ = Scope.open()) {
            return predictor.embed(picture).tensor(device).toArray();
        }
    }

    private static long heap() {
        for (int n = 0; n < 3; n++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /// The resident bytes of the process; 0 if the system does not report them.
    private static long process() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return 0;
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).sum();
    }
}
