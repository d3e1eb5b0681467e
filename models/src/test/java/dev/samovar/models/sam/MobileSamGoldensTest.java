package dev.samovar.models.sam;

import dev.samovar.core.tensor.Device;
import org.junit.jupiter.api.Nested;

class MobileSamGoldensTest {
    @Nested
    class OnTheReference extends MobileSamGoldens {
        @Override
        protected Device device() {
            return Device.reference();
        }
    }

    @Nested
    class OnScalarKernels extends MobileSamGoldens {
        @Override
        protected Device device() {
            return Device.scalar(2);
        }
    }

    @Nested
    class OnVectorKernels extends MobileSamGoldens {
        @Override
        protected Device device() {
            return Device.cpu();
        }
    }
}
