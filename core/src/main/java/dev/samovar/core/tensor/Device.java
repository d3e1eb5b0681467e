package dev.samovar.core.tensor;

import dev.samovar.core.kernel.InnerLoop;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.kernel.cpu.Cpu;
import dev.samovar.core.kernel.reference.ReferenceKernels;
import dev.samovar.core.kernel.reference.ReferenceMemory;
import java.util.List;

/// A place where tensors live and are computed, together with its number format.
///
/// Choosing a device is the only line that differs between a program on the CPU and one on a GPU. Tensors on different devices cannot be combined.
public final class Device {
    private static final class Default {
        static final Device CPU = cpu(Runtime.getRuntime().availableProcessors());
    }

    private final Kernels kernels;
    private final Memory memory;

    /// A device of a backend: its kernels, and the memory for its numbers.
    public Device(Kernels kernels, Memory memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    /// This machine's processor with all its cores, in float32: vector kernels where this JVM can use vectors ([#whyNoVectors]), else scalar ones.
    /// [Kernels#name] of its kernels says which.
    public static Device cpu() {
        return Default.CPU;
    }

    /// This machine's processor with `threads` threads, the caller's being one of them. Results do not depend on the number.
    ///
    /// @throws IllegalArgumentException if `-Dsamovar.vector.bits` asks for vectors of an impossible width
    public static Device cpu(int threads) {
        return new Device(Cpu.kernels(threads), Cpu.memory());
    }

    /// This machine's processor, with plain loops that need no module.
    public static Device scalar(int threads) {
        return new Device(Cpu.scalarKernels(threads), Cpu.memory());
    }

    /// Naive loops in float64: slow and obvious. The other devices are checked against it.
    public static Device reference() {
        return new Device(new ReferenceKernels(), new ReferenceMemory());
    }

    /// Whether it has a kernel for a fused piece of a network ([Kernels#fused]).
    public boolean has(Class<?> piece) {
        return kernels.fused(piece) != null;
    }

    /// Gets ready for a fused piece of a network, in the background ([Kernels#prepare]). A network calls this before it reads its weights.
    public void prepare(Class<?> piece) {
        kernels.prepare(piece);
    }

    /// The inner loops of this processor's vector kernels, each by itself, to be timed; none without the module `jdk.incubator.vector`.
    public static List<InnerLoop> innerLoops() {
        return Cpu.innerLoops();
    }

    /// Why [#cpu] computes with plain loops in this JVM, and what to do; empty if it computes with vectors.
    public static String whyNoVectors() {
        return Cpu.whyNoVectors();
    }

    /// The width of vectors that `-Dsamovar.vector.bits` asks for, or 0 for the widest of the processor.
    ///
    /// @throws IllegalArgumentException if it is not 128, 256 or 512
    public static int vectorBits() {
        return Cpu.vectorBits();
    }

    /// The kernels that compute on this device.
    public Kernels kernels() {
        return kernels;
    }

    /// The memory that holds its numbers.
    public Memory memory() {
        return memory;
    }

    @Override
    public String toString() {
        return kernels.name();
    }
}
