package dev.samovar.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.tensor.Device;

/// The GPU of tests that run on a real or an emulated one. In the build the library path leads to the emulated driver; `benchmarks/gpu/run` starts the same tests without it.
final class AnyGpu {
    private AnyGpu() {}

    /// A new device.
    static Device device(Format format) {
        String problem = Cuda.whyNot();
        assumeTrue(problem == null, () -> "the CUDA kernels are not checked: " + problem
                + ", and g++, which compiles an emulated one, was missing when this was built");
        return Cuda.device(0, format);
    }

    /// Whether the GPU is emulated by this processor, many thousand times slower than a real one.
    static boolean isEmulated() {
        return Cuda.gpus().getFirst().name().equals("emulated device");
    }
}
