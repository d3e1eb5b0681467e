package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.train.RunConfig;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/// The option of all verbs that compute with a checkpoint, and how they open one: they say what is in it but not used.
final class Unknown {
    private static final int SHOWN = 8;
    private static final String BUILT_IN = "weights: mini, the small SAM that is built in, for experiments and small tasks; Meta's are far better (samovar weights)";

    @Option(names = "--ignore-unknown-weights",
            description = "Leave out tensors that are within the checkpoint's networks but have no place in a SAM, such as adapters; without this option they are an "
                    + "error. A run remembers this.")
    private boolean ignore;

    /// Whether such tensors are left out.
    boolean ignore() {
        return ignore;
    }

    /// Adopts what was chosen when a run was begun, which holds for all of it.
    Unknown asBegun(RunConfig.Origin origin) {
        ignore |= origin.ignoreUnknown();
        return this;
    }

    /// How to read a checkpoint.
    Checkpoints.Options options() {
        return new Checkpoints.Options(ignore, null);
    }

    /// Opens a checkpoint and says which of its tensors are left out.
    TensorFile open(Path weights, Console console) {
        TensorFile file = Checkpoints.open(weights, options());
        if (BuiltInSam.is(weights)) console.say(BUILT_IN);
        for (String remark : Checkpoints.remarks(file)) console.say(weights + ": " + remark);
        List<String> out = Checkpoints.leftOut(file);
        if (out.isEmpty()) return file;
        String names = String.join(", ", out.subList(0, Math.min(SHOWN, out.size()))) + (out.size() > SHOWN
                ? " and " + (out.size() - SHOWN) + " more"
                : "");
        String line = Sentence.oneLine(weights + ": left out are tensors that have no place in the model: " + names);
        if (ignore) console.warn("warning: " + line);
        else console.say(line);
        return file;
    }
}
