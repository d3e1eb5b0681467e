package dev.samovar.cli;

import dev.samovar.core.testkit.Golden;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The result of running the program in this JVM.
///
/// @param exit its exit status
/// @param out what it wrote to the standard output
/// @param err what it wrote to the standard error
record Cli(int exit, String out, String err) {
    /// A SAM of 0.2 million parameters, as PyTorch saves it.
    static final Path TINY = Golden.path("sam-tiny/sam-tiny.pth");

    static Cli run(Object... args) {
        return run(false, args);
    }

    static Cli onTerminal(Object... args) {
        return run(true, args);
    }

    private static Cli run(boolean terminal, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        int exit = Main.run(new Console(stream(out), stream(err), terminal), List.of(args).stream().map(String::valueOf).toArray(String[]::new));
        return new Cli(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
