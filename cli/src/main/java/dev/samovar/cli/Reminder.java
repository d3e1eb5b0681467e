package dev.samovar.cli;

/// Tells, if the work is interrupted, how to go on with it.
record Reminder(Console console, Thread thread) implements AutoCloseable {
    /// @param command what goes on with it
    Reminder(Console console, String command) {
        this(console, new Thread(() -> console.warn("\ninterrupted; to go on: " + command)));
        Runtime.getRuntime().addShutdownHook(thread);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException _) {
            // It is being told.
        }
    }
}
