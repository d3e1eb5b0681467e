package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.InnerLoop;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.testkit.Allocation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Runs every kernel, or with an argument only those that compute with vectors, and every inner loop by itself, until it is compiled. Prints a line for each that still allocates.
final class AllocationWatch {
    /// How many bytes a call may allocate: it splits and distributes its work, and makes records of its shapes.
    private static final long FEW = 16_384;
    /// The time in nanoseconds after which everything is compiled, even on a busy machine.
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);
    private static final int MOST_RUNS = 3000;

    private AllocationWatch() {}

    public static void main(String[] args) {
        var memory = new CpuMemory();
        Kernels kernels = new VectorKernels(new Parallel(1), memory);
        Map<String, Runnable> calls = new LinkedHashMap<>();
        for (InnerLoop loop : Cpu.innerLoops()) calls.put("the loop " + loop.name() + " (" + calls.size() + ")", loop.run());
        Set<String> vectors = Arrays.stream(VectorKernels.class.getDeclaredMethods()).map(Method::getName).collect(Collectors.toSet());
        LargeWork.calls(kernels, memory).forEach((name, call) -> {
            if (args.length == 0 || vectors.contains(LargeWork.kernel(name))) calls.put(name, call);
        });
        String tiles = VectorGemm.MR + " rows";
        calls.forEach((name, call) -> {
            long bytes = leastAllocated(call);
            if (bytes > FEW)
                IO.println(kernels.name() + ", tiles of " + tiles + ": " + name + " allocates " + bytes + " bytes in every run");
        });
    }

    /// Runs a call until it allocates next to nothing, or has run for so long that it never will.
    private static long leastAllocated(Runnable call) {
        long least = Long.MAX_VALUE, start = System.nanoTime();
        for (int i = 0; least > FEW && i < MOST_RUNS && System.nanoTime() - start < PATIENCE; i++)
            least = Math.min(least, Allocation.of(call));
        return least;
    }
}
