package dev.samovar.cuda;

import dev.samovar.core.tensor.Device;
import dev.samovar.models.heads.HeadGoldens;
import dev.samovar.models.sam.MobileSamGoldens;
import dev.samovar.models.sam.SamGoldens;
import org.junit.jupiter.api.Nested;

/// Compares the models and their training with the reference, emulated or on a GPU.
class CudaGoldensTest {
    @Nested
    class Sam extends SamGoldens {
        private final Device device = AnyGpu.device(Format.FLOAT32);

        @Override
        protected Device device() {
            return device;
        }

        @Override
        protected double tolerance() {
            return AnyGpu.isEmulated() ? 1 : 5;
        }
    }

    @Nested
    class MobileSam extends MobileSamGoldens {
        private final Device device = AnyGpu.device(Format.FLOAT32);

        @Override
        protected Device device() {
            return device;
        }

        @Override
        protected double tolerance() {
            return AnyGpu.isEmulated() ? 1 : 5;
        }
    }

    @Nested
    class Heads extends HeadGoldens {
        private final Device device = AnyGpu.device(Format.FLOAT32);

        @Override
        protected Device device() {
            return device;
        }

        @Override
        protected double tolerance() {
            return AnyGpu.isEmulated() ? 1 : 10;                                   // 25 steps of training amplify differences in the last bits
        }

        @Override
        protected int mostSteps() {
            return AnyGpu.isEmulated() && !Boolean.getBoolean("samovar.thorough") ? 8 : super.mostSteps(); // all of them take a minute
        }
    }
}
