package dev.samovar.spark;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that choose the model and the kernels.
final class ModelOptions {
    /// Which kernels are wanted.
    enum Backend {
        /// Kernels on the processor's vector registers.
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

    /// What the options demand of executors.
    ///
    /// @throws Refusal if no weights were given
    Runner.Needs needs(Storage storage) throws IOException {
        if (weights == null) throw Refusal.input("--weights is missing: say which model computes");
        return needs(weights, false, storage);
    }

    /// These options, with the given weights if the user chose none.
    ///
    /// @param ignore whether unknown weights are left out
    Runner.Needs needs(String otherwise, boolean ignore, Storage storage) throws IOException {
        String from = weights == null ? otherwise : weights;
        return new Runner.Needs(new Engine.Model(Engine.place(from, storage), ignoreUnknown || ignore,
                required == Backend.SCALAR),
                required == null ? "" : required.name().toLowerCase(Locale.ROOT));
    }
}
