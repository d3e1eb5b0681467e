package dev.samovar.cli;

import java.time.Duration;
import java.util.function.LongSupplier;

/// How far a long stage has come, and when it will be done.
///
/// On a terminal it is one line that is drawn over and over; elsewhere a plain line at every tenth of the way, if five seconds have passed
/// since the one before. A stage that took five seconds or more says at its end how long.
final class Progress {
    private static final int WIDTH = 79;
    private static final long REDRAW = 100_000_000L, PLAIN = 5_000_000_000L;               // nanoseconds

    private final Console console;
    private final LongSupplier clock;
    private final String stage;
    private final long total, start;
    private long tenths, spoken, redrawn;

    private Progress(Console console, LongSupplier clock, String stage, long total) {
        this.console = console;
        this.clock = clock;
        this.stage = stage;
        this.total = Math.max(1, total);
        start = clock.getAsLong();
        spoken = start;
        redrawn = start - REDRAW;
    }

    /// Begins a stage of `total` equal steps.
    static Progress start(Console console, String stage, long total) {
        return start(console, stage, total, System::nanoTime);
    }

    static Progress start(Console console, String stage, long total, LongSupplier clock) {
        Progress progress = new Progress(console, clock, stage, total);
        progress.at(0, "");
        return progress;
    }

    /// So many steps are done. `note` is what else there is to say, as the loss.
    void at(long done, String note) {
        long now = clock.getAsLong();
        if (console.isTerminal()) {
            if (now - redrawn < REDRAW) return;
            redrawn = now;
            String line = line(done, note, now);
            console.draw(line.length() > WIDTH ? line.substring(0, WIDTH) : line);
        } else if (10 * done / total > tenths && now - spoken >= PLAIN && done < total) {
            tenths = 10 * done / total;
            spoken = now;
            console.say(line(done, note, now));
        }
    }

    /// The stage is over.
    void finish(String note) {
        Duration took = Duration.ofNanos(clock.getAsLong() - start);
        if (took.toNanos() >= PLAIN) console.say(stage + ": done in " + Sizes.time(took) + after(note));
        else console.draw("");
    }

    private String line(long done, String note, long now) {
        String left = done == 0
                ? ""
                : ", " + Sizes.time(Duration.ofNanos((long) ((now - start) * ((double) (total - done) / done)))) + " left";
        return stage + ": " + done + " of " + total + " (" + 100 * done / total + " %)" + left + after(note);
    }

    private static String after(String note) {
        return note.isEmpty() ? "" : ", " + note;
    }
}
