package dev.samovar.cli;

import dev.samovar.core.io.Progress;
import java.time.Duration;
import java.util.function.LongSupplier;

/// The progress of long work, and the time that is left.
///
/// On a terminal it is one line that is redrawn; elsewhere it is a plain line at every tenth of the work, if five seconds have passed
/// since the line before. A stage that took five seconds or more ends with its duration.
final class ProgressLine implements Progress, AutoCloseable {
    private static final int WIDTH = 79;
    private static final long REDRAW = 100_000_000L, PLAIN = 5_000_000_000L;               // nanoseconds

    private final Console console;
    private final LongSupplier clock;
    private String stage = "";
    private long steps, done, start, tenths, spoken, redrawn;

    ProgressLine(Console console) {
        this(console, System::nanoTime);
    }

    /// With a clock that tells nanoseconds.
    ProgressLine(Console console, LongSupplier clock) {
        this.console = console;
        this.clock = clock;
    }

    /// Begins a stage, which ends the one before it.
    @Override
    public void begin(String what, int count) {
        close();
        stage = what;
        steps = count;
        done = 0;
        tenths = 0;
        start = clock.getAsLong();
        spoken = start;
        redrawn = start - REDRAW;
        done(0, "");
    }

    @Override
    public void done(int count, String note) {
        done = count;
        long now = clock.getAsLong();
        if (console.isTerminal()) {
            if (now - redrawn < REDRAW) return;
            redrawn = now;
            String line = line(note, now);
            console.draw(line.length() > WIDTH ? line.substring(0, WIDTH) : line);
        } else if (done < steps && 10 * done / steps > tenths && now - spoken >= PLAIN) {
            tenths = 10 * done / steps;
            spoken = now;
            console.say(line(note, now));
        }
    }

    @Override
    public void remark(String sentence) {
        console.say(sentence);
    }

    /// Ends the last stage.
    @Override
    public void close() {
        Duration took = Duration.ofNanos(clock.getAsLong() - start);
        console.clear();
        if (!stage.isEmpty() && done == steps && took.toNanos() >= PLAIN) console.say(stage + ": done in " + Sizes.time(took));
        stage = "";
    }

    private String line(String note, long now) {
        String left = done == 0 ? "" : ", " + Sizes.time(Duration.ofNanos((now - start) / done * (steps - done))) + " left";
        return stage + ": " + done + " of " + steps + left + (note.isEmpty() ? "" : ", " + note);
    }
}
