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

import java.util.stream.Stream;

/// A folder that holds one training run.
///
/// | file | what |
/// |---|---|
/// | `run.json` | all settings as resolved before the first step, including the split |
/// | `checkpoint.safetensors` | everything that training needs to continue after the last finished epoch |
/// | `log.csv` | losses and learning rate per epoch; the same bytes for the same seed |
/// | `timings.csv` | seconds per epoch |
/// | `pretraining.safetensors`, `pretrained.safetensors`, `pretraining.csv` | for pretraining: everything that it needs to continue, the parameters with the lowest loss, and losses per epoch |
/// | `head-best.safetensors` | the head with the lowest validation loss, or the lowest training loss if there is no validation |
/// | `head-last.safetensors` | the head after the last epoch; exists once training is finished |
/// | `labels/` | the head's labels of the test cases, once they were asked for |
/// | `evaluation.json`, `evaluation.csv`, `model-card.json`, `report.html` | scores, once a report was asked for |
///
/// @param folder the folder
/// @param config the contents of `run.json`
/// @param split the cases for training, validation and test
public record Run(Path folder, RunConfig config, Split split) {
    private static final String JSON = "run.json";

    /// One of a run's heads.
    public enum Which {
        /// The head after the last epoch, which the paper tests.
        LAST,
        /// The head with the lowest loss.
        BEST
    }

    /// Makes the folder and writes the resolved settings into one file. Existing files are not touched.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static Run create(Path folder, RunConfig config, Split split) {
        var run = new Run(folder, config, split);
        RunFolder.make(folder, JSON, run.json());
        return run;
    }

    /// Makes sure that a run can be made in a folder. Call this before long work.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void requireEmpty(Path folder) {
        RunFolder.requireEmpty(folder, JSON, Study.JSON);
    }

    /// This run with another number of epochs or another patience, which are also written to its `run.json`, so that a finished run can continue.
    ///
    /// @throws FormatException if it has more epochs already, or another process is training it
    public Run with(RunConfig.Schedule schedule) {
        int through = Files.exists(checkpoint()) ? epoch() : 0;
        if (schedule.epochs() < through)
            throw new FormatException(folder + ": " + through + " epochs are finished, so it cannot end after " + schedule.epochs());
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
        if (!isRun(folder)) throw noRun(folder);
        Path file = folder.resolve(JSON);
        Json json = Json.read(file);
        return new Run(folder, RunConfig.of(json, file), Split.of(json.at("split"), file));
    }

    /// A folder of several runs has them in folders of their own, one or two levels below.
    private static FormatException noRun(Path folder) {
        try (Stream<Path> below = Files.walk(folder, 2)) {
            String give = below.filter(Run::isRun).sorted().findFirst().map(run -> "its folders hold runs: give one of them, as " + run)
                    .orElse("give the folder that train wrote with --out");
            return new FormatException(folder + ": is no run, because it has no run.json; " + give);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + Sentence.reason(e), e);
        }
    }

    /// Takes the run for this process.
    ///
    /// @throws FormatException if another one has it
    RunFolder.Lock lock() {
        return RunFolder.lock(folder, JSON);
    }

    /// The data that the run depends on, if an epoch of it was finished.
    ///
    /// @throws FormatException if its checkpoint is damaged
    Optional<Basis> basis() {
        if (!Files.exists(checkpoint())) return Optional.empty();
        try (Safetensors file = Safetensors.open(checkpoint())) {
            return Optional.of(Checkpoint.of(file).basis());
        }
    }

    /// Makes sure that split, classes and the image of a case, in the canonical orientation, have not changed since the run was begun.
    ///
    /// @throws FormatException naming what was changed
    public void require(String name, Volume image) {
        basis().ifPresent(basis -> {
            basis.require(this);
            basis.require(this, name, image);
        });
    }

    /// Whether training is finished.
    public boolean isFinished() {
        return Files.exists(last());
    }

    /// Whether an epoch of it, or of its pretraining, is finished.
    public boolean isBegun() {
        return Files.exists(checkpoint()) || Files.exists(pretraining());
    }

    /// Whether there is a head yet.
    public boolean has(Which which) {
        return Files.exists(file(which));
    }

    /// The file of a head. If training is not finished, the last head is in the checkpoint.
    ///
    /// @throws FormatException if there is none yet
    public Path head(Which which) {
        if (has(which)) return file(which);
        throw new FormatException(folder + ": has no head yet, because no epoch was finished; continue with train --resume " + folder);
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

    /// The file from which training continues.
    public Path checkpoint() {
        return folder.resolve("checkpoint.safetensors");
    }

    /// The file from which pretraining continues, if the method has any.
    Path pretraining() {
        return folder.resolve("pretraining.safetensors");
    }

    /// The result of pretraining.
    public Path pretrained() {
        return folder.resolve("pretrained.safetensors");
    }

    /// The file of pretraining's losses.
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
