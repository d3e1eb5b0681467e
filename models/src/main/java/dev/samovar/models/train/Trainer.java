package dev.samovar.models.train;

import static dev.samovar.core.loss.Losses.crossEntropyAndDice;
import static dev.samovar.core.loss.Losses.softDice;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.ReduceOnPlateau;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.heads.SegmentationHead;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/// The main job: a head fine-tuned on the embeddings of a few labelled volumes.
///
/// Cross entropy plus soft Dice, Adam, the learning rate divided by ten when the last batch's loss has not fallen for ten epochs, counted from the
/// tenth: scripts/main_autosam_seg.py of the AutoSAM code @ 50a6ff4. The same seed gives the same bytes in the head's file and in the log, whether
/// the training went through at once or was cut short, at any moment, and taken up again.
public final class Trainer implements AutoCloseable {
    private static final int PATIENCE = 10;
    private static final int FIRST_SCHEDULED_EPOCH = 10;
    private static final String LOG_HEADER = "epoch,learning_rate,train_loss,train_cross_entropy,train_soft_dice,validation_soft_dice\n";

    /// Mean losses of an epoch.
    private record Losses(double total, double crossEntropy, double softDice, double lastBatch) {}

    private final Run run;
    private final Preparation preparation;
    private final RunConfig.Schedule schedule;
    private final SamWeights weights;
    private final Device device;
    private final Progress progress;
    private final Embedder embedder;
    private final List<Runnable> open = new ArrayList<>();                         // what is to be closed with this
    private final List<Example> train = new ArrayList<>();
    private final List<Example> validation = new ArrayList<>();
    private final Params params;
    private final SegmentationHead head;
    private final Adam adam;
    private final ReduceOnPlateau plateau;
    private Checkpoint state;
    private Basis basis;

    /// Reads the data, computes what embeddings are missing from the cache, and makes the head as it starts, or as it was when the run was cut short.
    ///
    /// @throws FormatException if something is wrong with the data, something that the run rests on was changed since it was begun, or another
    ///         process is at this run
    public Trainer(Run run, SamWeights weights, Dataset dataset, EmbeddingCache cache, Device device, Progress progress) {
        this.run = run;
        this.weights = weights;
        this.device = device;
        this.progress = progress;
        preparation = run.config().preparation();
        schedule = run.config().schedule();
        embedder = new Embedder(weights, preparation, device);
        open.add(run.lock()::close);
        open.add(embedder::close);
        AtomicFile.sweep(run.folder());
        basis = Basis.of(run);
        try {
            load(dataset, cache);
        } catch (RuntimeException e) {
            open.forEach(Runnable::run);
            throw e;
        }
        try (Safetensors checkpoint = Files.exists(run.checkpoint()) ? Safetensors.openSealed(run.checkpoint()) : null) {
            HeadSpec spec = run.config().head();
            params = checkpoint == null ? spec.initial(weights.file(), schedule.seed(), device) : Params.load(checkpoint, device);
            head = spec.build(params, weights.config(), run.config().classes());
            adam = new Adam(params.trainable(), schedule.learningRate());
            plateau = new ReduceOnPlateau(adam, PATIENCE);
            state = checkpoint == null ? beginning() : Checkpoint.of(checkpoint);
            if (checkpoint != null) state.restore(checkpoint, adam);
            plateau.restore(state.plateau());
        }
    }

    private Checkpoint beginning() {
        return new Checkpoint(0, 0, schedule.learningRate(), plateau.state(), Double.POSITIVE_INFINITY, LOG_HEADER, "epoch,seconds\n",
                basis);
    }

    private void load(Dataset dataset, EmbeddingCache cache) {
        List<Case> learnt = dataset.cases(run.split().train()), cases = new ArrayList<>(learnt), tested = dataset.cases(run.split().test());
        cases.addAll(dataset.cases(run.split().val()));
        Optional<Basis> begun = run.basis();
        begun.ifPresent(before -> before.require(run));
        progress.begin("embedding", cases.size());
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            Sample sample = rest(dataset.load(one), begun);
            final int number = i;
            IntConsumer computed = n -> progress.done(number, one.name() + ", slice " + n);
            if (i < learnt.size()) addTrained(sample, cache, computed);
            else addPlain(sample, cache, computed, validation);
            progress.done(i + 1, one.name());
        }
        for (Case one : tested) rest(dataset.load(one), begun);
        if (!(preparation.augment() instanceof Augment.Online)) embedder.close();
        if (train.isEmpty()) throw new FormatException("no slice of the training cases has a labelled pixel, so there is nothing to learn");
    }

    /// From here on the run rests on this sample, which must be as it was if the run was begun before.
    private Sample rest(Sample sample, Optional<Basis> begun) {
        begun.ifPresent(before -> before.require(run, sample));
        basis = basis.with(sample);
        return sample;
    }

    private void addTrained(Sample sample, EmbeddingCache cache, IntConsumer computed) {
        switch (preparation.augment()) {
            case Augment.None _ -> addPlain(sample, cache, computed, train);
            case Augment.Views views -> addViews(sample, views.count(), cache, computed);
            case Augment.Online _ -> addOnline(sample);
        }
    }

    private void addPlain(Sample sample, EmbeddingCache cache, IntConsumer computed, List<Example> to) {
        Slices slices = Slices.of(sample.image().geometry());
        var embeddings = cache.of(sample.name(), sample.image(), embedder, computed);
        open.add(embeddings::close);
        for (int s : preparation.learntFrom(sample.label()))
            to.add(new Example.Plain(embeddings, s, preparation.labels(slices, sample.label(), s)));
    }

    private void addViews(Sample sample, int count, EmbeddingCache cache, IntConsumer computed) {
        var views = cache.views(sample, schedule.seed(), count, embedder, computed);
        for (var view : views) open.add(view::close);
        for (int s : preparation.learntFrom(sample.label())) train.add(new Example.Viewed(views, s));
    }

    private void addOnline(Sample sample) {
        Slices slices = Slices.of(sample.image().geometry());
        for (int s : preparation.learntFrom(sample.label())) {
            Labels labels = new Labels(1, slices.height(), slices.width(), slices.cut(sample.label(), s));
            train.add(new Example.Online(sample.name() + ", slice " + s, slices.cut(sample.image(), s), labels, preparation, embedder,
                    device, schedule.seed()));
        }
    }

    /// The head's parameters.
    public Params params() {
        return params;
    }

    /// The last epoch that is through: 0 at the beginning.
    public int epoch() {
        return state.epoch();
    }

    /// Trains to the last epoch, writing checkpoints, the log and the heads as it goes.
    public void run() {
        progress.begin("training", schedule.epochs());
        progress.done(state.epoch(), "");
        for (int epoch = state.epoch() + 1; epoch <= schedule.epochs(); epoch++) {
            long start = System.nanoTime();
            double rate = adam.learningRate();
            Losses losses = epoch(epoch);
            if (epoch > FIRST_SCHEDULED_EPOCH) plateau.observe(losses.lastBatch);
            boolean validates = !validation.isEmpty() && (epoch % schedule.validateEvery() == 0 || epoch == schedule.epochs());
            double validated = validates ? validate() : Double.NaN, score = validation.isEmpty() ? losses.total : validated;
            if (score < state.best()) params.save(run.best(), metadata(epoch));

            String line = String.format(Locale.ROOT, "%d,%s,%s,%s,%s,%s%n", epoch, number(rate), number(losses.total), number(
                    losses.crossEntropy), number(losses.softDice), validates ? number(validated) : "");
            String time = String.format(Locale.ROOT, "%d,%.3f%n", epoch, (System.nanoTime() - start) * 1e-9);
            state = new Checkpoint(epoch, adam.steps(), adam.learningRate(), plateau.state(), score < state.best() ? score : state.best(),
                    state.log() + line, state.timings() + time, basis);
            state.write(run.checkpoint(), params, adam);                           // from here on this epoch is through
            writeLog();
            progress.done(epoch, String.format(Locale.ROOT, "loss %.4f", losses.total)
                    + (validates ? String.format(Locale.ROOT, ", validation soft Dice %.4f", validated) : ""));
        }
        writeLog();                                                                // once more: a run cut short after a checkpoint may lack it
        params.save(run.last(), metadata(state.epoch()));
    }

    private void writeLog() {
        AtomicFile.write(run.log(), state.log());
        AtomicFile.write(run.timings(), state.timings());
    }

    private static String number(double x) {
        return Float.toString((float) x);
    }

    private Losses epoch(int epoch) {
        List<Example> order = shuffled(train, new Random(schedule.seed(), "epoch " + epoch));
        double total = 0, ce = 0, dice = 0, last = 0;
        try (var batches = batches(order, epoch)) {
            while (batches.hasNext()) {
                try (var _ = Scope.open()) {                                       // everything below is freed at the brace
                    Batch batch = batches.next();
                    Tensor losses = crossEntropyAndDice(logits(batch), batch.labels), loss = losses.sum();
                    adam.step(loss.backward());
                    last = loss.item();
                    if (!Double.isFinite(last))
                        throw new FormatException("training diverged in epoch " + epoch + ": the loss is " + last
                                + "; try a smaller learning rate");
                    total += last;
                    ce += losses.select(0, 0).item();
                    dice += losses.select(0, 1).item();
                }
            }
        }
        int n = batches(order);
        return new Losses(total / n, ce / n, dice / n, last);
    }

    private double validate() {
        double sum = 0;
        try (var batches = batches(validation, 0)) {
            while (batches.hasNext()) {
                try (var _ = Scope.open()) {
                    Batch batch = batches.next();
                    sum += softDice(logits(batch).detach(), batch.labels).item();
                }
            }
        }
        return sum / batches(validation);
    }

    /// Embeddings of `B` examples, `(D, G, G)` each, and labels `(B, L, L)`.
    @SuppressWarnings("ArrayRecordComponent")                                      // nobody compares them
    private record Batch(float[] embeddings, Labels labels) {}

    private int batches(List<Example> examples) {
        return Math.ceilDiv(examples.size(), schedule.batch());
    }

    /// Each is read while the one before it trains, unless the device, which is busy with that, has to compute it.
    private ReadAhead<Batch> batches(List<Example> examples, int epoch) {
        int b = schedule.batch();
        return new ReadAhead<>(batches(examples), n -> read(examples.subList(n * b, Math.min(n * b + b, examples.size())), epoch),
                examples.stream().noneMatch(Example::needsDevice));
    }

    private Batch read(List<Example> examples, int epoch) {
        int b = examples.size(), size = weights.config().embeddingSize(), side = preparation.side();
        float[] embeddings = new float[b * size];
        byte[] classes = new byte[b * side * side];
        for (int i = 0; i < b; i++)
            System.arraycopy(examples.get(i).read(epoch, embeddings, i * size), 0, classes, i * side * side, side * side);
        return new Batch(embeddings, new Labels(b, side, side, classes));
    }

    /// The head's answer for a batch, `(B, K, L, L)`.
    private Tensor logits(Batch batch) {
        var sam = weights.config();
        Tensor x = Tensor.of(device, batch.embeddings, batch.labels.batch(), sam.promptWidth(), sam.grid(), sam.grid());
        return head.forward(x).resizeBilinear(preparation.side(), preparation.side());
    }

    private static <T> List<T> shuffled(List<T> items, Random random) {
        List<T> order = new ArrayList<>(items);
        for (int i = order.size() - 1; i > 0; i--) Collections.swap(order, i, random.below(i + 1));
        return order;
    }

    private Map<String, String> metadata(int epoch) {
        RunConfig config = run.config();
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("format", "samovar-head-1");
        metadata.put("head", config.head().json().toString());
        metadata.put("classes", String.join(", ", config.classNames()));
        metadata.put("weightsSha256", config.origin().sha256());
        metadata.put("epoch", Integer.toString(epoch));
        return metadata;
    }

    @Override
    public void close() {
        adam.close();
        params.close();
        open.forEach(Runnable::run);
    }
}
