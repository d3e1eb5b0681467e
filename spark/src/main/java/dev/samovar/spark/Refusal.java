package dev.samovar.spark;

import dev.samovar.cli.Problem;

/// Why a job does not start or does not continue. The message is one sentence: what is wrong, where, and what to do.
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final int INPUT = 2, ENVIRONMENT = 3;

    private final int exit;

    private Refusal(int exit, String message) {
        super(message);
        this.exit = exit;
    }

    /// Something is wrong with the options or the files.
    static Refusal input(String message) {
        return new Refusal(INPUT, message);
    }

    /// Something is wrong with the machines or their Java.
    static Refusal environment(String message) {
        return new Refusal(ENVIRONMENT, message);
    }

    /// The refusal for a problem that the command line reports.
    static Refusal of(Problem problem) {
        return new Refusal(problem.exit(), String.valueOf(problem.getMessage()));
    }

    /// The exit status, the same as the command line's.
    public int exit() {
        return exit;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
