package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.kernel.OutOfDeviceMemoryException;
import dev.samovar.cuda.CudaException;
import dev.samovar.models.sam.PromptException;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Why a run failed: one sentence, and the exit status.
record Failure(int exit, String sentence) {

    /// The failure that an exception means.
    static Failure of(Throwable thrown) {
        return switch (thrown) {
            case Problem problem -> new Failure(problem.exit(), sentence(problem));
            case FormatException wrong -> new Failure(Exit.INPUT, sentence(wrong));
            case PromptException prompt -> new Failure(Exit.INPUT, sentence(prompt));
            case UncheckedIOException io -> new Failure(Exit.INPUT, Sentence.of(io));
            case IOException io -> new Failure(Exit.INPUT, Sentence.of(io));
            case CudaException gpu -> new Failure(Exit.ENVIRONMENT, sentence(gpu));
            case OutOfDeviceMemoryException gpu -> new Failure(Exit.MEMORY, sentence(gpu));
            case OutOfMemoryError _ -> new Failure(Exit.MEMORY, "the Java heap of " + Sizes.bytes(Runtime.getRuntime().maxMemory())
                    + " is not enough for this; allow more with SAMOVAR_JAVA_OPTS=-Xmx… (-Xmx12g, say), or ask for less at a time");
            default -> new Failure(Exit.BUG, "this is a bug in Samovar, not your mistake (" + Sentence.oneLine(thrown.toString())
                    + "); run it again with --verbose and report what it prints");
        };
    }

    private static String sentence(Exception e) {
        return Sentence.oneLine(String.valueOf(e.getMessage()));
    }
}
