package dev.samovar.core.kernel.cpu;

import dev.samovar.core.tensor.Device;

/// The vector kernels even where [Cpu#kernels] would rather take plain loops, as in a JVM without the second compiler: slow there, but as right.
public final class VectorDevice {
    private VectorDevice() {}

    /// With so many threads.
    public static Device of(int threads) {
        return new Device(new VectorKernels(new Parallel(threads), (CpuMemory) Cpu.memory()), Cpu.memory());
    }
}
