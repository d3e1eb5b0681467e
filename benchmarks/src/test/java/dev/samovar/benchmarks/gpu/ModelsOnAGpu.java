package dev.samovar.benchmarks.gpu;

import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Format;
import dev.samovar.cuda.testkit.AnyGpu;
import dev.samovar.models.heads.HeadGoldens;
import dev.samovar.models.sam.EncoderBlockContract;
import dev.samovar.models.sam.MobileSamGoldens;
import dev.samovar.models.sam.SamGoldens;
import org.junit.jupiter.api.Nested;

/// Compares the models and their training with the reference, emulated or on a GPU.
class ModelsOnAGpu {
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
            return AnyGpu.isEmulated() && !Boolean.getBoolean("samovar.thorough") ? 4 : super.mostSteps(); // all of them take a minute
        }
    }

    abstract static class EncoderBlock extends EncoderBlockContract {
        private final Device device;
        private final double tolerance;

        EncoderBlock(Format format, double tolerance) {
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
    class EncoderBlockInFloat32 extends EncoderBlock {
        EncoderBlockInFloat32() {
            super(Format.FLOAT32, 1e-6);
        }
    }

    @Nested
    class EncoderBlockInTf32 extends EncoderBlock {
        EncoderBlockInTf32() {
            super(Format.TF32, 0x1p-11);
        }
    }

    @Nested
    class EncoderBlockInBf16 extends EncoderBlock {
        EncoderBlockInBf16() {
            super(Format.BF16, 0x1p-8);
        }
    }
}
