package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.KernelsContract;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The whole contract, by emulation, in every format.
class CudaKernelsTest {
    abstract static class OnAnEmulatedDevice extends KernelsContract {
        private final Device device;

        OnAnEmulatedDevice(Settings settings) {
            Emulated.assumePresent();
            device = Cuda.device(0, settings);
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
    class InFloat32 extends OnAnEmulatedDevice {
        InFloat32() {
            super(Settings.DEFAULT);
        }

        @Test
        void saysSo() {
            assertEquals("cuda float32 on emulated device", kernels().name());
        }
    }

    @Nested
    class InTf32 extends OnAnEmulatedDevice {
        InTf32() {
            super(Settings.DEFAULT.with(Format.TF32));
        }

        @Override
        protected double epsilon() {
            return 0x1p-11;
        }
    }

    @Nested
    class InBf16 extends OnAnEmulatedDevice {
        InBf16() {
            super(Settings.DEFAULT.with(Format.BF16));
        }

        @Override
        protected double epsilon() {
            return 0x1p-8;
        }
    }

    @Nested
    class WithNvidiasLibraries extends OnAnEmulatedDevice {
        WithNvidiasLibraries() {
            super(new Settings(Format.FLOAT32, true, true));
        }

        @Test
        void sayWhoTheyAre() {
            assertEquals("cuda float32 with cuBLAS with cuDNN on emulated device", kernels().name());
            assertEquals(List.of("cuBLAS is there", "cuDNN is there"), Cuda.libraries());
        }
    }
}
