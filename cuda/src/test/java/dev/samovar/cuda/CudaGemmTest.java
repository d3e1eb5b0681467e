package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products on tensor cores in large tiles, which the contract's matrices are too small for on a device of four multiprocessors, beside the same in small ones.
class CudaGemmTest {
    private static final int M = 256, N = 253, K = 37;
    private static final long SEED = 20261123;

    @BeforeEach
    void there() {
        Emulated.assumePresent();
    }

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"TF32", "BF16"})
    void theSizeOfTilesChangesNoBit(Format format) {
        var random = new Random(SEED);
        float[] x = normal(random, M * K), w = normal(random, N * K), bias = normal(random, N);
        float[] large = linear(format, M, x, w, bias), small = new float[M * N];
        for (int half = 0; half < 2; half++) {
            float[] rows = linear(format, M / 2, Arrays.copyOfRange(x, half * M / 2 * K, (half + 1) * M / 2 * K), w, bias);
            System.arraycopy(rows, 0, small, half * M / 2 * N, rows.length);
        }
        assertArrayEquals(small, large, "seed " + SEED);
        double error = Golden.relativeL2(linear(Format.FLOAT32, M, x, w, bias), large);
        assertTrue(error < (format == Format.BF16 ? 0x1p-8 : 0x1p-11), () -> format + ": relative error " + error + ", seed " + SEED);
    }

    private static float[] linear(Format format, int m, float[] x, float[] w, float[] bias) {
        Device device = Cuda.device(0, format);
        Buffer y = device.memory().allocate(m * N);
        device.kernels().linear(m, N, K, on(device, x), on(device, w), on(device, bias), y);
        float[] values = new float[m * N];
        device.memory().read(y, values);
        return values;
    }

    private static Buffer on(Device device, float[] values) {
        Buffer buffer = device.memory().allocate(values.length);
        device.memory().write(values, buffer);
        return buffer;
    }

    private static float[] normal(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.nextGaussian();
        return x;
    }
}
