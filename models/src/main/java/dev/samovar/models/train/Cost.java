package dev.samovar.models.train;

import dev.samovar.core.io.Progress;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.imaging.Slices;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.methods.PromptedMethod;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// What a run will take, told before it starts.
///
/// @param slicesToEmbed slices and views that go through the encoder before the training
/// @param masks whether SAM looks for masks in them, too
/// @param pretraining multiply-adds of a pre-training altogether
/// @param embeddedPerEpoch slices that go through it in every epoch
/// @param trainedPerEpoch slices that are learnt from in every epoch
/// @param encoding multiply-adds of the encoder altogether
/// @param training multiply-adds of the head altogether, a backward pass counted as two forward ones
/// @param seconds about, as a rehearsal of some seconds tells
/// @param settled whether the rehearsal had stopped becoming faster; else they are rather too many
/// @param memory bytes at the peak, about
/// @param disk bytes that the cache will grow by
/// @param beforehand of the seconds, those until all is embedded
/// @param answer seconds for a slice that is segmented later, its embedding not counted
public record Cost(long slicesToEmbed, boolean masks, double pretraining, long embeddedPerEpoch, long trainedPerEpoch, double encoding,
        double training, double seconds, boolean settled, long memory, long disk, double beforehand, double answer) {

    /// Of a run, of which something may be in the cache already: reads every volume once.
    public static Cost of(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache, Recompute recompute,
            Device device, Progress progress) {
        return of(config, weights, dataset, split, cache, false, recompute, device, progress);
    }

    /// The cost of a run before which all slices will have been embedded, and their masks found, as they are: only views are left to it.
    public static Cost ofTraining(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache,
            Recompute recompute,
            Device device, Progress progress) {
        return of(config, weights, dataset, split, cache, true, recompute, device, progress);
    }

    /// Seconds until a slice has been embedded, and what is to be looked for in it found, about.
    ///
    /// @param slices how many there are, which decides how long it is tried
    public static double embedding(RunConfig config, SamWeights weights, Sample sample, long slices, Device device) {
        Priors priors = config.method().priors();
        double perSlice = weights.config().encoderOperations() + (priors == null
                ? 0
                : (double) priors.points() * priors.points() * click(weights.config()));
        Rehearsal one = Rehearsal.of(config, weights, sample, new Rehearsal.Times(slices, 0, 0), true, device);
        return one.preparing() + one.embedding() * perSlice / weights.config().encoderOperations();
    }

    private static Cost of(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache, boolean embedded,
            Recompute recompute, Device device, Progress progress) {
        List<Case> cases = new ArrayList<>(dataset.cases(split.train()));
        cases.addAll(dataset.cases(split.val()));
        Preparation preparation = config.preparation();
        long toEmbed = 0, trained = 0, validated = 0, disk = 0;
        Sample taught = null;                                                      // one to rehearse with
        progress.begin("reading", cases.size());
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            Sample sample = dataset.load(one);
            int depth = config.method().neighbours(), learnt = depth * preparation.stacks(sample.label(), depth).size(),
                    all = Slices.of(sample.image().geometry()).count();
            boolean training = i < split.train().size();
            if (training) trained += learnt;
            else validated += learnt;
            if (taught == null || (learnt > 0 && i == 0)) taught = sample;
            Priors priors = config.method().priors();
            if (priors != null) {
                if (!embedded && !cache.hasPriors(one.name(), sample.image(), priors)) {
                    Slices slices = Slices.of(sample.image().geometry());
                    toEmbed += all;
                    disk += (long) PriorMaps.COUNT * Float.BYTES * slices.height() * slices.width() * all;
                }
            } else if (!config.method().input().embeds()) {
                // Nothing is embedded beforehand.
            } else if (training && preparation.augment() instanceof Augment.Views views) {
                toEmbed += (long) learnt * cache.missing(sample, config.schedule().seed(), views.count());
            } else
                if (!embedded && !(training && preparation.augment() instanceof Augment.Online) && !cache.has(one.name(), sample.image())) {
                    toEmbed += all;
                }
            progress.done(i + 1, one.name());
        }
        if (config.method().priors() == null) disk = toEmbed * cache.bytesPerSlice();
        return of(config, weights, Objects.requireNonNull(taught), toEmbed, trained, validated, pretraining(config, dataset, split), disk,
                recompute, device);
    }

    private static Cost of(RunConfig config, SamWeights weights, Sample taught, long toEmbed, long trained, long validated,
            double pretraining, long disk, Recompute recompute, Device device) {
        SamConfig sam = weights.config();
        RunConfig.Schedule schedule = config.schedule();
        Method method = config.method();
        Priors priors = method.priors();
        int side = config.preparation().side();
        long learning = learning(config, weights, device);
        boolean anew = recompute.chosen(config, sam, learning, device);
        boolean sees = method.input().sees(), augmented = config.preparation().augment() instanceof Augment.Online;
        boolean online = method.input().embeds() && augmented;
        long epochs = schedule.epochs(), validations = validated == 0 ? 0 : Math.ceilDiv(epochs, schedule.validateEvery());
        long perEpoch = online ? trained : 0, embedded = toEmbed + epochs * perEpoch, slices = (long) schedule.batch() * method.neighbours();
        long steps = epochs * Math.ceilDiv(trained, slices), looks = validations * Math.ceilDiv(validated, slices);
        double forward = method.operations(sam, config.classes(), side), backAndForth = 3 * forward;
        double perSlice = sam.encoderOperations() + (priors == null ? 0 : (double) priors.points() * priors.points() * click(sam));
        double encoding = embedded * perSlice, training = backAndForth * epochs * trained + forward * validations * validated;
        Rehearsal one = Rehearsal.of(config, weights, taught, new Rehearsal.Times(embedded, steps, looks), anew, device);
        double seen = augmented ? one.viewing() : one.preparing(), embedding = one.embedding() * perSlice / sam.encoderOperations();
        double first = config.preparation().augment() instanceof Augment.Views ? one.viewing() : one.preparing();
        double before = toEmbed * (embedding + first);
        double inputs = epochs * perEpoch * (embedding + (sees ? 0 : seen));
        if (sees) inputs += seen * epochs * trained + one.preparing() * validations * validated;
        double seconds = before + inputs + (steps + pretraining / (backAndForth * slices)) * one.step() + looks * one.validation()
                + epochs * (KEPT + 3.0 * Float.BYTES * learning / KEPT_PER_SECOND);
        long read = 2L * schedule.batch() * Float.BYTES * method.input().size(sam, side);      // what is read of a batch, and of the next one
        long trainingBytes = SamConfig.JVM + (long) (IDLE * trainingMemory(config, sam, learning, anew)) + read, toEncode = sam.encoderMemory();
        long memory = online ? toEncode + trainingBytes : toEmbed == 0 ? trainingBytes : Math.max(toEncode, trainingBytes);
        return new Cost(toEmbed, priors != null, pretraining, perEpoch, trained, encoding, training, seconds, one.settled(), memory, disk,
                before, (looks > 0
                        ? one.validation()
                        : one.step() / 3) / slices);
    }

    /// Multiply-adds of the answer to one click.
    private static long click(SamConfig sam) {
        return PromptedMethod.decoderOperations(sam);
    }

    private static double pretraining(RunConfig config, Dataset dataset, Split split) {
        Method.Pretrained pretrained = config.method().pretrained();
        if (pretrained == null) return 0;
        return 3.0 * pretrained.recipe().epochs() * Pretrainer.count(config, dataset, split) * pretrained.operations(config.preparation().side());
    }

    /// What a checkpoint takes after an epoch, every parameter and its two moments, until it is digested and on the disk: seconds for any, and bytes in a second of a large one, as measured.
    private static final double KEPT = 0.01, KEPT_PER_SECOND = 250e6;

    /// Parameters that learn.
    static long learning(RunConfig config, SamWeights weights, Device device) {
        Method method = config.method();
        try (Params params = method.initial(weights.file(), config.schedule().seed(), device);
                var _ = method.network(params, weights.file(), weights.config(), config.classes())) {
            return params.count();
        }
    }

    /// Bytes that the kernels of a training hold at the peak: what they keep for a batch, and of every parameter its value, its gradient and two moments.
    ///
    /// @param learning how many parameters learn
    /// @param anew whether an encoder that learns is computed once more in the backward pass
    static long trainingMemory(RunConfig config, SamConfig sam, long learning, boolean anew) {
        Method method = config.method();
        long slices = (long) config.schedule().batch() * method.neighbours();
        int side = config.preparation().side();
        long held = slices * (method.activations(sam, config.classes(), side) + (anew ? 0 : method.kept(sam)));
        Method.Pretrained pretrained = method.pretrained();
        if (pretrained != null) held = Math.max(held, pretrained.activations(side));
        return 4 * (held + 4 * learning + summed(learning, config) + frozen(learning, sam, method));
    }

    /// Gradients that a training holds beside those of the batch: the sums so far, and the sums with these.
    private static long summed(long learnt, RunConfig config) {
        return config.schedule().pace().batches(config.method()) == 1 ? 0 : 2 * learnt;
    }

    /// Parameters that a training holds and that do not learn.
    private static long frozen(long learnt, SamConfig sam, Method method) {
        return switch (method.input()) {
            case EMBEDDING, FRAME, PRIORS, FRAME_AND_PRIORS -> 0;
            case PICTURE -> Math.max(0, sam.parameters("") - learnt);
            case EMBEDDING_AND_PICTURE -> sam.parameters("mask_decoder.");
        };
    }

    /// What a training holds by the end of its first step, as a multiple of what its kernels ever hold at once: arrays of one length wait for the next step while others are in use.
    private static final double IDLE = 1.15;

    /// In a line.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (slicesToEmbed > 0)
            text.append(slicesToEmbed).append(masks ? " slices to find masks in (" : " slices to embed (").append(multiplyAdds(encoding))
                    .append("), ");
        if (embeddedPerEpoch > 0)
            text.append(embeddedPerEpoch).append(" slices through the encoder in every epoch (").append(multiplyAdds(encoding)).append(" in all), ");
        if (pretraining > 0) text.append("a pre-training (").append(multiplyAdds(pretraining)).append("), ");
        text.append(trainedPerEpoch).append(" slices per epoch to learn from (").append(multiplyAdds(training)).append(" in all): ")
                .append(about(seconds, settled)).append(", ").append(bytes(memory))
                .append(" of memory");
        if (disk > 0) text.append(", ").append(bytes(disk)).append(" of disk for the cache");
        return text.toString();
    }

    /// A number of multiply-adds with the unit that suits it.
    public static String multiplyAdds(double n) {
        if (n >= 1e15) return String.format(Locale.ROOT, "%.2f PMAC", n * 1e-15);
        if (n >= 1e12) return String.format(Locale.ROOT, "%.2f TMAC", n * 1e-12);
        return String.format(Locale.ROOT, "%.2f GMAC", n * 1e-9);
    }

    /// What a rehearsal tells: `about 3 min`, or `probably less than 3 min` if it had not settled.
    public static String about(double seconds, boolean settled) {
        return (settled ? "about " : "probably less than ") + time(seconds);
    }

    /// Seconds as people say them.
    public static String time(double seconds) {
        if (seconds < 90) return Math.max(1, Math.round(seconds)) + " s";
        if (seconds < 5400) return Math.round(seconds / 60) + " min";
        return String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    private static String bytes(long n) {
        return n >= 1L << 30 ? String.format(Locale.ROOT, "%.1f GiB", n / (double) (1L << 30)) : Math.max(1, n >> 20) + " MiB";
    }
}
