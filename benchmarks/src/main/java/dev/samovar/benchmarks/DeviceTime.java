package dev.samovar.benchmarks;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/// A profiler of JMH that `jmh` always uses. It adds the time that a GPU itself took for a run, by events in its queue, to the host's time, which is
/// the score. It adds nothing for a processor.
public final class DeviceTime implements InternalProfiler {
    /// The name of the result.
    static final String NAME = "device";

    private static double seconds;                                                 // of the one thread that runs benchmarks
    private static int runs;

    /// For JMH.
    public DeviceTime() {}

    static synchronized void add(double ofOneRun) {
        seconds += ofOneRun;
        runs++;
    }

    static synchronized void reset() {
        seconds = 0;
        runs = 0;
    }

    @Override
    public String getDescription() {
        return "Time on a GPU, by its own events";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        reset();
    }

    @Override
    public Collection<ScalarResult> afterIteration(BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return perRun();
    }

    /// The mean since the iteration began, in milliseconds.
    static synchronized List<ScalarResult> perRun() {
        return runs == 0 ? List.of() : List.of(new ScalarResult(NAME, 1e3 * seconds / runs, "ms/op", AggregationPolicy.AVG));
    }
}
