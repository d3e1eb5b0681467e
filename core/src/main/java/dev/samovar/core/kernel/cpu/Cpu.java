package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.InnerLoop;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import java.util.List;

/// Chooses the kernels for this processor.
public final class Cpu {
    private static final CpuMemory MEMORY = new CpuMemory();

    private Cpu() {}

    /// Whether this JVM was started with the module `jdk.incubator.vector`.
    public static boolean hasVectors() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    /// The width of the vectors asked for with `-Dsamovar.vector.bits=128`, `256` or `512`, or 0 for the processor's widest. Narrower vectors show
    /// what another machine runs, and may be faster on processors that lower their clock for 512 bits.
    ///
    /// @throws IllegalArgumentException if it is none of these
    public static int vectorBits() {
        String bits = System.getProperty("samovar.vector.bits", "");
        return switch (bits) {
            case "" -> 0;
            case "128", "256", "512" -> Integer.parseInt(bits);
            default -> throw new IllegalArgumentException("-Dsamovar.vector.bits=" + bits
                    + ": vectors have 128, 256 or 512 bits; leave it out for the widest of this machine");
        };
    }

    /// The inner loops of the vector kernels, each by itself; none where this JVM has no vectors.
    public static List<InnerLoop> innerLoops() {
        return hasVectors() ? VectorLoops.all() : List.of();
    }

    /// The fastest kernels this JVM can run.
    ///
    /// @throws IllegalArgumentException if vectors of an impossible width are asked for
    public static Kernels kernels(int threads) {
        if (!hasVectors()) {
            SlowKernels.tell();
            return scalarKernels(threads);
        }
        vectorBits();
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
