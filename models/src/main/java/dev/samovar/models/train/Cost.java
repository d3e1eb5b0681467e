package dev.samovar.models.train;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Slices;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.methods.PromptedMethod;
import dev.samovar.models.methods.UNetMethod;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a run will take, told before it starts.
///
/// @param slicesToEmbed slices and views that go through the encoder before the training
/// @param masks whether SAM looks for masks in them, too
/// @param pretraining multiply-adds of a pre-training altogether
/// @param embeddedPerEpoch slices that go through it in every epoch
/// @param trainedPerEpoch slices that are learnt from in every epoch
/// @param encoding multiply-adds of the encoder altogether
/// @param training multiply-adds of the head altogether, a backward pass counted as two forward ones
/// @param seconds about
/// @param memory bytes at the peak, about
/// @param disk bytes that the cache will grow by
public record Cost(long slicesToEmbed, boolean masks, double pretraining, long embeddedPerEpoch, long trainedPerEpoch, double encoding,
        double training, double seconds,
        long memory, long disk) {

    /// Of a run, of which something may be in the cache already: reads every volume once.
    public static Cost of(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache, Device device,
            Progress progress) {
        List<Case> cases = new ArrayList<>(dataset.cases(split.train()));
        cases.addAll(dataset.cases(split.val()));
        Preparation preparation = config.preparation();
        long toEmbed = 0, trained = 0, validated = 0, disk = 0;
        progress.begin("reading", cases.size());
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            Sample sample = dataset.load(one);
            int depth = config.method().neighbours(), learnt = depth * preparation.stacks(sample.label(), depth).size(), all = Slices.of(
                    sample.image().geometry()).count();
            boolean training = i < split.train().size();
            if (training) trained += learnt;
            else validated += learnt;
            Priors priors = config.method().priors();
            if (priors != null) {
                if (!cache.hasPriors(one.name(), sample.image(), priors)) {
                    Slices slices = Slices.of(sample.image().geometry());
                    toEmbed += all;
                    disk += (long) PriorMaps.COUNT * Float.BYTES * slices.height() * slices.width() * all;
                }
            } else if (config.method().input() != Method.Input.EMBEDDING) {
                // Nothing is embedded beforehand.
            } else if (training && preparation.augment() instanceof Augment.Views views) {
                toEmbed += (long) learnt * cache.missing(sample, config.schedule().seed(), views.count());
            } else if (!(training && preparation.augment() instanceof Augment.Online) && !cache.has(one.name(), sample.image())) {
                toEmbed += all;
            }
            progress.done(i + 1, one.name());
        }
        if (config.method().priors() == null) disk = toEmbed * cache.bytesPerSlice();
        return of(config, weights, toEmbed, trained, validated, pretraining(config, dataset, split), disk, device);
    }

    private static Cost of(RunConfig config, SamWeights weights, long toEmbed, long trained, long validated, double pretraining, long disk,
            Device device) {
        SamConfig sam = weights.config();
        RunConfig.Schedule schedule = config.schedule();
        boolean pictures = config.method().input() != Method.Input.EMBEDDING, online = !pictures && config.preparation()
                .augment() instanceof Augment.Online;
        long perEpoch = online ? trained : 0, forward = config.method().operations(sam, config.classes(), config
                .preparation().side());
        Priors priors = config.method().priors();
        double perSlice = encoder(sam) + (priors == null ? 0 : (double) priors.points() * priors.points() * click(sam));
        double encoding = (toEmbed + (double) schedule.epochs() * perEpoch) * perSlice;
        double training = (double) forward * schedule.epochs() * (3 * trained + (double) validated / schedule.validateEvery());
        double seconds = (encoding / ENCODER_SHARE + (pretraining + training) / config.method().shareOfSpeed()) / speed(device);
        int[] batch = config.method().input().shape(sam, config.preparation().side(), schedule.batch());
        long read = 2L * Float.BYTES * Shape.of(batch).size();                      // what is read of a batch, and of the next one
        long learning = JVM + (long) (IDLE * trainingMemory(config, weights, device)) + read, embedding = encoderMemory(sam);
        long memory = online ? embedding + learning : toEmbed == 0 ? learning : Math.max(embedding, learning);
        return new Cost(toEmbed, priors != null, pretraining, perEpoch, trained, encoding, training, seconds, memory, disk);
    }

    /// Multiply-adds of the answer to one click.
    private static long click(SamConfig sam) {
        return PromptedMethod.decoderOperations(sam);
    }

    private static double pretraining(RunConfig config, Dataset dataset, Split split) {
        if (!(config.method() instanceof UNetMethod unet) || unet.pretraining() == null) return 0;
        return 3.0 * unet.pretraining().epochs() * Pretrainer.count(config, dataset, split) * unet.pretrainingOperations(config
                .preparation().side());
    }

    /// What part of the speed of a large product of matrices the encoder reaches, as measured.
    private static final double ENCODER_SHARE = 0.8;

    /// Multiply-adds per second in a large product of matrices, measured here and now, in about a tenth of a second.
    private static double speed(Device device) {
        int n = 384;
        try (var _ = Scope.open()) {
            Tensor a = Tensor.full(device, 1, n, n), b = Tensor.full(device, 1, n, n);
            double best = Double.POSITIVE_INFINITY;
            for (int i = 0; i < 12; i++) {
                long start = System.nanoTime();
                a.matmul(b).select(0, 0).toArray();                                // read: a device may only have been told to begin
                best = Math.min(best, (System.nanoTime() - start) * 1e-9);
            }
            return (double) n * n * n / best;
        }
    }

    /// Bytes that the kernels of a training hold at the peak: what they keep for a batch, and of every parameter its value, its gradient and two moments.
    static long trainingMemory(RunConfig config, SamWeights weights, Device device) {
        SamConfig sam = weights.config();
        Method method = config.method();
        try (Params params = method.initial(weights.file(), config.schedule().seed(), device);
                var _ = method.network(params, weights.file(), sam, config.classes())) {
            int side = config.preparation().side(), slices = config.schedule().batch() * method.neighbours();
            long held = slices * method.activations(sam, config.classes(), side);
            if (method instanceof UNetMethod unet) held = Math.max(held, unet.pretrainingActivations(side));
            return 4 * (held + 4 * params.count() + frozen(params.count(), sam, method));
        }
    }

    /// Parameters that a training holds and that do not learn.
    private static long frozen(long learnt, SamConfig sam, Method method) {
        if (method.input() != Method.Input.PICTURE) return 0;
        return Math.max(0, sam.tensors().values().stream().mapToLong(Shape::size).sum() - learnt);
    }

    /// Multiply-adds of the image encoder for one picture.
    public static long encoder(SamConfig c) {
        return c.encoder().operations(c.promptWidth());
    }

    /// What the JVM takes for itself: classes, compiled code, threads.
    private static final long JVM = 200_000_000;

    /// What a training holds by the end of its first step, as a multiple of what its kernels ever hold at once: arrays of one length wait for the next step while others are in use.
    private static final double IDLE = 1.15;

    /// Bytes that a process takes at the peak to embed one picture: every weight as it was read and in the kernels' own form, of which the first goes when the second is there, but the
    /// garbage collector is in no hurry; what it holds on its way; and the JVM itself.
    public static long encoderMemory(SamConfig c) {
        long weights = c.tensors().entrySet().stream().filter(e -> e.getKey().startsWith("image_encoder.")).mapToLong(e -> e.getValue()
                .size()).sum();
        return 4 * (2 * weights + c.encoder().activations()) + JVM;
    }

    /// In a line.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (slicesToEmbed > 0)
            text.append(slicesToEmbed).append(masks ? " slices to find masks in (" : " slices to embed (").append(multiplyAdds(encoding))
                    .append("), ");
        if (embeddedPerEpoch > 0)
            text.append(embeddedPerEpoch).append(" slices through the encoder in every epoch (").append(multiplyAdds(
                    encoding)).append(" in all), ");
        if (pretraining > 0) text.append("a pre-training (").append(multiplyAdds(pretraining)).append("), ");
        text.append(trainedPerEpoch).append(" slices per epoch to learn from (").append(multiplyAdds(training)).append(
                " in all): about ")
                .append(time(seconds)).append(", ").append(bytes(memory)).append(" of memory");
        if (disk > 0) text.append(", ").append(bytes(disk)).append(" of disk for the cache");
        return text.toString();
    }

    /// A number of multiply-adds with the unit that suits it.
    private static String multiplyAdds(double n) {
        if (n >= 1e15) return String.format(Locale.ROOT, "%.2f PMAC", n * 1e-15);
        if (n >= 1e12) return String.format(Locale.ROOT, "%.2f TMAC", n * 1e-12);
        return String.format(Locale.ROOT, "%.2f GMAC", n * 1e-9);
    }

    private static String time(double seconds) {
        if (seconds < 90) return Math.max(1, Math.round(seconds)) + " s";
        if (seconds < 5400) return Math.round(seconds / 60) + " min";
        return String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    private static String bytes(long n) {
        return n >= 1L << 30 ? String.format(Locale.ROOT, "%.1f GiB", n / (double) (1L << 30)) : Math.max(1, n >> 20) + " MiB";
    }
}
