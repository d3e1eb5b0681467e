package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.KernelsContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The whole contract in every format: by emulation, or on a GPU.
class CudaKernelsTest {
    abstract static class OnAGpu extends KernelsContract {
        private final Device device;

        OnAGpu(Format format) {
            device = AnyGpu.device(format);
        }

        @Override
        protected Kernels kernels() {
            return device.kernels();
        }

        @Override
        protected Memory memory() {
            return device.memory();
        }
    }

    @Nested
    class InFloat32 extends OnAGpu {
        InFloat32() {
            super(Format.FLOAT32);
        }

        @Test
        void saysSo() {
            assertEquals("cuda float32 on " + Cuda.gpus().getFirst().name(), kernels().name());
        }
    }

    @Nested
    class InTf32 extends OnAGpu {
        InTf32() {
            super(Format.TF32);
        }

        @Override
        protected double epsilon() {
            return 0x1p-11;
        }
    }

    @Nested
    class InBf16 extends OnAGpu {
        InBf16() {
            super(Format.BF16);
        }

        @Override
        protected double epsilon() {
            return 0x1p-8;
        }
    }
}
