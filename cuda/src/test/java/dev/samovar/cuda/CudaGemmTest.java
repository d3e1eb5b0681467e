package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.cuda.testkit.Emulated;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products on tensor cores that the contract does not cover: large tiles, for which its matrices are too small on a device with four multiprocessors, and convolutions.
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

    /// A patch embedding; 3×3 and 1×1, each with several pictures; a stride that is neither 1 nor the kernel's side.
    private static final Conv2dShape[] CONVOLUTIONS = {new Conv2dShape(2, 3, 13, 9, 7, 4, 4, 0), new Conv2dShape(2, 5, 9, 7, 6, 3, 1, 1),
        new Conv2dShape(3, 9, 4, 6, 65, 1, 1, 0), new Conv2dShape(1, 2, 9, 8, 3, 3, 2, 1)};

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"TF32", "BF16"})
    void aConvolutionWithFrozenWeightsRunsOnTensorCoresAndOneThatLearnsDoesNot(Format format) {
        var random = new Random(SEED);
        for (Conv2dShape s : CONVOLUTIONS) {
            float[] x = normal(random, s.batch() * s.inChannels() * s.height() * s.width()), w = normal(random, s.outChannels() * s.fanIn());
            for (float[] bias : List.of(new float[0], normal(random, s.outChannels()))) {
                float[] exact = convolution(Format.FLOAT32, s, x, w, bias, true), frozen = convolution(format, s, x, w, bias, true);
                double error = Golden.relativeL2(exact, frozen);
                assertTrue(error > 0 && error < (format == Format.BF16 ? 0x1p-8 : 0x1p-11), () -> s + " in " + format + ": relative error "
                        + error
                        + ", seed " + SEED);
                assertArrayEquals(exact, convolution(format, s, x, w, bias, false), "weights that learn, " + s);
            }
        }
    }

    private static float[] convolution(Format format, Conv2dShape s, float[] x, float[] w, float[] bias, boolean frozen) {
        Device device = Cuda.device(0, format);
        Buffer weights = on(device, w), y = device.memory().allocate(s.batch() * s.outChannels() * s.outPixels());
        if (frozen) weights.markConstant();
        device.kernels().conv2d(s, on(device, x), weights, bias.length == 0 ? null : on(device, bias), y);
        float[] values = new float[y.size()];
        device.memory().read(y, values);
        return values;
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
