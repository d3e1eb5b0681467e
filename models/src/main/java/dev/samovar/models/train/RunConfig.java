package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Reading;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.PublishedBackbone;
import dev.samovar.models.sam.SamWeights;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that determines the results of a training run, and that `predict` needs: the contents of `run.json`.
///
/// @param method what learns, and how
/// @param classNames one for each class, background first
/// @param preparation what happens to slices before the encoder sees them
/// @param schedule how long and how fast training is
/// @param origin where data and weights came from
public record RunConfig(Method method, List<String> classNames, Preparation preparation, Schedule schedule, Origin origin) {
    private static final String FORMAT = "samovar-run-3";

    /// How long and how fast training is.
    ///
    /// @param epochs passes over the training slices
    /// @param learningRate the optimizer's initial learning rate
    /// @param batch slices per step
    /// @param seed decides the initial weights, the order of slices, and their augmentation
    /// @param validateEvery the number of epochs from one validation to the next; there is also one after the last epoch
    /// @param patience the number of epochs without a better validation (or a lower loss, if there is no validation) after which the run ends; 0 for
    /// never
    /// @param pace the course of the learning rate, and what makes a step
    public record Schedule(int epochs, double learningRate, int batch, long seed, int validateEvery, int patience, Pace pace) {
        /// Checks the numbers.
        ///
        /// @throws FormatException if one is out of range
        public Schedule {
            if (epochs < 1) throw new FormatException("a run has at least one epoch, not " + epochs);
            if (batch < 1) throw new FormatException("a batch has at least one slice, not " + batch);
            if (!(learningRate > 0) || learningRate > 1)
                throw new FormatException("the learning rate is above 0 and at most 1, not " + learningRate);
            if (validateEvery < 1) throw new FormatException("validation comes every epoch or more rarely, not every " + validateEvery);
            if (patience < 0 || (patience > 0 && patience < validateEvery))
                throw new FormatException("a run cannot wait " + patience + " epochs for a better validation when there is one every "
                        + validateEvery);
            if (pace.warmUp() >= epochs)
                throw new FormatException("a warm-up of " + pace.warmUp() + " epochs leaves nothing of " + epochs);
        }

        /// A schedule that goes through all epochs at the pace of the method's paper.
        public Schedule(int epochs, double learningRate, int batch, long seed, int validateEvery) {
            this(epochs, learningRate, batch, seed, validateEvery, 0, Pace.OF_PAPER);
        }

        /// This schedule at another pace.
        public Schedule with(Pace other) {
            return new Schedule(epochs, learningRate, batch, seed, validateEvery, patience, other);
        }

        /// This schedule with another last epoch and patience.
        public Schedule with(int lastEpoch, int otherPatience) {
            return new Schedule(lastEpoch, learningRate, batch, seed, validateEvery, otherPatience, pace);
        }

        /// With a method's defaults.
        public static Schedule of(Method.Defaults usual, int epochs, long seed, int validateEvery) {
            return new Schedule(epochs, usual.learningRate(), usual.batch(), seed, validateEvery).with(new Pace(usual.course(), 0, 0, 0));
        }
    }

    /// What training begins with besides the checkpoint.
    ///
    /// @param unlabelled the folder of images for pretraining; null if there is none
    /// @param backbone what the backbone of a prompt generator learnt before; null if it starts from random weights
    public record Beginning(@Nullable Path unlabelled, @Nullable PublishedBackbone backbone) {
        /// Nothing.
        public static final Beginning NONE = new Beginning(null, null);

        private Json addedTo(Json where) {
            if (unlabelled != null) where = where.with("unlabelled", unlabelled.toString());
            return backbone == null ? where : where.with("backbone", backbone.file().toString()).with("backboneSha256", backbone.sha256());
        }

        private static Beginning of(Json where) {
            return new Beginning(where.has("unlabelled") ? Path.of(where.at("unlabelled").string()) : null, where.has("backbone")
                    ? new PublishedBackbone(Path.of(where.at("backbone").string()), where.at("backboneSha256").string())
                    : null);
        }
    }

    /// Where data and weights came from.
    ///
    /// @param data the dataset's folder
    /// @param reading how its files are read, and what the numbers of its labels mean
    /// @param weights the checkpoint
    /// @param ignoreUnknown whether tensors within the checkpoint's networks that have no place in a SAM are left out
    /// @param sha256 the checkpoint's digest
    /// @param kernels the kernels that computed; other kernels give other last bits
    /// @param cache the folder of embeddings
    /// @param beginning what training begins with besides the checkpoint
    public record Origin(Path data, Reading reading, Path weights, boolean ignoreUnknown, String sha256, String kernels, Path cache,
            Beginning beginning) {
        /// With nothing but the checkpoint to begin with.
        public Origin(Path data, Reading reading, Path weights, boolean ignoreUnknown, String sha256, String kernels, Path cache) {
            this(data, reading, weights, ignoreUnknown, sha256, kernels, cache, Beginning.NONE);
        }

        /// This origin with something else to begin with.
        public Origin with(Beginning other) {
            return new Origin(data, reading, weights, ignoreUnknown, sha256, kernels, cache, other);
        }

        /// This origin with new places for a dataset or a checkpoint that moved; null for one that did not.
        public Origin moved(@Nullable Path dataTo, @Nullable Path weightsTo) {
            return new Origin(dataTo != null ? dataTo : data, reading, weightsTo != null ? weightsTo : weights, ignoreUnknown, sha256,
                    kernels,
                    cache, beginning);
        }
    }

    /// Checks the classes, and that the method takes what is prepared.
    ///
    /// @throws FormatException if there are too few or too many classes, or the method takes something else
    public RunConfig {
        if (preparation.augment() instanceof Augment.Views && !method.input().embeds())
            throw new FormatException("views are embeddings, and the method " + method.title() + " takes none: choose --augment none or online");
        classNames = List.copyOf(classNames);
        if (classNames.size() < 2 || classNames.size() > 255)
            throw new FormatException("a segmentation has 2 to 255 classes with the background, not " + classNames.size());
        method.checkSide(preparation.side());
        if (method.priors() != null && preparation.preprocessing() != Preprocessing.PAPER)
            throw new FormatException("SAM's prior maps lie over slices as the preprocessing paper makes them, not "
                    + preparation.preprocessing().title());
    }

    /// The head that is trained.
    ///
    /// @throws FormatException if the method has none
    public HeadSpec head() {
        if (method instanceof HeadMethod heads) return heads.spec();
        throw new FormatException("this needs a run of a head, vit, cnn or linear, and the run's method is " + method.title());
    }

    /// Classes, background included.
    public int classes() {
        return classNames.size();
    }

    /// Makes sure that a checkpoint is the one that the run was trained with.
    ///
    /// @throws FormatException if it is another
    public void require(SamWeights weights) {
        if (!weights.sha256().equals(origin.sha256))
            throw new FormatException(weights.path() + ": is not the checkpoint that the run was trained with (SHA-256 " + weights.sha256()
                    + ", the run needs " + origin.sha256 + ")");
    }

    /// This configuration with another schedule.
    public RunConfig with(Schedule other) {
        return new RunConfig(method, classNames, preparation, other, origin);
    }

    /// As `run.json` holds it.
    public Json json() {
        Json when = Json.object().with("epochs", schedule.epochs).with("learningRate", schedule.learningRate).with("batch", schedule.batch)
                .with("seed", schedule.seed).with("validateEvery", schedule.validateEvery).with("patience", schedule.patience);
        if (!schedule.pace.equals(Pace.OF_PAPER)) when = when.with("pace", schedule.pace.json());
        Json where = Json.object().with("data", origin.data.toString()).with("reading", origin.reading.json()).with("weights",
                origin.weights.toString()).with("ignoreUnknownWeights", origin.ignoreUnknown).with("weightsSha256", origin.sha256).with("kernels",
                        origin.kernels)
                .with("cache", origin.cache.toString());
        return Json.object().with("format", FORMAT).with(method instanceof HeadMethod ? "head" : "method", method.json())
                .with("classNames", classNames)
                .with("preparation", preparation.json()).with("schedule", when).with("origin", origin.beginning.addedTo(where));
    }

    /// From `run.json`.
    ///
    /// @throws FormatException if it is not one
    public static RunConfig of(Json json, Path file) {
        RunFolder.requireFormat(json, file, FORMAT, "a run");
        try {
            Json when = json.at("schedule"), where = json.at("origin");
            Schedule schedule = new Schedule(when.at("epochs").integer(), when.at("learningRate").number(), when.at("batch").integer(),
                    when.at("seed").whole(), when.at("validateEvery").integer(), when.has("patience") ? when.at("patience").integer() : 0,
                    when.has("pace") ? Pace.of(when.at("pace")) : Pace.OF_PAPER);
            Origin origin = new Origin(Path.of(where.at("data").string()), Reading.of(where.at("reading")),
                    Path.of(where.at("weights").string()), where.has("ignoreUnknownWeights") && where.at("ignoreUnknownWeights").truth(),
                    where.at("weightsSha256").string(), where.at("kernels").string(), Path.of(where.at("cache").string()),
                    Beginning.of(where));
            return new RunConfig(Method.of(json), json.at("classNames").strings(), Preparation.of(json.at("preparation")),
                    schedule, origin);
        } catch (InvalidPathException e) {
            throw new FormatException(file + ": it holds the impossible path " + FormatException.shown(e.getInput()), e);
        }
    }
}
