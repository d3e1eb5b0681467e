package dev.samovar.cli;

/// The program's exit statuses. They are part of its contract: scripts rely on them.
final class Exit {
    /// Done.
    static final int OK = 0;
    /// A bug in Samovar.
    static final int BUG = 1;
    /// The command line, a file, or a disk is at fault.
    static final int INPUT = 2;
    /// This machine or its Java is not suitable.
    static final int ENVIRONMENT = 3;
    /// There was not enough memory.
    static final int MEMORY = 4;
    /// Ctrl-C, which is also the JVM's own status for it.
    static final int INTERRUPTED = 130;

    private Exit() {}
}
