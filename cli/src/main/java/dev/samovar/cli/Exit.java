package dev.samovar.cli;

/// What the exit status of the program means. It is part of the program's contract: scripts rely on it.
final class Exit {
    /// Done.
    static final int OK = 0;
    /// A mistake of ours.
    static final int BUG = 1;
    /// The command line, or what is in a file, is wrong.
    static final int INPUT = 2;
    /// This machine or its Java does not fit.
    static final int ENVIRONMENT = 3;
    /// The memory was not enough.
    static final int MEMORY = 4;

    private Exit() {}
}
