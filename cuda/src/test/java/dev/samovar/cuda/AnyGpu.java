package dev.samovar.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.tensor.Device;

/// The GPU of a test that does not care whether it is a real one. In the build the library path leads to the emulated driver; `benchmarks/gpu/run` starts the same tests without it.
final class AnyGpu {
    private AnyGpu() {}

    /// A device, new at each call.
    static Device device(Format format) {
        String problem = Cuda.whyNot();
        assumeTrue(problem == null, () -> "the CUDA kernels are not checked: " + problem
                + ", and g++, which makes an emulated one, was missing when this was built");
        return Cuda.device(0, format);
    }

    /// Whether it is this processor, many thousand times slower than a real one.
    static boolean isEmulated() {
        return Cuda.gpus().getFirst().name().equals("emulated device");
    }
}
