package dev.samovar.cli;

import com.sun.management.ThreadMXBean;
import dev.samovar.core.io.Json;
import dev.samovar.core.kernel.InnerLoop;
import dev.samovar.core.tensor.Device;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// Runs the inner loops of the vector kernels for a moment each, to measure their speed and to find out whether the compiler allocates objects for
/// their vectors. If it does, a whole run is ten times slower, although its results are right.
final class LoopTrial {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long MEASURED = TimeUnit.MILLISECONDS.toNanos(50), SLICE = MEASURED / 10;
    /// The longest time to wait until a loop is compiled: a second is usual, but the machine may be busy.
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(15);
    /// The share of the peak below which there is a warning about the tile in which most of the time is spent.
    private static final double LITTLE = 0.5;
    /// The share of the peak that no loop can exceed, up to the precision of the measurement, unless other work has slowed down that of the peak.
    private static final double IMPOSSIBLE = 1.1;

    /// The result of a loop: its best operations a second, and the fewest bytes that it allocated in one measurement.
    private record Result(InnerLoop loop, double speed, long allocated) {
        boolean boxes() {
            return allocated > loop.operations() / 1000;                           // a properly compiled loop allocates nothing at all
        }
    }

    private LoopTrial() {}

    /// Adds a fact, `tiles`, if there are vectors.
    static void addTo(Facts facts) {
        double peak = 0;
        List<Result> tiles = new ArrayList<>();
        for (InnerLoop loop : Device.innerLoops()) {
            if (!loop.used()) continue;
            Result result = tried(loop);
            if (loop.name().equals(InnerLoop.PEAK)) peak = Math.max(peak, result.speed);
            else tiles.add(result);
        }
        if (tiles.isEmpty()) return;
        List<String> lines = new ArrayList<>();
        List<Json> list = new ArrayList<>();
        for (Result tile : tiles) {
            double share = tile.speed / peak;
            String line = String.format(Locale.ROOT, "%-16s %6.1f GFLOP/s, %3.0f %% of the peak, %d bytes allocated", tile.loop.name(),
                    tile.speed / 1e9, 100 * share, tile.allocated);
            lines.add(line + (tile.boxes() ? ": SLOW, see below" : ""));
            list.add(Json.object().with("tile", tile.loop.name()).with("flops", tile.speed).with("share", share).with("allocated",
                    tile.allocated));
        }
        String warning = warning(tiles, peak);
        lines.add(String.format(Locale.ROOT, "peak             %6.1f GFLOP/s, multiply-adds in registers, one thread", peak / 1e9));
        if (!warning.isEmpty()) lines.add(warning);
        facts.add("tiles", String.join("\n", lines), Json.object().with("peak", peak).with("tiles", list).with("warning", warning));
    }

    private static String warning(List<Result> tiles, double peak) {
        if (tiles.stream().anyMatch(tile -> tile.speed > IMPOSSIBLE * peak))
            return "warning: the machine was busy, so these numbers mean nothing; run doctor again when nothing else is running";
        if (tiles.stream().anyMatch(Result::boxes))
            return "warning: this JVM allocates objects for vectors, so everything will take many times as long as it should, unless it had no time to compile the loops: if nothing else is running, another width may help: -Dsamovar.vector.bits=256 or 128";
        if (tiles.getFirst().speed < LITTLE * peak)
            return "warning: the loop of the matrix products reaches less than half of what this processor can do; if nothing else is running, try -Dsamovar.vector.bits=256 or 128";
        return "";
    }

    private static Result tried(InnerLoop loop) {
        long start = System.nanoTime(), clean = 0;                                 // until it has allocated nothing for a moment
        while (clean < SLICE && System.nanoTime() - start < PATIENCE) {
            long bytes = THREADS.getCurrentThreadAllocatedBytes(), from = System.nanoTime();
            loop.run().run();
            clean = THREADS.getCurrentThreadAllocatedBytes() - bytes > loop.operations() / 1000 ? 0 : clean + System.nanoTime() - from;
        }
        double best = 0;
        long least = Long.MAX_VALUE;
        for (long begin = System.nanoTime(); System.nanoTime() - begin < MEASURED;) {
            long bytes = THREADS.getCurrentThreadAllocatedBytes(), from = System.nanoTime();
            int runs = 0;
            for (; System.nanoTime() - from < SLICE; runs++) loop.run().run();
            best = Math.max(best, runs * loop.operations() / (System.nanoTime() - from) * 1e9);
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - bytes);
        }
        return new Result(loop, best, least);
    }
}
