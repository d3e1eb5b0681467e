package dev.samovar.cli;

import dev.samovar.models.train.Run;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of verbs that use trained runs: which head, and where its SAM is now.
final class TrainedOptions {
    @Option(names = "--weights", paramLabel = "FILE", description = "The SAM checkpoint, if it has moved since the training.")
    private @Nullable Path weights;

    @Option(names = "--best", description = "Take the head with the lowest validation loss instead of the last one.")
    private boolean best;

    /// The checkpoint; null if it is still where it was.
    @Nullable
    Path weights() {
        return weights;
    }

    Run.Which which() {
        return best ? Run.Which.BEST : Run.Which.LAST;
    }
}
