package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import dev.samovar.models.sam.PromptException;
import java.util.function.Supplier;

/// Something that the user can fix. The message is one sentence: what is wrong, where, and what to do.
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exit;

    private Problem(int exit, String message) {
        super(message);
        this.exit = exit;
    }

    /// A problem with what was typed, or is in a file.
    static Problem input(String message) {
        return new Problem(Exit.INPUT, message);
    }

    /// Converts an option's value. If that fails, the message begins with the option.
    static <T> T of(String option, Object value, Supplier<T> work) {
        try {
            return work.get();
        } catch (FormatException | PromptException e) {
            throw input(option + " " + value + ": " + e.getMessage());
        }
    }

    /// A problem with the machine or its Java.
    static Problem environment(String message) {
        return new Problem(Exit.ENVIRONMENT, message);
    }

    /// A problem of another process of ours, which has said what it is.
    static Problem elsewhere(int exit, String message) {
        return new Problem(exit, message);
    }

    /// The exit status that it leads to.
    public int exit() {
        return exit;
    }
}
