package dev.samovar.models.train;

import dev.samovar.core.tensor.Scope;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Pieces of work that a run will do many times, tried in turns until the time of each has settled.
///
/// The first runs of code are slow, because it is still being compiled: a step of a tiny model takes a hundred times as long as a few seconds later,
/// and in between, while the compiler is busy, times may stay the same for a while. So nothing has settled before the compiler is idle. The compiler
/// goes by how often a loop was entered, so everything runs on small shapes first. A piece that will hardly matter beside the others need not settle.
///
/// Time in which other programs had the processors does not count against the time for the rehearsal, up to three times as much, because on a busy
/// machine compilation takes long.
public final class Pieces {
    private static final double LITTLE = 1;                                        // seconds for work on small shapes, at most
    private static final double LEAST = 5, MOST = 20, SHARE = 0.1;                 // seconds for all, at most: this share of the run's time, within limits
    private static final double SHORT = 0.2;                                       // but never more than this share
    private static final double CROWDED = 3;                                       // the factor by which the clock may exceed that
    private static final double LONG = 2;                                          // seconds; a run of a piece that takes longer counts as it is
    private static final double WINDOW = 1, BUSY = 0.2, PRESENT = 0.5;                          // the compiler is idle if it was busy for a smaller share of a window of that many seconds
    private static final double FASTER = 0.9, MATTERS = 0.05;

    /// The work of a piece that will not be done.
    static final IntConsumer NOTHING = _ -> {
        throw new IllegalStateException("a piece that will not be done was tried");
    };

    /// A moment: the clock, and the time that the compiler and the whole process had worked by then, in seconds.
    private record Moment(double time, double compiled, double processed) {}

    private final List<Piece> pieces = new ArrayList<>();
    private final LongSupplier clock, compiler, process;
    private final Deque<Moment> moments = new ArrayDeque<>();                      // the moments of the window, and the last one before it
    private double spent;
    private long begun;

    /// No pieces so far.
    public Pieces() {
        this(System::nanoTime, compiler(),
                () -> ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ofNanos(System.nanoTime())).toNanos());
    }

    /// For tests: with other sources of the current nanoseconds, and of those that the compiler and the whole process have worked so far.
    Pieces(LongSupplier clock, LongSupplier compiler, LongSupplier process) {
        this.clock = clock;
        this.compiler = compiler;
        this.process = process;
    }

    private static LongSupplier compiler() {
        CompilationMXBean bean = ManagementFactory.getCompilationMXBean();        // null if this Java only interprets
        return bean == null || !bean.isCompilationTimeMonitoringSupported() ? () -> 0 : () -> bean.getTotalCompilationTime() * 1_000_000;
    }

    private double timed(IntConsumer work, int n) {
        long start = clock.getAsLong();
        try (var _ = Scope.open()) {
            work.accept(n);
        }
        double seconds = (clock.getAsLong() - start) * 1e-9;
        spent += seconds;
        moments.addLast(new Moment(spent, compiler.getAsLong() * 1e-9, process.getAsLong() * 1e-9));
        while (moments.size() > 2 && second().time <= spent - WINDOW) moments.removeFirst();
        return seconds;
    }

    private Moment second() {
        var all = moments.iterator();
        all.next();
        return all.next();
    }

    /// Whether the compiler is idle. If other programs have the processors, it may only be waiting.
    private boolean isIdle() {
        Moment first = moments.getFirst(), last = moments.getLast();
        double window = last.time - first.time;
        return window >= WINDOW && last.compiled - first.compiled < BUSY * window && last.processed - first.processed > PRESENT * window;
    }

    /// One of the pieces.
    public final class Piece {
        private final double times;
        private final IntConsumer work;
        private final @Nullable IntConsumer little;
        private final List<Double> took = new ArrayList<>();
        private double sum;

        private Piece(double times, IntConsumer work, @Nullable IntConsumer little) {
            this.times = times;
            this.work = work;
            this.little = little;
        }

        private void once() {
            double seconds = timed(work, took.size());
            took.add(seconds);
            sum += seconds;
        }

        /// The index of the first run in the last `share` of all its time.
        private int last(double share) {
            int n = took.size() - 1;
            for (double part = took.get(n); n > 0 && part < share * sum; n--) part += took.get(n - 1);
            return n;
        }

        private double mean(int from, int to) {
            return took.subList(from, to).stream().mapToDouble(t -> t).average().orElse(Double.POSITIVE_INFINITY);
        }

        /// Whether it takes so long that a single run counts; the first run, which loads classes, is left out.
        private boolean isLong() {
            return took.size() > 1 && took.getLast() >= LONG;
        }

        private boolean isSettled() {
            int quarter = last(0.25), half = last(0.5);
            return isLong() || (isIdle() && quarter > 0 && seconds() > FASTER * mean(Math.min(half, quarter - 1), quarter));
        }

        /// The seconds that it takes: the mean over the last quarter of its time; 0 if it will not be done.
        public double seconds() {
            return took.isEmpty() ? 0 : mean(last(0.25), took.size());
        }

        /// Its seconds in the whole run.
        private double inAll() {
            return times * seconds();
        }
    }

    /// Adds a piece.
    ///
    /// @param times how often it will be done; if it stands for a larger model, it counts more than once
    /// @param work does it once, to its end; receives how often it was done before
    public Piece of(double times, IntConsumer work) {
        return add(new Piece(times, work, null));
    }

    /// Adds a piece that also has work for small shapes.
    Piece of(double times, IntConsumer work, IntConsumer little) {
        return add(new Piece(times, work, little));
    }

    private Piece add(Piece piece) {
        if (piece.times > 0) pieces.add(piece);
        return piece;
    }

    /// Tries the pieces, for no more than a fifth of the time that the run will take: the exact length of a short one is not worth waiting for. Returns whether all that matter have settled.
    public boolean rehearse() {
        begun = process.getAsLong();
        for (Piece piece : pieces) piece.once();
        double end = tried() + Math.min(LITTLE, SHORT * all());
        List<IntConsumer> little = new ArrayList<>();
        for (Piece piece : pieces) if (piece.little != null) little.add(piece.little);
        for (int n = 0; !little.isEmpty() && tried() < end; n++) for (IntConsumer work : little) timed(work, n);
        while (true) {
            double all = all();
            List<Piece> left = pieces.stream().filter(p -> !p.isSettled() && p.inAll() > MATTERS * all).toList();
            if (left.isEmpty()) return true;
            if (tried() > Math.min(SHORT * all, Math.clamp(SHARE * all, LEAST, MOST))) return false;
            left.stream().min(Comparator.comparingDouble(p -> p.sum)).orElseThrow().once();
        }
    }

    /// The seconds that count as spent on the rehearsal.
    private double tried() {
        return Math.min(spent, Math.max((process.getAsLong() - begun) * 1e-9, spent / CROWDED));
    }

    private double all() {
        return pieces.stream().mapToDouble(Piece::inAll).sum();
    }
}
