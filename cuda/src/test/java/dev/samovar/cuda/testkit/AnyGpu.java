package dev.samovar.cuda.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Cuda;
import dev.samovar.cuda.Format;

/// The GPU of tests that run on a real or an emulated one. In the build the library path leads to the emulated driver; `benchmarks/gpu/run` starts the same tests without it.
public final class AnyGpu {
    private AnyGpu() {}

    /// A new device.
    public static Device device(Format format) {
        String problem = Cuda.whyNot();
        assumeTrue(problem == null, () -> "the CUDA kernels are not checked: " + problem + " (mvn verify emulates a GPU if there is g++)");
        return Cuda.device(0, format);
    }

    /// Whether the GPU is emulated by this processor, many thousand times slower than a real one.
    public static boolean isEmulated() {
        return Cuda.gpus().getFirst().name().equals("emulated device");
    }
}
