package dev.samovar.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Where a run speaks: results on one stream, everything about the run itself on the other.
final class Console {
    private final PrintWriter out, err;
    private final boolean terminal;
    private boolean quiet, verbose;
    private final List<Runnable> endings = new CopyOnWriteArrayList<>();
    private int drawn;

    /// With a terminal, a line can be drawn over and over; elsewhere lines only follow each other.
    Console(PrintStream out, PrintStream err, boolean terminal) {
        this.out = new PrintWriter(out, true, out.charset());
        this.err = new PrintWriter(err, true, err.charset());
        this.terminal = terminal;
    }

    void setQuiet(boolean quiet) {
        this.quiet = quiet;
    }

    boolean isQuiet() {
        return quiet;
    }

    void setVerbose(boolean verbose) {
        this.verbose = verbose;
    }

    PrintWriter out() {
        return out;
    }

    PrintWriter err() {
        return err;
    }

    boolean isTerminal() {
        return terminal;
    }

    /// What was asked for. Lines end as they are given.
    synchronized void result(String text) {
        wipe();
        out.print(text);
        out.flush();
    }

    /// A remark about the run, which `--quiet` leaves out.
    synchronized void say(String line) {
        if (quiet) return;
        wipe();
        err.println(line);
    }

    /// A remark that should not be missed.
    synchronized void warn(String line) {
        wipe();
        err.println(line);
    }

    /// Why the run ends. The stack trace follows if it was asked for.
    synchronized int fail(Throwable thrown) {
        Failure failure = Failure.of(thrown);
        wipe();
        err.println("samovar: " + failure.sentence());
        if (verbose) thrown.printStackTrace(err);
        err.flush();
        return failure.exit();
    }

    /// Draws a line that the next one replaces. Only where there is a terminal.
    synchronized void draw(String line) {
        if (quiet || !terminal) return;
        err.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
        err.flush();
        drawn = line.length();
    }

    /// Takes the line that is drawn away.
    synchronized void clear() {
        wipe();
        err.flush();
    }

    /// What is to be done before the program ends, however it ends, while files can still be written.
    void atEnd(Runnable ending) {
        endings.add(ending);
    }

    /// Does it.
    void end() {
        endings.forEach(Runnable::run);
    }

    /// Ends the line that is drawn, if any, and leaves it where it is: for a run that is interrupted.
    synchronized void leave() {
        if (drawn > 0) err.println();
        drawn = 0;
    }

    private void wipe() {
        if (drawn > 0) err.print("\r" + " ".repeat(drawn) + "\r");
        drawn = 0;
    }
}
