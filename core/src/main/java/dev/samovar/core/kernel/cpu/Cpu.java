package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;

/// Which kernels this processor gets.
public final class Cpu {
    private static final CpuMemory MEMORY = new CpuMemory();

    private Cpu() {}

    /// Whether this JVM was started with the module `jdk.incubator.vector`.
    public static boolean hasVectors() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    /// The fastest kernels this JVM can run.
    public static Kernels kernels(int threads) {
        if (!hasVectors()) return scalarKernels(threads);
        VectorWarmUp.start();
        return new VectorKernels(new Parallel(threads), MEMORY);
    }

    /// Plain loops.
    public static Kernels scalarKernels(int threads) {
        return new ScalarKernels(new Parallel(threads));
    }

    /// The pool that all devices of this process share.
    public static Memory memory() {
        return MEMORY;
    }
}
