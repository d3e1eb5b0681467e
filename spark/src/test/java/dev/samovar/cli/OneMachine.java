package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/// The command line in this JVM, with which jobs are compared.
public final class OneMachine {
    private OneMachine() {}

    /// Runs a verb that succeeds, and returns its output.
    public static String run(Object... args) {
        String[] ran = ran(args);
        assertEquals("0", ran[0], ran[2]);
        return ran[1];
    }

    /// Runs a verb that fails, and returns its error output.
    public static String refused(Object... args) {
        String[] ran = ran(args);
        assertEquals("2", ran[0], ran[2]);
        return ran[2].strip();
    }

    /// Runs a verb and returns its exit status, its standard output and its standard error.
    public static String[] ran(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        int exit = Main.run(new Console(stream(out), stream(err), false), Stream.of(args).map(String::valueOf).toArray(String[]::new));
        return new String[]{String.valueOf(exit), out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8)};
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
