package dev.samovar.models.train;

import static dev.samovar.core.loss.Losses.crossEntropy;
import static dev.samovar.core.loss.Losses.softDice;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.ReduceOnPlateau;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Slices;
import dev.samovar.models.data.Split;
import dev.samovar.models.heads.SegmentationHead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The main job: a head fine-tuned on the embeddings of a few labelled volumes.
///
/// Cross entropy plus soft Dice, Adam, the learning rate divided by ten when the last batch's loss has not fallen for ten epochs, counted from the
/// tenth: scripts/main_autosam_seg.py of the AutoSAM code @ 50a6ff4. The same seed gives the same bytes in the head's file and in the log.
public final class Trainer implements AutoCloseable {
    private static final int PATIENCE = 10;
    private static final int FIRST_SCHEDULED_EPOCH = 10;
    private static final String LOG_HEADER = "epoch,learning_rate,train_loss,train_cross_entropy,train_soft_dice,validation_soft_dice\n";

    /// One labelled slice.
    private record Example(EmbeddingCache.Embeddings embeddings, int slice, Labels labels) {}

    /// Mean losses of an epoch.
    private record Losses(double total, double crossEntropy, double softDice, double lastBatch) {}

    private final Run run;
    private final RunConfig config;
    private final SamWeights weights;
    private final Device device;
    private final Progress progress;
    private final List<EmbeddingCache.Embeddings> open = new ArrayList<>();
    private final List<Example> train = new ArrayList<>();
    private final List<Example> validation = new ArrayList<>();
    private final Params params;
    private final SegmentationHead head;

    /// Reads the data, computes what embeddings are missing from the cache, and makes the head as it starts.
    public Trainer(Run run, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache, Device device, Progress progress) {
        this.run = run;
        this.config = run.config();
        this.weights = weights;
        this.device = device;
        this.progress = progress;
        load(dataset, split, cache);
        if (train.isEmpty()) throw new FormatException("no slice of the training cases has a labelled pixel, so there is nothing to learn");
        params = config.head().initial(weights.file(), config.seed(), device);
        head = config.head().build(params, weights.config(), config.classes());
    }

    private void load(Dataset dataset, Split split, EmbeddingCache cache) {
        Map<String, Case> cases = new LinkedHashMap<>();
        for (Case c : dataset.cases()) cases.put(c.name(), c);
        List<String> names = new ArrayList<>(split.train());
        names.addAll(split.val());
        progress.begin("embedding", names.size());
        try (var embedder = new LazyEmbedder()) {
            for (int i = 0; i < names.size(); i++) {
                Case c = cases.get(names.get(i));
                if (c == null)
                    throw new FormatException("the split names the case " + FormatException.shown(names.get(i))
                            + ", which the dataset does not have");
                final int number = i;
                Sample sample = dataset.load(c);
                if (sample.label().max() >= config.classes())
                    throw new FormatException(c.label() + ": has a label of class " + sample.label().max() + ", but there are only "
                            + config.classes() + " classes");
                Slices slices = Slices.of(sample.image().geometry());
                var embeddings = cache.of(c.name(), sample.image(), embedder::get,
                        n -> progress.done(number, c.name() + ", slice " + n + " of " + slices.count()));
                open.add(embeddings);
                List<Example> examples = i < split.train().size() ? train : validation;
                for (int s : config.learntFrom(sample.label())) {
                    byte[] labels = config.preprocessing().labels(slices.cut(sample.label(), s), slices.height(), slices.width(), config
                            .labelSide());
                    examples.add(new Example(embeddings, s, new Labels(1, config.labelSide(), config.labelSide(), labels)));
                }
                progress.done(i + 1, c.name());
            }
        }
    }

    private final class LazyEmbedder implements AutoCloseable {
        private final List<Embedder> made = new ArrayList<>();

        Embedder get() {
            if (made.isEmpty()) made.add(new Embedder(weights, config.preprocessing(), config.labelSide(), device));
            return made.getFirst();
        }

        @Override
        public void close() {
            made.forEach(Embedder::close);
        }
    }

    /// The head's parameters.
    public Params params() {
        return params;
    }

    /// Trains to the last epoch, writing the log and the heads as it goes.
    public void run() {
        try (var adam = new Adam(params.trainable(), config.learningRate())) {
            run(adam);
        }
    }

    private void run(Adam adam) {
        var plateau = new ReduceOnPlateau(adam, PATIENCE);
        var log = new StringBuilder(LOG_HEADER);
        var timings = new StringBuilder("epoch,seconds\n");
        double best = Double.POSITIVE_INFINITY;
        progress.begin("training", config.epochs());
        for (int epoch = 1; epoch <= config.epochs(); epoch++) {
            long start = System.nanoTime();
            double rate = adam.learningRate();
            Losses losses = epoch(epoch, adam);
            if (epoch > FIRST_SCHEDULED_EPOCH) plateau.observe(losses.lastBatch);
            double validated = validation.isEmpty() ? Double.NaN : validate();
            double score = validation.isEmpty() ? losses.total : validated;

            log.append(String.format(Locale.ROOT, "%d,%s,%s,%s,%s,%s%n", epoch, number(rate), number(losses.total), number(
                    losses.crossEntropy),
                    number(losses.softDice), validation.isEmpty() ? "" : number(validated)));
            timings.append(String.format(Locale.ROOT, "%d,%.3f%n", epoch, (System.nanoTime() - start) * 1e-9));
            save(Run.Which.LAST, epoch);
            if (score < best) {
                best = score;
                save(Run.Which.BEST, epoch);
            }
            AtomicFile.write(run.log(), log.toString());
            AtomicFile.write(run.timings(), timings.toString());
            progress.done(epoch, String.format(Locale.ROOT, "loss %.4f", losses.total)
                    + (validation.isEmpty() ? "" : String.format(Locale.ROOT, ", validation soft Dice %.4f", validated)));
        }
    }

    private static String number(double x) {
        return Float.toString((float) x);
    }

    private Losses epoch(int epoch, Adam adam) {
        List<Example> order = shuffled(train, new Random(config.seed(), "epoch " + epoch));
        double total = 0, ce = 0, dice = 0, last = 0;
        int batches = 0;
        for (int i = 0; i < order.size(); i += config.batch(), batches++) {
            List<Example> batch = order.subList(i, Math.min(i + config.batch(), order.size()));
            try (var _ = Scope.open()) {                                           // everything below is freed at the brace
                Labels labels = labels(batch);
                Tensor logits = logits(batch);
                Tensor crossEntropy = crossEntropy(logits, labels), softDice = softDice(logits, labels);
                Tensor loss = crossEntropy.add(softDice);
                adam.step(loss.backward());
                last = loss.item();
                if (!Double.isFinite(last))
                    throw new FormatException("training diverged in epoch " + epoch + ": the loss is " + last
                            + "; try a smaller learning rate");
                total += last;
                ce += crossEntropy.item();
                dice += softDice.item();
            }
        }
        return new Losses(total / batches, ce / batches, dice / batches, last);
    }

    private double validate() {
        double sum = 0;
        int batches = 0;
        for (int i = 0; i < validation.size(); i += config.batch(), batches++) {
            List<Example> batch = validation.subList(i, Math.min(i + config.batch(), validation.size()));
            try (var _ = Scope.open()) {
                sum += softDice(logits(batch).detach(), labels(batch)).item();
            }
        }
        return sum / batches;
    }

    /// The head's answer for a batch, `(B, K, L, L)`.
    private Tensor logits(List<Example> batch) {
        var sam = weights.config();
        int size = sam.promptWidth() * sam.grid() * sam.grid();
        float[] embeddings = new float[batch.size() * size];
        for (int i = 0; i < batch.size(); i++) {
            System.arraycopy(batch.get(i).embeddings.slice(batch.get(i).slice), 0, embeddings, i * size, size);
        }
        Tensor features = Tensor.of(device, embeddings, batch.size(), sam.promptWidth(), sam.grid(), sam.grid());
        return head.forward(features).resizeBilinear(config.labelSide(), config.labelSide());
    }

    private Labels labels(List<Example> batch) {
        int side = config.labelSide();
        byte[] classes = new byte[batch.size() * side * side];
        for (int i = 0; i < batch.size(); i++) System.arraycopy(batch.get(i).labels.classes(), 0, classes, i * side * side, side * side);
        return new Labels(batch.size(), side, side, classes);
    }

    private static <T> List<T> shuffled(List<T> items, Random random) {
        List<T> order = new ArrayList<>(items);
        for (int i = order.size() - 1; i > 0; i--) Collections.swap(order, i, random.below(i + 1));
        return order;
    }

    private void save(Run.Which which, int epoch) {
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("format", "samovar-head-1");
        metadata.put("head", config.head().json().toString());
        metadata.put("classes", String.join(", ", config.classNames()));
        metadata.put("weightsSha256", config.sha256());
        metadata.put("epoch", Integer.toString(epoch));
        params.save(run.head(which), metadata);
    }

    @Override
    public void close() {
        open.forEach(EmbeddingCache.Embeddings::close);
        params.close();
    }
}
