package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sentence;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Split;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A folder that holds one training run.
///
/// | file | what |
/// |---|---|
/// | `run.json` | everything that was resolved before the first step, the split among it |
/// | `checkpoint.safetensors` | all that the training needs to go on after the last finished epoch |
/// | `log.csv` | losses and learning rate per epoch; the same bytes for the same seed |
/// | `timings.csv` | seconds per epoch |
/// | `pretraining.safetensors`, `pretrained.safetensors`, `pretraining.csv` | the same of a pre-training: all that it needs to go on, what had the lowest loss, and losses per epoch |
/// | `head-best.safetensors` | the head with the lowest validation loss, or training loss where nothing is validated |
/// | `head-last.safetensors` | the head after the last epoch: there once the training is through |
/// | `labels/` | what the head makes of the test cases, once they were asked for |
/// | `evaluation.json`, `evaluation.csv`, `model-card.json`, `report.html` | how well it does, once a report was asked for |
///
/// @param folder the folder
/// @param config what `run.json` says
/// @param split which cases are learnt from, steered by, and left for the test
public record Run(Path folder, RunConfig config, Split split) {
    private static final String JSON = "run.json";

    /// Which of a run's heads.
    public enum Which {
        /// After the last epoch: what the paper tests.
        LAST,
        /// With the lowest loss.
        BEST
    }

    /// Makes the folder and writes what was resolved, in one file. Nothing that exists is touched.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static Run create(Path folder, RunConfig config, Split split) {
        var run = new Run(folder, config, split);
        RunFolder.make(folder, JSON, run.json());
        return run;
    }

    /// Makes sure that a run can be made in a folder: to be asked before much work.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void requireEmpty(Path folder) {
        RunFolder.requireEmpty(folder);
    }

    /// This run with other ends, which its `run.json` has from here on: so a run that is through can go further.
    ///
    /// @throws FormatException if it went further already, or another process is training it
    public Run with(RunConfig.Schedule schedule) {
        int through = Files.exists(checkpoint()) ? epoch() : 0;
        if (schedule.epochs() < through)
            throw new FormatException(folder + ": " + through + " epochs are through, so it cannot end after " + schedule.epochs());
        lock().close();
        Run other = new Run(folder, config.with(schedule), split);
        try {
            if (schedule.epochs() > through) Files.deleteIfExists(last());         // from here on the last head is in the checkpoint
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + last() + ": " + Sentence.reason(e), e);
        }
        AtomicFile.write(folder.resolve(JSON), other.json());
        return other;
    }

    private int epoch() {
        try (Safetensors file = Safetensors.open(checkpoint())) {
            return Checkpoint.of(file).epoch();
        }
    }

    private String json() {
        return config.json().with("split", split.json()).pretty();
    }

    /// Whether a folder holds a run.
    public static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(JSON));
    }

    /// The run in a folder.
    ///
    /// @throws FormatException if there is none
    public static Run open(Path folder) {
        if (!Files.isDirectory(folder)) throw FormatException.noFolder(folder);
        if (!isRun(folder))
            throw new FormatException(folder + ": is no run, it has no run.json; give the folder that train wrote with --out");
        Path file = folder.resolve(JSON);
        Json json = Json.read(file);
        return new Run(folder, RunConfig.of(json, file), Split.of(json.at("split"), file));
    }

    /// Takes the run for this process.
    ///
    /// @throws FormatException if another one has it
    RunFolder.Lock lock() {
        return RunFolder.lock(folder, JSON);
    }

    /// What the run rests on, if an epoch of it was finished.
    ///
    /// @throws FormatException if its checkpoint is damaged
    Optional<Basis> basis() {
        if (!Files.exists(checkpoint())) return Optional.empty();
        try (Safetensors file = Safetensors.open(checkpoint())) {
            return Optional.of(Checkpoint.of(file).basis());
        }
    }

    /// Makes sure that split, classes and the image of a case, in the canonical orientation, are those that the run rests on.
    ///
    /// @throws FormatException naming what was changed
    public void require(String name, Volume image) {
        basis().ifPresent(basis -> {
            basis.require(this);
            basis.require(this, name, image);
        });
    }

    /// Whether the training is through.
    public boolean isFinished() {
        return Files.exists(last());
    }

    /// Whether an epoch of it, or of what comes before it, is through.
    public boolean isBegun() {
        return Files.exists(checkpoint()) || Files.exists(pretraining());
    }

    /// Whether there is a head yet.
    public boolean has(Which which) {
        return Files.exists(file(which));
    }

    /// The file of a head. Of a training that is not through, the last head is in its checkpoint.
    ///
    /// @throws FormatException if there is none yet
    public Path head(Which which) {
        if (has(which)) return file(which);
        throw new FormatException(folder + ": has no head yet, as no epoch was finished; go on with train --resume " + folder);
    }

    private Path file(Which which) {
        return which == Which.BEST ? best() : isFinished() ? last() : checkpoint();
    }

    Path last() {
        return folder.resolve("head-last.safetensors");
    }

    Path best() {
        return folder.resolve("head-best.safetensors");
    }

    /// The file to go on from.
    public Path checkpoint() {
        return folder.resolve("checkpoint.safetensors");
    }

    /// The file to go on with a pre-training from, if the method has one.
    Path pretraining() {
        return folder.resolve("pretraining.safetensors");
    }

    /// What a pre-training left.
    public Path pretrained() {
        return folder.resolve("pretrained.safetensors");
    }

    /// The file of a pre-training's losses.
    Path pretrainingLog() {
        return folder.resolve("pretraining.csv");
    }

    /// The file of losses.
    public Path log() {
        return folder.resolve("log.csv");
    }

    /// The file of times.
    public Path timings() {
        return folder.resolve("timings.csv");
    }

    /// The folder for the labels of the test cases.
    public Path labels() {
        return folder.resolve("labels");
    }
}
