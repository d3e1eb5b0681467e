package dev.samovar.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The output of a run: results on one stream, everything about the run itself on the other.
final class Console {
    private final PrintWriter out, err;
    private final boolean terminal;
    private boolean quiet, verbose;
    private final List<Runnable> endings = new CopyOnWriteArrayList<>();
    private int drawn;

    /// @param terminal whether `err` is a terminal, on which a line can be redrawn
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

    /// Prints a result. The text contains its own line breaks.
    synchronized void result(String text) {
        wipe();
        out.print(text);
        out.flush();
    }

    /// Prints a remark about the run, which `--quiet` leaves out.
    synchronized void say(String line) {
        if (quiet) return;
        wipe();
        err.println(line);
    }

    /// Prints a remark that should not be missed, even with `--quiet`.
    synchronized void warn(String line) {
        wipe();
        err.println(line);
    }

    /// Prints why the run failed, with the stack trace if that was asked for, and returns the exit status.
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

    /// Removes the drawn line.
    synchronized void clear() {
        wipe();
        err.flush();
    }

    /// Registers an action to run before the program ends, for any reason, while files can still be written.
    void atEnd(Runnable ending) {
        endings.add(ending);
    }

    /// Runs these actions.
    void end() {
        endings.forEach(Runnable::run);
    }

    /// Ends the drawn line, if any, and leaves it there: for a run that is interrupted.
    synchronized void leave() {
        if (drawn > 0) err.println();
        drawn = 0;
    }

    private void wipe() {
        if (drawn > 0) err.print("\r" + " ".repeat(drawn) + "\r");
        drawn = 0;
    }
}
