package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.KernelsContract;
import dev.samovar.core.testkit.ProductsContract;
import dev.samovar.cuda.testkit.AnyGpu;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The whole contract in float32, and in the other formats the part that depends on the format; emulated, or on a GPU.
class CudaKernelsTest {
    @Nested
    class InFloat32 extends KernelsContract {
        private final Device device = AnyGpu.device(Format.FLOAT32);

        @Override
        protected Kernels kernels() {
            return device.kernels();
        }

        @Override
        protected Memory memory() {
            return device.memory();
        }

        @Test
        void saysSo() {
            assertEquals("cuda float32 on " + Cuda.gpus().getFirst().name(), kernels().name());
        }
    }

    @Nested
    class WithNvidiasLibraries extends KernelsContract {
        private final Device device;

        WithNvidiasLibraries() {
            AnyGpu.device(Format.FLOAT32);
            assumeTrue(Cuda.libraries().equals(List.of("cuBLAS is there", "cuDNN is there")), () -> String.join("; ", Cuda.libraries()));
            device = Cuda.device(0, new Settings(Format.FLOAT32, true, true));
        }

        @Override
        protected Kernels kernels() {
            return device.kernels();
        }

        @Override
        protected Memory memory() {
            return device.memory();
        }

        @Test
        void sayWhoTheyAre() {
            assertEquals("cuda float32 with cuBLAS with cuDNN on " + Cuda.gpus().getFirst().name(), kernels().name());
        }
    }

    abstract static class InFewerBits extends ProductsContract {
        private final Device device;
        private final double epsilon;

        InFewerBits(Format format, double epsilon) {
            device = AnyGpu.device(format);
            this.epsilon = epsilon;
        }

        @Override
        protected Kernels kernels() {
            return device.kernels();
        }

        @Override
        protected Memory memory() {
            return device.memory();
        }

        @Override
        protected double epsilon() {
            return epsilon;
        }
    }

    @Nested
    class InTf32 extends InFewerBits {
        InTf32() {
            super(Format.TF32, 0x1p-11);
        }
    }

    @Nested
    class InBf16 extends InFewerBits {
        InBf16() {
            super(Format.BF16, 0x1p-8);
        }
    }
}
