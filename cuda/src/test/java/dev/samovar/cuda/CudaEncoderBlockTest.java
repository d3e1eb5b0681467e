package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Formula;
import dev.samovar.models.sam.EncoderBlockContract;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The encoder's fused block in every format: by emulation, or on a GPU.
class CudaEncoderBlockTest {
    abstract static class InAFormat extends EncoderBlockContract {
        private final Device device;
        private final double tolerance;

        InAFormat(Format format, double tolerance) {
            device = AnyGpu.device(format);
            this.tolerance = tolerance;
        }

        @Override
        protected Device device() {
            return device;
        }

        @Override
        protected double tolerance() {
            return tolerance;
        }
    }

    @Nested
    class InFloat32 extends InAFormat {
        InFloat32() {
            super(Format.FLOAT32, 1e-6);
        }
    }

    @Nested
    class InTf32 extends InAFormat {
        InTf32() {
            super(Format.TF32, 0x1p-11);
        }
    }

    @Nested
    class InBf16 extends InAFormat {
        InBf16() {
            super(Format.BF16, 0x1p-8);
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aBlockIsSevenLaunches(Format format) {
        Device device = AnyGpu.device(format);
        assumeTrue(AnyGpu.isEmulated(), "only the emulated driver counts launches");
        var s = new EncoderBlockShape(1, 5, 5, 32, 2, 24, 3, 1e-6f);
        int[] sizes = {32, 32, 5 * 16, 5 * 16, 96 * 32, 96, 32 * 32, 32, 32, 32, 24 * 32, 24, 32 * 24, 32};
        List<Buffer> parameters = Arrays.stream(sizes).mapToObj(size -> buffer(device, size)).toList();
        parameters.forEach(Buffer::markConstant);
        Buffer x = buffer(device, 25 * 32), y = buffer(device, 25 * 32);
        device.kernels().encoderBlock(s, x, parameters, y);                        // packs what is constant
        float[] first = new float[y.size()], second = new float[y.size()];
        device.memory().read(y, first);
        long before = Emulated.launches();
        device.kernels().encoderBlock(s, x, parameters, y);
        assertEquals(before + 7, Emulated.launches(), "norm, qkv, attention, proj, norm, lin1, lin2");
        device.memory().read(y, second);
        assertArrayEquals(first, second, "the same again");
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
        assertFalse(Cuda.device(0, new Settings(Format.BF16, true, false)).kernels().hasEncoderBlock());
    }
}
