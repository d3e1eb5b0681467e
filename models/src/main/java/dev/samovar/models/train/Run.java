package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A folder that holds one training run.
///
/// | file | what |
/// |---|---|
/// | `run.json` | everything that was resolved before the first step |
/// | `split.json` | the cases trained on, steered by, and left for the test |
/// | `log.csv` | losses and learning rate per epoch; the same bytes for the same seed |
/// | `timings.csv` | seconds per epoch |
/// | `head-last.safetensors` | the head after the last finished epoch |
/// | `head-best.safetensors` | the head with the lowest validation loss, or training loss where nothing is validated |
///
/// @param folder the folder
/// @param config what `run.json` says
public record Run(Path folder, RunConfig config) {

    /// Which of a run's heads.
    public enum Which {
        /// After the last epoch: what the paper tests.
        LAST,
        /// With the lowest loss.
        BEST
    }

    /// Makes the folder and writes what was resolved. Nothing that exists is touched.
    ///
    /// @throws FormatException if there is something of this name already
    public static Run create(Path folder, RunConfig config, Json split) {
        if (Files.exists(folder))
            throw new FormatException(folder + ": exists already; a run is never overwritten, so give another --out or remove it");
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder, e);
        }
        var run = new Run(folder, config);
        AtomicFile.write(folder.resolve("split.json"), split.pretty());
        AtomicFile.write(folder.resolve("run.json"), config.json().pretty());
        return run;
    }

    /// The run in a folder.
    ///
    /// @throws FormatException if there is none
    public static Run open(Path folder) {
        Path json = folder.resolve("run.json");
        if (!Files.isRegularFile(json))
            throw new FormatException(folder + ": is no run, it has no run.json; give the folder that train wrote with --out");
        return new Run(folder, RunConfig.read(json));
    }

    /// The names of the cases that the run left for the test.
    public List<String> testCases() {
        return Json.read(folder.resolve("split.json")).at("test").strings();
    }

    /// The file of a head.
    public Path head(Which which) {
        return folder.resolve(which == Which.LAST ? "head-last.safetensors" : "head-best.safetensors");
    }

    /// The file of losses.
    public Path log() {
        return folder.resolve("log.csv");
    }

    /// The file of times.
    public Path timings() {
        return folder.resolve("timings.csv");
    }
}
