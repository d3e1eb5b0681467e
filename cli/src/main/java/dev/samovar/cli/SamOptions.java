package dev.samovar.cli;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of verbs that use a whole SAM: which weights, and where to compute.
final class SamOptions {
    @Option(names = "--weights", paramLabel = "FILE", defaultValue = BuiltInSam.NAME,
            description = "The SAM or MedSAM checkpoint: .pth, .safetensors, or a folder of transformers (default: ${DEFAULT-VALUE}, the small SAM that is built in).")
    private Path weights;

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    Path weights() {
        return weights;
    }

    /// Makes sure, before anything else, that the required kernels are there.
    void check() {
        compute.check();
    }

    /// Loads the model for much work, and warns if its encoder will need more memory than there is.
    ///
    /// @throws dev.samovar.core.io.FormatException if the file is not a SAM
    Sam load(Console console) {
        return load(console, false);
    }

    /// Loads the model, as [#load(Console)].
    ///
    /// @param once whether it is for one picture and a prompt or two
    Sam load(Console console, boolean once) {
        try (TensorFile file = unknown.open(weights, console)) {
            Device device = compute.device(console, once ? SamConfig.of(file).encoderOperations() : Long.MAX_VALUE);
            Sam sam = Sam.load(file, device);
            Compute.warnOfMemory(sam.config().encoderMemory(), device, console);
            return sam;
        }
    }
}
