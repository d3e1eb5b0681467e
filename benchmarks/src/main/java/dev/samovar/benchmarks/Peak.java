package dev.samovar.benchmarks;

import dev.samovar.core.kernel.cpu.VectorKernels;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The most multiply-adds a second that this machine's cores do, measured: what every share of the peak refers to.
///
/// Independent chains in registers, no memory. A fused multiply-add takes four clocks and two start in each (on most processors), so that 8 chains keep them
/// busy; 12 fit the 16 registers of AVX2, 20 those of others. The better of both counts, and of many short runs the fastest: a peak is a bound.
/// Time is what the threads got of their cores, so that a machine that is shared has the same peak.
public final class Peak {
    private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final Map<Integer, Double> BEST = new HashMap<>();
    private static final int STEPS = 2_000_000;
    private static final int RUNS = 20;

    private Peak() {}

    /// Operations a second, a multiply-add being two, of `threads` threads at once: the most that this process has seen so far.
    public static synchronized double measure(int threads) {
        double best = BEST.getOrDefault(threads, 0.0);
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (int run = 0; run < RUNS; run++) {
                boolean few = run % 2 == 0;
                List<Future<Double>> times = new ArrayList<>();
                for (int t = 0; t < threads; t++) times.add(pool.submit(() -> seconds(few)));
                double slowest = 0;
                for (Future<Double> time : times) slowest = Math.max(slowest, time.get());
                best = Math.max(best, 2.0 * threads * STEPS * SPECIES.length() * (few ? 12 : 20) / slowest);
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        BEST.put(threads, best);
        return best;
    }

    /// The width of a vector, in bits.
    public static int bits() {
        return SPECIES.vectorBitSize();
    }

    private static double seconds(boolean few) {
        long start = CLOCK.getCurrentThreadCpuTime();
        float sum = few ? twelve() : twenty();
        if (Float.isNaN(sum)) throw new AssertionError();
        return (CLOCK.getCurrentThreadCpuTime() - start) / 1e9;
    }

    private static float twelve() {
        FloatVector a = FloatVector.broadcast(SPECIES, 0.5f), b = FloatVector.broadcast(SPECIES, 0.25f);
        FloatVector c0 = a, c1 = a, c2 = a, c3 = a;
        FloatVector c4 = a, c5 = a, c6 = a, c7 = a;
        FloatVector c8 = a, c9 = a, c10 = a, c11 = a;
        for (int i = 0; i < STEPS; i++) {
            c0 = c0.fma(a, b);
            c1 = c1.fma(a, b);
            c2 = c2.fma(a, b);
            c3 = c3.fma(a, b);
            c4 = c4.fma(a, b);
            c5 = c5.fma(a, b);
            c6 = c6.fma(a, b);
            c7 = c7.fma(a, b);
            c8 = c8.fma(a, b);
            c9 = c9.fma(a, b);
            c10 = c10.fma(a, b);
            c11 = c11.fma(a, b);
        }
        return c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).lane(0);
    }

    private static float twenty() {
        FloatVector a = FloatVector.broadcast(SPECIES, 0.5f), b = FloatVector.broadcast(SPECIES, 0.25f);
        FloatVector c0 = a, c1 = a, c2 = a, c3 = a;
        FloatVector c4 = a, c5 = a, c6 = a, c7 = a;
        FloatVector c8 = a, c9 = a, c10 = a, c11 = a;
        FloatVector c12 = a, c13 = a, c14 = a, c15 = a;
        FloatVector c16 = a, c17 = a, c18 = a, c19 = a;
        for (int i = 0; i < STEPS; i++) {
            c0 = c0.fma(a, b);
            c1 = c1.fma(a, b);
            c2 = c2.fma(a, b);
            c3 = c3.fma(a, b);
            c4 = c4.fma(a, b);
            c5 = c5.fma(a, b);
            c6 = c6.fma(a, b);
            c7 = c7.fma(a, b);
            c8 = c8.fma(a, b);
            c9 = c9.fma(a, b);
            c10 = c10.fma(a, b);
            c11 = c11.fma(a, b);
            c12 = c12.fma(a, b);
            c13 = c13.fma(a, b);
            c14 = c14.fma(a, b);
            c15 = c15.fma(a, b);
            c16 = c16.fma(a, b);
            c17 = c17.fma(a, b);
            c18 = c18.fma(a, b);
            c19 = c19.fma(a, b);
        }
        return c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).add(c12).add(c13).add(c14).add(
                c15).add(c16).add(c17).add(c18).add(c19).lane(0);
    }
}
