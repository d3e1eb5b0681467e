package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.List;

/// The cases of a long command that fail for what is in their files. Each is reported at once, and the others are done all the same; a command for a
/// single case fails with it.
final class Failures {
    private final Console console;
    private final int cases;
    private final List<String> failed = new ArrayList<>();

    Failures(Console console, int cases) {
        this.console = console;
        this.cases = cases;
    }

    /// Does the work of a case.
    void attempt(String name, Runnable work) {
        try {
            work.run();
        } catch (FormatException | Problem e) {
            if (cases == 1) throw e;
            console.warn("left out: " + e.getMessage());
            failed.add(name);
        }
    }

    /// Ends the command.
    ///
    /// @param done what was to be done, as in `segmented`
    /// @param again what to do once the files are mended
    /// @throws Problem naming the cases that failed, if there are any
    void end(String done, String again) {
        if (!failed.isEmpty())
            throw Problem.input(failed.size() + " of " + cases + " cases could not be " + done + ", as said above: " + String.join(", ", failed)
                    + "; mend or remove them, and " + again);
    }
}
