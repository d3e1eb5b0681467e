package dev.samovar.models.train;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.Batch;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Network;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.UntrainedSam;
import dev.samovar.models.sam.VitConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// How long the pieces of a run take here and now: its own work, done for some seconds on a slice of its own data.
///
/// Of a deep image encoder only three blocks are tried, two with windows and a global one, on numbers that are drawn; what they take is multiplied by what the whole one has to multiply.
///
/// @param preparing seconds to make a slice an input
/// @param viewing seconds to make an augmented view of a slice an input
/// @param embedding seconds of the image encoder for a slice
/// @param step seconds of a training step
/// @param validation seconds to validate a batch
record Rehearsal(double preparing, double viewing, double embedding, double step, double validation) {
    private static final int BLOCKS = 3;
    private static final double STEADY = 1, WARM = 2, LEAST = 4, MOST = 20, SHARE = 0.1;     // seconds for each piece; in all, this part of what its repetitions will take, within limits
    private static final int RUNS = 3;                                             // at least, of which none is much faster than those before
    private static final double FASTER = 0.8;                                      // of the best time before: it was not compiled yet

    /// How often each piece will be done.
    record Times(long embedded, long steps, long validations) {}

    /// Tries a run's pieces on the middle slice of a sample. A piece that will not be done takes no time.
    ///
    /// @param anew whether an encoder that learns is computed once more in the backward pass
    static Rehearsal of(RunConfig config, SamWeights weights, Sample sample, Times times, boolean anew, Device device) {
        SamConfig whole = weights.config(), tried = shallow(whole);
        TensorFile file = tried.equals(whole) ? weights.file() : UntrainedSam.file(tried, config.schedule().seed());
        Preparation preparation = config.preparation();
        Method method = config.method();
        Slices slices = Slices.of(sample.image().geometry());
        List<Integer> learnt = preparation.learntFrom(sample.label());
        int s = learnt.isEmpty() ? slices.count() / 2 : learnt.get(learnt.size() / 2);
        Picture slice = slices.cut(sample.image(), s);
        int h = slice.height(), w = slice.width();
        Picture maps = method.priors() == null ? null : new Picture(PriorMaps.COUNT, h, w, drawn(PriorMaps.COUNT * h * w));
        var pictures = new PictureInput(method, preparation, tried, device);
        double preparing = seconds(times.embedded + (method.input().sees() ? times.steps : 0), _ -> pictures.of(slice, maps));
        double viewing = preparation.augment() instanceof Augment.None ? 0 : seconds(times.embedded + times.steps, n -> {
            var view = preparation.view(device, slice, maps, slices.cut(sample.label(), s), new Random(n, "rehearsal"));
            return pictures.ofFrame(view.frame(), slice.channels() == 1);
        });
        return new Rehearsal(preparing, viewing, embedding(times.embedded, file, tried, device) * share(whole, tried), 0, 0).withSteps(
                config,
                weights, file, tried, preparation.labels(slices, sample.label(), s), times, anew, device);
    }

    private static double embedding(long times, TensorFile file, SamConfig sam, Device device) {
        if (times == 0) return 0;
        try (Params params = Params.load(file, device)) {
            ImageEncoder encoder = ImageEncoder.of(params.in("image_encoder").frozen(), sam);
            float[] picture = drawn(3 * sam.imageSize() * sam.imageSize());
            return seconds(times, _ -> encoder.forward(Tensor.of(device, picture, 1, 3, sam.imageSize(), sam.imageSize())));
        }
    }

    private Rehearsal withSteps(RunConfig config, SamWeights weights, TensorFile file, SamConfig tried, Labels labels, Times times,
            boolean anew, Device device) {
        Method method = config.method();
        int b = config.schedule().batch() * method.neighbours(), side = labels.height();
        byte[] classes = new byte[b * side * side];
        for (int i = 0; i < b; i++) System.arraycopy(labels.classes(), 0, classes, i * side * side, side * side);
        float[] input = drawn(b * method.input().size(tried, side));
        List<Random> draws = new ArrayList<>(IntStream.range(0, b).mapToObj(i -> new Random(i, "rehearsal")).toList());
        double share = (double) method.operations(weights.config(), config.classes(), side) / method.operations(tried, config
                .classes(), side);
        try (Params learnt = method.initial(file, config.schedule().seed(), device);
                Network network = method.network(learnt, file, tried, config.classes());
                Optimizer optimizer = method.optimizer(learnt.trainable(), config.schedule().learningRate())) {
            network.recompute(anew);
            IntFunction<Batch> batch = _ -> new Batch(Tensor.of(device, input, method.input().shape(tried, side, b)), new Labels(b, side,
                    side,
                    classes), draws);
            double training = seconds(times.steps, n -> {
                Tensor loss = network.losses(batch.apply(n)).sum();
                optimizer.step(loss.backward());
                return loss;
            });
            double looking = seconds(times.validations, n -> Tensor.of(device, new float[]{(float) network.validate(batch.apply(n), List
                    .of())}, 1));
            return new Rehearsal(preparing, viewing, embedding, training * share, looking * share);
        }
    }

    /// The same model with few blocks.
    private static SamConfig shallow(SamConfig sam) {
        if (!(sam.encoder() instanceof VitConfig vit) || vit.depth() <= BLOCKS) return sam;
        List<Integer> global = vit.globalBlocks().isEmpty() ? List.of() : List.of(BLOCKS - 1);
        var few = new VitConfig(vit.width(), BLOCKS, vit.heads(), vit.window(), global, vit.imageSize(), vit.patch(), vit.mlp());
        return new SamConfig(few, sam.promptWidth(), sam.decoderMlp(), sam.iouHidden(), sam.decoderHeads());
    }

    private static double share(SamConfig whole, SamConfig tried) {
        return (double) Cost.encoder(whole) / Cost.encoder(tried);
    }

    private static float[] drawn(int n) {
        float[] x = new float[n];
        var random = new Random(1, "rehearsal");
        for (int i = 0; i < n; i++) x[i] = (float) random.uniform();
        return x;
    }

    /// Does something over and over until it has been as fast for a second and three times, as it is slow before it is compiled, but for no more than a small part of what it will take
    /// altogether: the median of the later half since then.
    private static double seconds(long times, IntFunction<Tensor> work) {
        if (times == 0) return 0;
        List<Double> steady = new ArrayList<>();
        double best = Double.POSITIVE_INFINITY, since = 0, sum = 0;
        for (int n = 0; (since < STEADY || steady.size() < RUNS || sum < WARM) && sum < Math.clamp(SHARE * times * best, LEAST,
                MOST); n++) {
            long start = System.nanoTime();
            try (var _ = Scope.open()) {
                work.apply(n).sum().item();                                        // read: a device may only have been told to begin
            }
            double one = (System.nanoTime() - start) * 1e-9;
            if (one < FASTER * best) {
                steady.clear();
                since = 0;
            }
            best = Math.min(best, one);
            steady.add(one);
            since += one;
            sum += one;
        }
        List<Double> sorted = steady.subList(steady.size() / 2, steady.size()).stream().sorted().toList();      // the later half: the compiler may still have been at work
        return sorted.get(sorted.size() / 2);
    }
}
