package dev.samovar.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.OutOfDeviceMemoryException;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.cuda.Format;
import dev.samovar.cuda.testkit.AnyGpu;
import dev.samovar.cuda.testkit.Emulated;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/// What an encoder leaves in a GPU's memory, and what happens if there is too little of it: ViT-B in BF16, or a tiny one by emulation. Started by `benchmarks/gpu/run`,
/// not by the build.
class MemoryOnAGpu {
    private static final SamConfig TINY = new SamConfig(new VitConfig(24, 2, 2, 4, List.of(1), 40, 4, 48), 16, 32, 16);
    private static final int FAILURES = 50;

    @BeforeEach
    void little() {
        AnyGpu.device(Format.FLOAT32);
        if (AnyGpu.isEmulated()) Emulated.set("total_memory", 64 << 20);
    }

    @AfterEach
    void much() {
        if (AnyGpu.isEmulated()) Emulated.set("total_memory", 8L << 30);
    }

    @Test
    void fiftyTimesTooLittleMemoryIsFiftyErrorsOfItsOwnAndTheNextRunWorks(TestReporter reporter) {
        try (var encoder = new Encoder()) {
            float[] expected = encoder.encode();
            encoder.device.memory().trim();
            long before = encoder.device.memory().bytesInUse();
            encoder.device.memory().resetPeak();
            encoder.encode();
            long need = encoder.device.memory().peakBytes() - before;
            for (int i = 0; i < FAILURES; i++) {
                encoder.device.memory().trim();
                try (var _ = new Ballast(need * i / (FAILURES + 10))) {
                    assertThrows(OutOfDeviceMemoryException.class, encoder::encode, "failure " + i);
                }
                assertEquals(before, encoder.device.memory().bytesInUse(), "after failure " + i);
                assertArrayEquals(expected, encoder.encode(), "the next run after failure " + i);
            }
            reporter.publishEntry("bytes that an encode needs besides weights", Long.toString(need));
        }
    }

    @Test
    void aThousandEncodesLeaveNoMemoryBehind(TestReporter reporter) {
        int encodes = AnyGpu.isEmulated() ? 30 : 1000;
        try (var encoder = new Encoder()) {
            float[] expected = encoder.encode();
            long inUse = encoder.device.memory().bytesInUse(), peak = encoder.device.memory().peakBytes(), free = freeBytes();
            for (int i = 0; i < encodes; i++) assertArrayEquals(expected, encoder.encode(), "encode " + i);
            assertEquals(inUse, encoder.device.memory().bytesInUse());
            assertEquals(peak, encoder.device.memory().peakBytes());
            long lost = free - freeBytes();
            reporter.publishEntry("bytes that the driver lacks after " + encodes + " encodes", Long.toString(lost));
            assertTrue(lost <= 2 << 20, () -> "the driver lacks " + lost + " bytes");       // one page of the driver's
        }
    }

    private static long freeBytes() {
        long[] free = new long[1], total = new long[1];
        assertEquals(CUresult.CUDA_SUCCESS, JCudaDriver.cuMemGetInfo(free, total));
        return free[0];
    }

    /// An encoder and a picture, both by formula.
    private static final class Encoder implements AutoCloseable {
        private final SamConfig config = AnyGpu.isEmulated() ? TINY : SamConfig.vitB();
        private final Device device = AnyGpu.device(AnyGpu.isEmulated() ? Format.FLOAT32 : Format.BF16);
        private final Params params = Params.load(Formula.checkpoint("", config.tensors()), device);
        private final ImageEncoder network = ImageEncoder.of(params.in("image_encoder").frozen(), config);
        private final float[] picture = Formula.signed("input.image", 3 * config.imageSize() * config.imageSize(), 2);

        /// The embedding of the picture.
        float[] encode() {
            int side = config.imageSize();
            try (var _ = Scope.open()) {
                return network.forward(Tensor.of(device, picture, 1, 3, side, side)).toArray();
            }
        }

        @Override
        public void close() {
            params.close();
            device.memory().trim();
        }
    }

    /// Takes all of a GPU's memory except for `leave` bytes, until it is closed.
    private static final class Ballast implements AutoCloseable {
        private static final long LEAST = 1 << 12;

        private final List<CUdeviceptr> chunks = new ArrayList<>();

        Ballast(long leave) {
            long chunk = Long.MAX_VALUE;
            for (long rest; chunk >= LEAST && (rest = freeBytes() - leave) >= LEAST;) {
                var pointer = new CUdeviceptr();
                long size = Math.min(rest, chunk);
                if (JCudaDriver.cuMemAlloc(pointer, size) == CUresult.CUDA_SUCCESS) chunks.add(pointer);
                else chunk = size / 2;
            }
        }

        @Override
        public void close() {
            chunks.forEach(JCudaDriver::cuMemFree);
        }
    }
}
