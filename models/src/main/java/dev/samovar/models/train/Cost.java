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
import dev.samovar.models.sam.SamWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// The estimated cost of a run, before it starts.
///
/// @param slicesToEmbed slices and views that go through the encoder before training
/// @param masks whether SAM also looks for masks in them
/// @param pretraining multiply-adds of all pretraining
/// @param embeddedPerEpoch slices that go through the encoder in every epoch
/// @param trainedPerEpoch slices that are learnt from in every epoch
/// @param encoding multiply-adds of the encoder in all
/// @param training multiply-adds of the head in all, where a backward pass counts as two forward ones
/// @param seconds approximately, from a rehearsal of a few seconds
/// @param settled whether the rehearsal had stopped becoming faster; if not, the seconds are probably too many
/// @param memory approximate bytes at the peak
/// @param disk bytes by which the cache will grow
/// @param beforehand the part of the seconds until everything is embedded
/// @param answer seconds for a slice that is segmented later, without its embedding
public record Cost(long slicesToEmbed, boolean masks, double pretraining, long embeddedPerEpoch, long trainedPerEpoch, double encoding,
        double training, double seconds, boolean settled, long memory, long disk, double beforehand, double answer) {

    /// The cost of a run, part of which may be in the cache already. It reads every volume once.
    public static Cost of(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache, Recompute recompute,
            Device device, Progress progress) {
        return of(config, weights, dataset, split, cache, false, recompute, device, progress);
    }

    /// The cost of a run after all slices have been embedded and their masks found: only views are left to embed.
    public static Cost ofTraining(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache,
            Recompute recompute,
            Device device, Progress progress) {
        return of(config, weights, dataset, split, cache, true, recompute, device, progress);
    }

    /// Approximate seconds to embed a slice and to find its masks, if the method needs them.
    ///
    /// @param slices the number of slices, which decides how long the rehearsal takes
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
        long read = 2L * schedule.batch() * Float.BYTES * method.input().size(sam, side);      // the inputs of a batch, and of the next one
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

    /// The cost of writing a checkpoint after an epoch, with every parameter and its two moments, digested and synced: a constant in seconds, and
    /// bytes a second of a large one, as measured.
    private static final double KEPT = 0.01, KEPT_PER_SECOND = 250e6;

    /// The number of parameters that learn.
    static long learning(RunConfig config, SamWeights weights, Device device) {
        Method method = config.method();
        try (Params params = method.initial(weights.file(), config.schedule().seed(), device);
                var _ = method.network(params, weights.file(), weights.config(), config.classes())) {
            return params.count();
        }
    }

    /// Bytes that the kernels hold at the peak of training: the values kept for a batch, and the value, the gradient and two moments of every
    /// parameter.
    ///
    /// @param learning the number of parameters that learn
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

    /// Gradients that training holds beside those of the batch: the sums so far, and the sums with this batch.
    private static long summed(long learnt, RunConfig config) {
        return config.schedule().pace().batches(config.method()) == 1 ? 0 : 2 * learnt;
    }

    /// The number of parameters that training holds but that do not learn.
    private static long frozen(long learnt, SamConfig sam, Method method) {
        return switch (method.input()) {
            case EMBEDDING, FRAME, PRIORS, FRAME_AND_PRIORS -> 0;
            case PICTURE -> Math.max(0, sam.parameters("") - learnt);
            case EMBEDDING_AND_PICTURE -> sam.parameters("mask_decoder.");
        };
    }

    /// The memory of training after its first step, as a multiple of the most that its kernels use at once: arrays of some lengths wait for the next
    /// step while others are in use.
    private static final double IDLE = 1.15;

    /// The cost in one line.
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

    /// The result of a rehearsal: `about 3 min`, or `probably less than 3 min` if it had not settled.
    public static String about(double seconds, boolean settled) {
        return (settled ? "about " : "probably less than ") + time(seconds);
    }

    /// Seconds in readable form.
    public static String time(double seconds) {
        if (seconds < 90) return Math.max(1, Math.round(seconds)) + " s";
        if (seconds < 5400) return Math.round(seconds / 60) + " min";
        return String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    private static String bytes(long n) {
        return n >= 1L << 30 ? String.format(Locale.ROOT, "%.1f GiB", n / (double) (1L << 30)) : Math.max(1, n >> 20) + " MiB";
    }
}
