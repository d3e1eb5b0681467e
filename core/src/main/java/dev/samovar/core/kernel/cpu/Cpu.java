package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.InnerLoop;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import java.util.List;

/// Chooses the kernels for this processor.
public final class Cpu {
    private static final CpuMemory MEMORY = new CpuMemory();

    private Cpu() {}

    /// Why this JVM cannot use vectors, and what to do; empty if it can.
    ///
    /// The module must be there, and the second compiler: without it each operation on a vector makes objects, and a network takes many times as
    /// long as with plain loops. Development environments like to start programs without it, because they start sooner.
    public static String whyNoVectors() {
        return whyNoVectors(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), System.getProperty("java.vm.info", ""));
    }

    /// @param jvm what the JVM says of itself: JDK 25 has "emulated-client" in it for `-XX:TieredStopAtLevel=1`, and "interpreted mode" for `-Xint`
    static String whyNoVectors(boolean module, String jvm) {
        if (!module) return "this Java was started without the module jdk.incubator.vector; add --add-modules jdk.incubator.vector";
        if (jvm.contains("emulated-client"))
            return "this Java was started without its second compiler, which vectors need; leave out -XX:TieredStopAtLevel=1";
        return jvm.contains("interpreted mode") ? "this Java was started without its compilers, which vectors need; leave out -Xint" : "";
    }

    /// Whether this JVM can use vectors.
    static boolean hasVectors() {
        return whyNoVectors().isEmpty();
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
