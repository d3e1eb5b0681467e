package dev.samovar.cuda;

import dev.samovar.core.tensor.Device;
import dev.samovar.models.heads.HeadGoldens;
import dev.samovar.models.sam.SamGoldens;
import org.junit.jupiter.api.Nested;

/// The models and their training, as the reference has them, by emulation.
class CudaGoldensTest {
    @Nested
    class Sam extends SamGoldens {
        private final Device device = Emulated.device();

        @Override
        protected Device device() {
            return device;
        }
    }

    @Nested
    class Heads extends HeadGoldens {
        private final Device device = Emulated.device();

        @Override
        protected Device device() {
            return device;
        }
    }
}
