package dev.samovar.models.pretrain;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A folder that holds one pretraining run.
///
/// | file | what |
/// |---|---|
/// | `pretrain.json` | all settings as resolved before the first step |
/// | `start.safetensors` | the weights that it began with, if they were not random |
/// | `checkpoint.safetensors` | everything that is needed to continue after the last line of the log |
/// | `log.csv` | losses, rate and IoU; the same bytes for the same seed |
/// | `timings.csv` | seconds |
/// | `sam.safetensors` | the current network, under the official names: a checkpoint like any other |
/// | `held-out.json`, `report.html` | its scores, once it is finished |
///
/// @param folder the folder
/// @param config the contents of `pretrain.json`
public record PretrainRun(Path folder, PretrainConfig config) {
    /// The name of the network's file.
    public static final String SAM = "sam.safetensors";

    private static final String JSON = "pretrain.json";
    private static final String START = "start.safetensors";

    /// Makes the folder and writes the resolved settings.
    ///
    /// @param start a SAM of these sizes whose weights it begins with; null for random weights
    /// @throws FormatException if there is something of this name already, or a number of the start is not finite
    public static PretrainRun create(Path folder, PretrainConfig config, @Nullable TensorFile start) {
        RunFolder.make(folder, JSON, config.json().pretty(), () -> {
            if (start != null)
                Safetensors.write(folder.resolve(START), Map.of(), config.sam().tensors().entrySet().stream()
                        .map(tensor -> Safetensors.Item.of(tensor.getKey(), tensor.getValue(), () -> start.weights(tensor.getKey()))).toList());
        });
        return new PretrainRun(folder, config);
    }

    /// Whether a folder holds a pretraining run.
    public static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(JSON));
    }

    /// The pretraining run in a folder.
    ///
    /// @throws FormatException if there is none, or it was never begun completely
    public static PretrainRun open(Path folder) {
        if (!isRun(folder))
            throw new FormatException(folder + ": is no pretraining, it has no " + JSON
                    + "; give the folder that pretrain wrote with --out");
        return new PretrainRun(folder, PretrainConfig.of(RunFolder.read(folder, JSON), folder.resolve(JSON)));
    }

    /// This run with `steps` steps in all: finished steps stay, and from there on the rate follows the longer schedule.
    ///
    /// @throws FormatException if it already has that many, or another process is training it
    public PretrainRun extended(int steps) {
        Recipe recipe = config.recipe();
        if (steps <= recipe.steps())
            throw new FormatException(folder + ": has " + recipe.steps() + " steps already, and " + steps + " are not more");
        var longer = new PretrainConfig(config.sam(), recipe.withSteps(steps), config.sources(), config.every(), config.kernels());
        lock().close();                                                            // it is on the file that is replaced
        AtomicFile.write(folder.resolve(JSON), longer.json().pretty());
        return new PretrainRun(folder, longer);
    }

    /// Takes the run for this process.
    ///
    /// @throws FormatException if another one has it
    RunFolder.Lock lock() {
        return RunFolder.lock(folder, JSON);
    }

    /// The number of finished steps.
    ///
    /// @throws FormatException if its checkpoint is damaged
    public int step() {
        if (!Files.exists(checkpoint())) return 0;
        try (Safetensors file = Safetensors.open(checkpoint())) {
            return PretrainState.of(file).step();
        }
    }

    /// The file from which it continues.
    public Path checkpoint() {
        return folder.resolve("checkpoint.safetensors");
    }

    /// The file of the weights that it begins with; it does not exist if they are random.
    Path start() {
        return folder.resolve(START);
    }

    /// The file of losses.
    public Path log() {
        return folder.resolve("log.csv");
    }

    Path timings() {
        return folder.resolve("timings.csv");
    }

    /// The network.
    public Path sam() {
        return folder.resolve(SAM);
    }

    /// The figures of its network.
    public Path heldOut() {
        return folder.resolve("held-out.json");
    }

    /// The page about it.
    public Path report() {
        return folder.resolve("report.html");
    }
}
