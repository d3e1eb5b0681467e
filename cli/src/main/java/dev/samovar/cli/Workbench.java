package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.study.CellWork;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.train.Cost;
import dev.samovar.models.train.Decision;
import dev.samovar.models.train.Embedder;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Trainer;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/// What all runs on one dataset and one checkpoint share: the opened files, the device, and the progress line.
final class Workbench implements AutoCloseable {
    private final Console console;
    private final RunConfig.Origin origin;
    private final Dataset dataset;
    private final TensorFile file;
    private final SamWeights weights;
    private final Device device;
    private final ProgressLine progress;
    private Recompute recompute = Recompute.AUTO;

    private Workbench(Console console, RunConfig.Origin origin, Dataset dataset, TensorFile file, SamWeights weights, Device device) {
        this.console = console;
        this.origin = origin;
        this.dataset = dataset;
        this.file = file;
        this.weights = weights;
        this.device = device;
        progress = new ProgressLine(console);
        dataset.listen(remark -> console.warn("warning: " + remark));
    }

    /// For new runs.
    static Workbench open(Console console, Compute compute, Unknown unknown, Path data, Reading reading, LabelRule rule,
            Path checkpoint, Path cache) {
        Dataset dataset = Dataset.open(data, reading, rule);
        TensorFile file = unknown.open(checkpoint, console);
        try {
            SamWeights weights = Checkpoints.weights(checkpoint, file);
            Device device = compute.device(console);
            var origin = new RunConfig.Origin(absolute(data), dataset.reading(), Checkpoints.absolute(checkpoint), unknown.ignore(), weights.sha256(),
                    device.toString(),
                    absolute(cache));
            return new Workbench(console, origin, dataset, file, weights, device);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// For a run that was begun earlier: everything must be as it was then.
    static Workbench reopen(Console console, Compute compute, Unknown unknown, RunConfig.Origin origin) {
        if (!Checkpoints.exists(origin.weights())) throw missing(origin.weights(), "checkpoint", "--weights");
        if (!Files.exists(origin.data())) throw missing(origin.data(), "dataset", "--data");
        Workbench bench = open(console, compute, unknown.asBegun(origin), origin.data(), origin.reading(), LabelRule.NONE, origin.weights(),
                origin.cache());
        if (!bench.origin.sha256().equals(origin.sha256())) {
            bench.close();
            throw Problem.input(origin.weights() + ": is not the checkpoint that the run was begun with (SHA-256 " + bench.origin.sha256()
                    + ", the run needs " + origin.sha256() + ")");
        }
        if (!bench.origin.kernels().equals(origin.kernels()))
            console.warn("warning: the run was begun with other kernels (" + origin.kernels()
                    + "); its last bits will differ from those of an uninterrupted run");
        return bench;
    }

    /// The problem that something a run needs is not where it was.
    static Problem missing(Path path, String what, String option) {
        return Problem.input(path + ": the " + what + " of this run is no longer there; say with " + option + " where it is");
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    RunConfig.Origin origin() {
        return origin;
    }

    Dataset dataset() {
        return dataset;
    }

    Device device() {
        return device;
    }

    SamWeights weights() {
        return weights;
    }

    ProgressLine progress() {
        return progress;
    }

    Embedder embedder(Preparation preparation) {
        return new Embedder(weights, preparation, device);
    }

    EmbeddingCache cache(Preparation preparation) {
        return new EmbeddingCache(origin.cache(), weights, preparation, device, progress);
    }

    /// Whether encoders that learn are computed once more in the backward pass.
    void recompute(Recompute choice) {
        recompute = choice;
    }

    /// Says what a run will take, and warns if that is not there.
    void tellCost(RunConfig config, Split split, int runs) {
        Cost cost = Cost.of(config, weights, dataset, split, cache(config.preparation()), recompute, device, progress);
        progress.close();
        console.say("cost: " + cost + (runs > 1 ? " for each of " + runs + " runs at most" : ""));
        Compute.warnOfMemory(cost.memory(), device, console);
        warnOfDisk(cost.disk());
    }

    private void warnOfDisk(long bytes) {
        try {
            Path there = origin.cache();
            while (!Files.exists(there)) there = there.resolveSibling("..").normalize();
            FileStore store = Files.getFileStore(there);
            if (bytes > store.getUsableSpace())
                console.warn("warning: the cache will grow by " + Sizes.bytes(bytes) + ", and only " + Sizes.bytes(store.getUsableSpace())
                        + " are free where " + origin.cache() + " lies; choose another place with --cache");
        } catch (IOException _) {
            // Not known; a full disk is reported when it is full.
        }
    }

    /// Trains a run to its end, from wherever it stopped.
    void train(Run run) {
        boolean finished = run.isFinished();                                       // then the data are compared with those that it learnt from, no more
        if (finished) console.say(run.folder() + ": this run is already finished");
        try (Trainer trainer = new Trainer(run, weights, dataset, cache(run.config().preparation()), device, progress)) {
            device.memory().resetPeak();
            boolean anew = trainer.recompute(recompute);
            if (Recompute.matters(run.config(), weights.config()))
                console.say(anew
                        ? "blocks of the encoder are computed once more in the backward pass, to save memory (--recompute)"
                        : "blocks of the encoder keep what the backward pass needs, as there is enough memory (--recompute)");
            if (!finished && trainer.epoch() > 0) console.say(run.folder() + " goes on after epoch " + trainer.epoch());
            trainer.run();
        }
        progress.close();
        if (!finished) console.say("memory: " + Sizes.bytes(device.memory().peakBytes()) + " at the peak of the training");
    }

    /// The work of a study on this dataset and checkpoint.
    CellWork work(MethodStudy study) {
        return new CellWork(study, dataset, weights, origin.cache(), recompute, device, progress);
    }

    /// Warns if a job will need more memory than there is.
    void warnOfMemory(long bytes) {
        Compute.warnOfMemory(bytes, device, console);
    }

    /// Segments the test cases of a run, and scores them.
    Evaluation judge(Run run, Run.Which which, Decision decision) {
        Evaluation evaluation = Judge.judge(run, which, decision, dataset, weights, cache(run.config().preparation()), device, progress);
        progress.close();
        return evaluation;
    }

    @Override
    public void close() {
        progress.close();
        file.close();
    }
}
