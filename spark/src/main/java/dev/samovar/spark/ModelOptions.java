package dev.samovar.spark;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which model computes, and with which kernels.
final class ModelOptions {
    /// Which kernels are wanted.
    enum Backend {
        /// Those on the processor's vector registers.
        VECTOR,
        /// Plain loops.
        SCALAR
    }

    @Option(names = "--weights", paramLabel = "FILE",
            description = "The SAM checkpoint: any path that Hadoop reaches; spark-file:NAME for one that --files took along; or mini, the small one that is built in.")
    private @Nullable String weights;

    @Option(names = "--ignore-unknown-weights", description = "Go without tensors that have no place in a SAM; else they are an error.")
    private boolean ignoreUnknown;

    @Option(names = "--require-backend", paramLabel = "vector|scalar",
            description = "Fail at once if an executor cannot use these kernels, instead of taking what there is.")
    private @Nullable Backend required;

    /// What executors have to be.
    ///
    /// @throws Refusal if no weights were given
    Runner.Needs needs(Storage storage) throws IOException {
        if (weights == null) throw Refusal.input("--weights is missing: say which model computes");
        return needs(weights, false, storage);
    }

    /// These options with these weights where no others were given.
    ///
    /// @param ignore whether unknown ones are left out, as was said before
    Runner.Needs needs(String otherwise, boolean ignore, Storage storage) throws IOException {
        String from = weights == null ? otherwise : weights;
        return new Runner.Needs(new Engine.Model(Engine.place(from, storage), ignoreUnknown || ignore,
                required == Backend.SCALAR),
                required == null ? "" : required.name().toLowerCase(Locale.ROOT));
    }
}
