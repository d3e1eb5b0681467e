package dev.samovar.models.train;

import static java.util.stream.Collectors.joining;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.optim.ReduceOnPlateau;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRegion;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.Batch;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Network;
import dev.samovar.models.methods.PublishedBackbone;
import dev.samovar.models.sam.SamWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Adapts SAM to a few labelled volumes, by the [Method] that a run names. The trainer is responsible for epochs, order, checkpoints and logs.
///
/// The same seed gives the same bytes in the trained head and in the log, whether
/// training ran without interruption or was cut short, at any moment, and resumed.
public final class Trainer implements AutoCloseable {
    /// The sentence of a run without a label to learn from.
    public static final String NOTHING_TO_LEARN = "no slice of the training cases has a labelled pixel, so there is nothing to learn";

    private static final int PATIENCE = 10;
    private static final int FIRST_SCHEDULED_EPOCH = 10;

    /// Mean losses of an epoch: their sum, and each of them.
    private record MeanLosses(double total, List<Double> parts, double lastBatch) {}

    private final Run run;
    private final Preparation preparation;
    private final RunConfig.Schedule schedule;
    private final Pace pace;
    private final SamWeights weights;
    private final Device device;
    private final Progress progress;
    private final Embedder embedder;
    private final @Nullable PriorMaker priorMaker;                                 // null if the network sees no prior maps
    private final PictureInput pictures;
    private final List<Runnable> open = new ArrayList<>();                         // what is to be closed with this
    private final List<Example.Stack> train = new ArrayList<>();
    private final List<Example.Stack> validation = new ArrayList<>();
    private final Params params;
    private final Method method;
    private final Network network;
    private final Optimizer optimizer;
    private final ReduceOnPlateau plateau;
    private Checkpoint state;
    private Basis basis;

    /// Reads the data, computes the embeddings that are missing from the cache, and makes the head with its initial parameters, or as it was when the
    /// run was cut short.
    ///
    /// @throws FormatException if something is wrong with the data, if data of the run were changed since it was begun, or if another
    ///         process is training this run
    public Trainer(Run run, SamWeights weights, Dataset dataset, EmbeddingCache cache, Device device, Progress progress) {
        this.run = run;
        this.weights = weights;
        this.device = device;
        this.progress = progress;
        preparation = run.config().preparation();
        schedule = run.config().schedule();
        pace = schedule.pace();
        method = run.config().method();
        embedder = new Embedder(weights, preparation, device);
        priorMaker = PriorMaker.of(weights, method.priors(), device);
        pictures = new PictureInput(method, preparation, weights.config(), device);
        open.add(run.lock()::close);
        open.add(embedder::close);
        if (priorMaker != null) open.add(priorMaker::close);
        AtomicFile.sweep(run.folder());
        basis = Basis.of(run);
        try {
            load(dataset, cache);
            boolean begun = Files.exists(run.checkpoint());
            Path pretrained = begun ? null : Pretrainer.complete(run, dataset, device, progress);
            try (Safetensors checkpoint = begun ? Safetensors.openSealed(run.checkpoint()) : null;
                    TensorFile begin = begun ? null : beginning(pretrained)) {
                params = checkpoint == null
                        ? method.initial(begin == null ? weights.file() : begin, schedule.seed(), device)
                        : Params.load(checkpoint, device);
                network = method.network(params, weights.file(), weights.config(), run.config().classes());
                optimizer = method.optimizer(params.trainable(), schedule.learningRate());
                plateau = new ReduceOnPlateau(optimizer, PATIENCE);
                state = checkpoint == null ? unbegun() : Checkpoint.of(checkpoint);
                if (checkpoint != null) state.restore(checkpoint, optimizer);
                plateau.restore(state.plateau());
            }
        } catch (RuntimeException e) {
            open.forEach(Runnable::run);
            throw e;
        }
    }

    /// What the part that learns starts from, if that is not the SAM.
    private @Nullable TensorFile beginning(@Nullable Path pretrained) {
        if (pretrained != null) return Safetensors.open(pretrained);
        PublishedBackbone backbone = run.config().origin().beginning().backbone();
        return backbone == null ? null : backbone.open();
    }

    private Checkpoint unbegun() {
        return new Checkpoint(0, 0, schedule.learningRate(), plateau.state(), Double.POSITIVE_INFINITY, TrainingLog.header(method),
                "epoch,seconds\n", basis);
    }

    private void load(Dataset dataset, EmbeddingCache cache) {
        List<Case> learnt = dataset.cases(run.split().train()), cases = new ArrayList<>(learnt), tested = dataset.cases(run.split().test());
        cases.addAll(dataset.cases(run.split().val()));
        Optional<Basis> begun = run.basis();
        begun.ifPresent(before -> before.require(run));
        progress.begin(method.input().embeds() ? "embedding" : priorMaker != null ? "finding masks" : "reading", cases.size());
        BitSet taught = new BitSet();
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            Sample sample = rest(dataset.load(one), begun);
            final int number = i;
            IntConsumer computed = n -> progress.done(number, one.name() + ", slice " + n);
            if (i < learnt.size()) {
                taught.or(sample.label().foreground());
                addTrained(sample, cache, computed);
            }
            if (i >= learnt.size()) addPlain(sample, cache, computed, validation);
            progress.done(i + 1, one.name());
        }
        for (Case one : tested) rest(dataset.load(one), begun);
        if (!(preparation.augment() instanceof Augment.Online)) embedder.close();
        if (priorMaker != null) priorMaker.close();
        if (taught.isEmpty() || train.isEmpty()) throw new FormatException(NOTHING_TO_LEARN);
        List<String> names = run.config().classNames();
        for (int c = 1; c < names.size(); c++)
            if (!taught.get(c)) progress.remark("no training case contains the class " + FormatException.shown(names.get(c)) + ": it is not learnt");
    }

    /// Adds a sample to the data that the run depends on; if the run was begun before, the sample must be unchanged.
    private Sample rest(Sample sample, Optional<Basis> begun) {
        begun.ifPresent(before -> before.require(run, sample));
        basis = basis.with(sample);
        return sample;
    }

    private void addTrained(Sample sample, EmbeddingCache cache, IntConsumer computed) {
        switch (preparation.augment()) {
            case Augment.None _ -> addPlain(sample, cache, computed, train);
            case Augment.Views views -> addViews(sample, views.count(), cache, computed);
            case Augment.Online _ -> addOnline(sample, cache, computed);
        }
    }

    private void addPlain(Sample sample, EmbeddingCache cache, IntConsumer computed, List<Example.Stack> to) {
        Slices slices = Slices.of(sample.image().geometry());
        if (!method.input().embeds()) {
            PictureInput.Maps maps = maps(sample, cache, computed);
            addStacks(sample, to, (name, _, s) -> new Example.PreparedPicture(name, slices.cut(sample.image(), s), () -> maps.of(s),
                    preparation.labels(slices, sample.label(), s), pictures));
            return;
        }
        var embeddings = cache.of(sample.name(), sample.image(), embedder, computed);
        open.add(embeddings::close);
        addStacks(sample, to, (name, _, s) -> seen(new Example.Plain(name, embeddings, s, preparation.labels(slices, sample.label(), s)),
                _ -> pictures.of(slices.cut(sample.image(), s), null)));
    }

    /// An example with the picture, if the network sees it.
    private Example seen(Example embedded, IntFunction<Tensor> picture) {
        return method.input().sees() ? new Example.Seen(embedded, weights.config().embeddingSize(), picture) : embedded;
    }

    private void addViews(Sample sample, int count, EmbeddingCache cache, IntConsumer computed) {
        var views = cache.views(sample, schedule.seed(), count, embedder, computed);
        for (var view : views) open.add(view::close);
        Slices slices = Slices.of(sample.image().geometry());
        boolean grey = sample.image().channels() == 1;
        addStacks(sample, train, (name, _, s) -> seen(new Example.Viewed(name, views, s), epoch -> pictures.ofFrame(preparation.view(device,
                sample, slices, s, epoch % count, schedule.seed()).frame(), grey)));
    }

    /// The prior maps of a sample's slices, if the method sees any.
    private PictureInput.Maps maps(Sample sample, EmbeddingCache cache, IntConsumer computed) {
        if (priorMaker == null) return PictureInput.Maps.NONE;
        var priors = cache.priors(sample.name(), sample.image(), priorMaker, computed);
        open.add(priors::close);
        return priors.maps(Slices.of(sample.image().geometry()));
    }

    private void addOnline(Sample sample, EmbeddingCache cache, IntConsumer computed) {
        boolean grey = sample.image().channels() == 1;
        PictureInput.Maps maps = maps(sample, cache, computed);
        Function<Picture, Tensor> through = switch (method.input()) {
            case EMBEDDING -> embedder::embedFrame;
            case EMBEDDING_AND_PICTURE -> frame -> Method.Input.both(embedder.embedFrame(frame), pictures.ofFrame(frame, grey));
            case PICTURE, FRAME, PRIORS, FRAME_AND_PRIORS -> frame -> pictures.ofFrame(frame, grey);
        };
        Slices slices = Slices.of(sample.image().geometry());
        addStacks(sample, train, (name, first, s) -> {
            Labels labels = new Labels(1, slices.height(), slices.width(), slices.cut(sample.label(), s));
            return new Example.Online(name, first, slices.cut(sample.image(), s), () -> maps.of(s), labels, preparation, through, device,
                    schedule.seed());
        });
    }

    private interface Maker {
        /// The example of a slice, from its name and the name of the first slice of its stack.
        Example make(String name, String first, int slice);
    }

    private void addStacks(Sample sample, List<Example.Stack> to, Maker maker) {
        for (List<Integer> stack : preparation.stacks(sample.label(), method.neighbours()))
            to.add(new Example.Stack(stack.stream().map(s -> maker.make(named(sample, s), named(sample, stack.getFirst()), s)).toList()));
    }

    private static String named(Sample sample, int slice) {
        return sample.name() + ", slice " + slice;
    }

    /// The parameters that learn.
    public Params params() {
        return params;
    }

    /// Decides whether blocks of an encoder that learns are computed once more in the backward pass, and returns that. The results are the same.
    public boolean recompute(Recompute choice) {
        boolean anew = choice.chosen(run.config(), weights.config(), params.count(), device);
        network.recompute(anew);
        return anew;
    }

    /// The last finished epoch; 0 at the beginning.
    public int epoch() {
        return state.epoch();
    }

    /// Trains to the last epoch, or until nothing has become better for as long as the schedule's patience, and writes checkpoints, the log and the
    /// heads as it goes. Training that is cancelled ([Watch]) can be resumed, like any that was cut short.
    public void run() {
        progress.begin("training", schedule.epochs());
        progress.done(state.epoch(), "");
        for (int epoch = state.epoch() + 1; epoch <= schedule.epochs() && isPatient(); epoch++) {
            long start = System.nanoTime();
            boolean onPlateaus = pace.isOnPlateaus(method);
            if (!onPlateaus || epoch <= pace.warmUp())
                optimizer.learningRate(schedule.learningRate() * pace.factor(method, epoch, schedule.epochs()));
            double rate = optimizer.learningRate();
            MeanLosses losses = epoch(epoch);
            if (onPlateaus && epoch > Math.max(FIRST_SCHEDULED_EPOCH, pace.warmUp())) plateau.observe(losses.lastBatch);
            boolean validates = !validation.isEmpty() && (epoch % schedule.validateEvery() == 0 || epoch == schedule.epochs());
            double validated = validates ? validate() : Double.NaN, score = validation.isEmpty() ? losses.total : validated;
            if (score < state.best()) params.save(run.best(), metadata(epoch));

            String line = epoch + "," + number(rate) + "," + number(losses.total) + ","
                    + losses.parts.stream().map(l -> number(l) + ",").collect(joining())
                    + (validates ? number(TrainingLog.validation(state.log(), validated)) : "") + "\n";
            String time = String.format(Locale.ROOT, "%d,%.3f%n", epoch, (System.nanoTime() - start) * 1e-9);
            state = new Checkpoint(epoch, optimizer.steps(), optimizer.learningRate(), plateau.state(), score < state.best()
                    ? score
                    : state.best(),
                    state.log() + line, state.timings() + time, basis);
            state.write(run.checkpoint(), params, optimizer);                           // from here on this epoch is finished
            writeLog();
            progress.done(epoch, String.format(Locale.ROOT, "loss %.4f", losses.total)
                    + (validates ? String.format(Locale.ROOT, ", validation Dice %.4f", 1 - validated) : ""));
        }
        writeLog();                                                                // again, because a run that was cut short after a checkpoint may lack it
        params.save(run.last(), metadata(state.epoch()));
    }

    /// Whether the run should continue: it has no patience limit, or something became better within the last epochs.
    private boolean isPatient() {
        if (schedule.patience() == 0 || state.epoch() == 0) return true;
        return state.epoch() - TrainingLog.of(state.log(), run.log().toString()).best().number() < schedule.patience();
    }

    private void writeLog() {
        AtomicFile.write(run.log(), state.log());
        AtomicFile.write(run.timings(), state.timings());
    }

    private static String number(double x) {
        return Float.toString((float) x);
    }

    private MeanLosses epoch(int epoch) {
        List<Example.Stack> order = shuffled(train, new Random(schedule.seed(), "epoch " + epoch));
        double total = 0, last = 0;
        double[] parts = new double[method.losses().size()];
        int left = batches(order);
        try (var batches = batches(order, epoch)) {
            while (batches.hasNext()) {
                Watch.step("training", epoch - 1, schedule.epochs());
                try (var _ = Scope.open()) {                                       // everything below is freed at the closing brace
                    Gradients sum = null;
                    int count = Math.min(pace.batches(method), left);
                    left -= count;
                    for (int n = 0; n < count; n++) {
                        try (var scope = Scope.open()) {
                            Tensor losses = network.losses(onDevice(batches.next())), loss = losses.sum();
                            sum = (pace.accumulated() > 1 ? loss.affine(1.0 / count, 0) : loss).backward().addedTo(sum).keptBy(scope);
                            last = loss.item();
                            if (!Double.isFinite(last))
                                throw new FormatException("training diverged in epoch " + epoch + ": the loss is " + last
                                        + "; try a smaller learning rate");
                            total += last;
                            for (int i = 0; i < parts.length; i++) parts[i] += losses.select(0, i).item();
                        }
                    }
                    if (sum != null) optimizer.step(pace.clip() > 0 ? sum.clip(pace.clip()) : sum);
                }
            }
        }
        int n = batches(order);
        return new MeanLosses(total / n, Arrays.stream(parts).mapToObj(part -> part / n).toList(), last);
    }

    private double validate() {
        LabelCoding coding = run.config().origin().reading().coding();
        List<SortedSet<Integer>> regions = coding == null ? List.of() : coding.regions().stream().map(LabelRegion::classes).toList();
        double sum = 0;
        try (var batches = batches(validation, 0)) {
            while (batches.hasNext()) {
                try (var _ = Scope.open()) {
                    sum += network.validate(onDevice(batches.next()), regions);
                }
            }
        }
        return sum / batches(validation);
    }

    /// `B` examples that were read: their inputs one after another, labels `(B, L, L)`, and a stream of random numbers for each.
    @SuppressWarnings("ArrayRecordComponent")                                      // they are not compared
    private record Read(float[] inputs, Labels labels, List<Random> draws) {}

    private int batches(List<Example.Stack> examples) {
        return Math.ceilDiv(examples.size(), schedule.batch());
    }

    /// The batches. Each is read while the one before it trains, unless reading needs the device, which is busy with training.
    private ReadAhead<Read> batches(List<Example.Stack> examples, int epoch) {
        int b = schedule.batch();
        return new ReadAhead<>(batches(examples), n -> read(examples.subList(n * b, Math.min(n * b + b, examples.size())), epoch),
                examples.stream().flatMap(e -> e.slices().stream()).noneMatch(Example::needsDevice));
    }

    private Read read(List<Example.Stack> stacks, int epoch) {
        List<Example> examples = stacks.stream().flatMap(e -> e.slices().stream()).toList();
        int b = examples.size(), side = preparation.side(), size = method.input().size(weights.config(), preparation.side());
        float[] inputs = new float[b * size];
        byte[] classes = new byte[b * side * side];
        List<Random> draws = new ArrayList<>();
        for (int i = 0; i < b; i++) {
            Example example = examples.get(i);
            System.arraycopy(example.read(epoch, inputs, i * size), 0, classes, i * side * side, side * side);
            draws.add(new Random(schedule.seed(), "prompt of epoch " + epoch + ", " + example.name()));
        }
        return new Read(inputs, new Labels(b, side, side, classes), draws);
    }

    private Batch onDevice(Read read) {
        return new Batch(Tensor.of(device, read.inputs, inputs(read.labels.batch())), read.labels, read.draws);
    }

    private int[] inputs(int slices) {
        return method.input().shape(weights.config(), preparation.side(), slices);
    }

    /// The items in random order.
    static <T> List<T> shuffled(List<T> items, Random random) {
        List<T> order = new ArrayList<>(items);
        for (int i = order.size() - 1; i > 0; i--) Collections.swap(order, i, random.below(i + 1));
        return order;
    }

    private Map<String, String> metadata(int epoch) {
        RunConfig config = run.config();
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("format", "samovar-head-1");
        metadata.put(method instanceof HeadMethod ? "head" : "method", method.json().toString());
        metadata.put("classes", String.join(", ", config.classNames()));
        metadata.put("weightsSha256", config.origin().sha256());
        metadata.put("epoch", Integer.toString(epoch));
        return metadata;
    }

    @Override
    public void close() {
        optimizer.close();
        network.close();
        params.close();
        open.forEach(Runnable::run);
    }
}
