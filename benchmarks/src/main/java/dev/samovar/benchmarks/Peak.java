package dev.samovar.benchmarks;

import dev.samovar.core.kernel.InnerLoop;
import dev.samovar.core.kernel.cpu.VectorKernels;
import dev.samovar.core.tensor.Device;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The measured peak of this machine's cores in multiply-adds per second, to which every share of the peak refers.
///
/// It uses 12 or 20 independent chains in registers, without memory. The better of the two counts, and the fastest of many short runs, because a peak
/// is a bound. Time is the CPU time of the threads, so that a shared machine has the same peak.
public final class Peak {
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final Map<Integer, Double> BEST = new HashMap<>();
    private static final int TIMES = 100;
    private static final int RUNS = 20;

    private Peak() {}

    /// Operations per second of `threads` threads at once, a multiply-add counting as two: the most that this process has measured so far.
    public static synchronized double measure(int threads) {
        double best = BEST.getOrDefault(threads, 0.0);
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (int run = 0; run < RUNS; run++) {
                int which = run % 2;
                List<Future<Double>> times = new ArrayList<>();
                for (int t = 0; t < threads; t++) times.add(pool.submit(() -> seconds(which)));
                double slowest = 0;
                for (Future<Double> time : times) slowest = Math.max(slowest, time.get());
                best = Math.max(best, threads / slowest);
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        BEST.put(threads, best);
        return best;
    }

    /// The width of a vector, in bits.
    public static int bits() {
        return VectorKernels.SPECIES.vectorBitSize();
    }

    /// CPU seconds per operation of one of the loops, in its own thread.
    private static double seconds(int which) {
        InnerLoop loop = Device.innerLoops().stream().filter(l -> l.name().equals(InnerLoop.PEAK)).toList().get(which);
        long start = CLOCK.getCurrentThreadCpuTime();
        for (int i = 0; i < TIMES; i++) loop.run().run();
        return (CLOCK.getCurrentThreadCpuTime() - start) / 1e9 / (TIMES * loop.operations());
    }
}
