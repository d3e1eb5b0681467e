package dev.samovar.spark;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Embedder;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.PriorMaker;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Segmenter;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkFiles;
import org.jspecify.annotations.Nullable;

/// A model on an executor: loaded when a task first asks for it, and kept as long as the JVM lives.
final class Engine {
    /// The prefix in `--weights` for the name of a file that `spark-submit --files` sent along.
    static final String SPARK_FILE = "spark-file:";

    private static final Map<Model, Engine> LOADED = new HashMap<>();
    private static final Map<Model, FormatException> REFUSED = new HashMap<>();

    private final SamWeights weights;
    private final Device device;
    private final Map<Object, Object> made = new HashMap<>();                      // what was made with this model, by its key

    /// Which model it is, and how it is computed.
    ///
    /// @param weights the absolute path of the checkpoint; [BuiltInSam#NAME]; or [#SPARK_FILE] and a name
    /// @param ignoreUnknown as `--ignore-unknown-weights`
    /// @param scalar whether plain loops are wanted
    record Model(String weights, boolean ignoreUnknown, boolean scalar) implements Serializable {}

    private Engine(SamWeights weights, Device device) {
        this.weights = weights;
        this.device = device;
    }

    private static Engine load(Model model, Storage storage, int threads) throws IOException {
        Path copies = Files.createTempDirectory(Desk.executorFolder(), "samovar-model-"), checkpoint = checkpoint(model.weights, storage, copies);
        try {
            TensorFile file = Checkpoints.open(checkpoint, new Checkpoints.Options(model.ignoreUnknown, null));
            return new Engine(Checkpoints.weights(checkpoint, file), model.scalar ? Device.scalar(threads) : Device.cpu(threads));
        } catch (FormatException e) {                                              // with the name that the user knows
            Storage.delete(copies);
            String known = Storage.here(model.weights) == null ? model.weights : checkpoint.toString();
            throw new FormatException(String.valueOf(e.getMessage()).replace(checkpoint.toString(), known), e);
        }
    }

    /// The engine of this JVM for a model, loaded at the first call.
    ///
    /// @throws FormatException if the checkpoint is of no known format. It is not read again for the next task
    static Engine of(Model model, Storage storage, int threads) {
        synchronized (LOADED) {
            Engine engine = LOADED.get(model);
            if (engine != null) return engine;
            FormatException refusal = REFUSED.get(model);
            if (refusal != null) throw new FormatException(refusal.getMessage(), refusal);
            try {
                engine = load(model, storage, threads);
                LOADED.put(model, engine);
                return engine;
            } catch (FormatException e) {
                REFUSED.put(model, e);
                throw e;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The sizes of a checkpoint, of which nothing is kept.
    ///
    /// @throws dev.samovar.core.io.FormatException if it is not a SAM
    static SamConfig config(Model model, Desk desk) throws IOException {
        Path checkpoint = model.weights.equals(BuiltInSam.NAME) || model.weights.startsWith(SPARK_FILE)
                ? checkpoint(model.weights, desk.storage(), desk.folder())
                : desk.fetch(model.weights);
        try (TensorFile file = Checkpoints.open(checkpoint, new Checkpoints.Options(model.ignoreUnknown, null))) {
            return SamConfig.of(file);
        }
    }

    /// @param copies the folder for a copy, if one is needed
    private static Path checkpoint(String weights, Storage storage, Path copies) throws IOException {
        if (weights.startsWith(SPARK_FILE)) return Path.of(SparkFiles.get(weights.substring(SPARK_FILE.length())));
        if (weights.equals(BuiltInSam.NAME)) return Path.of(weights);
        return storage.fetch(weights, copies);
    }

    /// Weights as they are sent to the executors: a path made absolute, the other two as they are.
    static String place(String weights, Storage storage) throws IOException {
        return weights.equals(BuiltInSam.NAME) || weights.startsWith(SPARK_FILE) ? weights : storage.absolute(weights);
    }

    SamWeights weights() {
        return weights;
    }

    Device device() {
        return device;
    }

    /// The image encoder.
    Embedder embedder(Preparation preparation) {
        return once(preparation, () -> new Embedder(weights, preparation, device));
    }

    /// What finds prior maps.
    PriorMaker priors(Priors priors) {
        return once(priors, () -> new PriorMaker(weights, priors, device));
    }

    /// The whole of SAM.
    Sam sam() {
        return once(Sam.class, () -> Sam.load(weights.file(), device));
    }

    /// A trained head on it.
    ///
    /// @param key distinguishes this head from others
    Segmenter segmenter(String key, Run run, Run.Which which) {
        return once(key, () -> new Segmenter(run, which, weights, device));
    }

    private interface Maker<T> {
        T make();
    }

    @SuppressWarnings("unchecked")                                                 // the value under a key was made by that key's own maker
    private synchronized <T> T once(Object key, Maker<T> maker) {
        @Nullable
        Object there = made.get(key);
        if (there != null) return (T) there;
        T fresh = maker.make();
        made.put(key, fresh);
        return fresh;
    }
}
