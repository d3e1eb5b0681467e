package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import dev.samovar.models.sam.PromptException;
import java.util.function.Supplier;

/// Something the user can put right. The message is one sentence: what is wrong, where, and what to do.
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exit;

    private Problem(int exit, String message) {
        super(message);
        this.exit = exit;
    }

    /// With what was typed, or is in a file.
    static Problem input(String message) {
        return new Problem(Exit.INPUT, message);
    }

    /// Makes something of an option's value. What is wrong with it is told with the option before it.
    static <T> T of(String option, Object value, Supplier<T> work) {
        try {
            return work.get();
        } catch (FormatException | PromptException e) {
            throw input(option + " " + value + ": " + e.getMessage());
        }
    }

    /// With the machine or its Java.
    static Problem environment(String message) {
        return new Problem(Exit.ENVIRONMENT, message);
    }

    /// The exit status that it leads to.
    public int exit() {
        return exit;
    }
}
