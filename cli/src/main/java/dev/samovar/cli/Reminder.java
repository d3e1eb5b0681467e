package dev.samovar.cli;

/// Prints how to continue the work, if it is interrupted.
record Reminder(Console console, Thread thread) implements AutoCloseable {
    /// @param command the command that continues it
    Reminder(Console console, String command) {
        this(console, new Thread(() -> console.warn("\ninterrupted; to go on: " + command)));
        Runtime.getRuntime().addShutdownHook(thread);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException _) {
            // The program is ending, and the reminder is being printed.
        }
    }
}
