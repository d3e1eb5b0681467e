package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Formula;
import dev.samovar.cuda.testkit.AnyGpu;
import dev.samovar.cuda.testkit.Emulated;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How the encoder's fused block is launched, and when there is none, emulated or on a GPU. `ModelsOnAGpu` in `benchmarks` compares its results with those of the composed one.
class CudaEncoderBlockTest {
    @ParameterizedTest
    @EnumSource(Format.class)
    void aBlockIsSevenLaunches(Format format) {
        Device device = AnyGpu.device(format);
        assumeTrue(AnyGpu.isEmulated(), "only the emulated driver counts launches");
        var s = new EncoderBlockShape(1, 5, 5, 32, 2, 24, 3, 1e-6f);
        var weights = new EncoderBlockWeights<>(layer(device, 1, 32), buffer(device, 5 * 16), buffer(device, 5 * 16), layer(device, 32, 96),
                layer(device, 32, 32), layer(device, 1, 32), layer(device, 32, 24), layer(device, 24, 32));
        weights.all().forEach(Buffer::markConstant);
        EncoderBlockKernel kernel = Objects.requireNonNull(device.kernels().fused(EncoderBlockKernel.class));
        Buffer x = buffer(device, 25 * 32), y = buffer(device, 25 * 32);
        kernel.encoderBlock(s, x, weights, y);                        // packs the constant weights
        float[] first = new float[y.size()], second = new float[y.size()];
        device.memory().read(y, first);
        long before = Emulated.launches();
        kernel.encoderBlock(s, x, weights, y);
        assertEquals(before + 7, Emulated.launches(), "norm, qkv, attention, proj, norm, lin1, lin2");
        device.memory().read(y, second);
        assertArrayEquals(first, second, "the second run gives the same");
    }

    private static WeightAndBias<Buffer> layer(Device device, int in, int out) {
        return new WeightAndBias<>(buffer(device, in * out), buffer(device, out));
    }

    private static Buffer buffer(Device device, int size) {
        Buffer buffer = device.memory().allocate(size);
        device.memory().write(Formula.signed("buffer", size, 1), buffer);
        return buffer;
    }

    @Test
    void whoeverAsksForCublasGetsItsProducts() {
        AnyGpu.device(Format.FLOAT32);
        assumeTrue(CublasGemm.whyNot() == null, () -> String.valueOf(CublasGemm.whyNot()));
        assertFalse(Cuda.device(0, new Settings(Format.BF16, true, false)).has(EncoderBlockKernel.class));
    }
}
