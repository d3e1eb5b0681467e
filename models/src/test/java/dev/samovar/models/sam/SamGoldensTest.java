package dev.samovar.models.sam;

import dev.samovar.core.tensor.Device;
import org.junit.jupiter.api.Nested;

class SamGoldensTest {
    @Nested
    class OnTheReference extends SamGoldens {
        @Override
        protected Device device() {
            return Device.reference();
        }
    }

    @Nested
    class OnScalarKernels extends SamGoldens {
        @Override
        protected Device device() {
            return Device.scalar(2);
        }
    }

    @Nested
    class OnVectorKernels extends SamGoldens {
        @Override
        protected Device device() {
            return Device.cpu();
        }
    }
}
