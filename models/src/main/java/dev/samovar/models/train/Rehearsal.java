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
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.sam.UntrainedSam;
import dev.samovar.models.sam.VitConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How long the pieces of a run take on this machine, measured by doing the run's own work for a few seconds on a slice of its own data.
///
/// For a deep image encoder only three blocks are tried, two with windows and a global one, with random weights; their time is scaled by the number
/// of multiply-adds to that of the whole encoder.
///
/// @param preparing seconds to turn a slice into an input
/// @param viewing seconds to turn an augmented view of a slice into an input
/// @param embedding seconds of the image encoder for a slice
/// @param step seconds of a training step
/// @param validation seconds to validate a batch
/// @param settled whether these times had stopped falling, as they do until all code is compiled
record Rehearsal(double preparing, double viewing, double embedding, double step, double validation, boolean settled) {
    private static final int BLOCKS = 3, LITTLE = 32;                              // LITTLE: pixels along a side of labels, for work that only gets code compiled

    /// How often each piece will be done.
    record Times(long embedded, long steps, long validations) {}

    /// Tries a run's pieces on the middle slice of a sample. A piece that the run will not do takes no time.
    ///
    /// @param anew whether an encoder that learns is computed once more in the backward pass
    static Rehearsal of(RunConfig config, SamWeights weights, Sample sample, Times times, boolean anew, Device device) {
        SamConfig whole = weights.config(), tried = shallow(whole);
        TensorFile file = tried.equals(whole) ? weights.file() : UntrainedSam.file(tried, config.schedule().seed());
        Method method = config.method();
        int side = config.preparation().side();
        double share = (double) method.operations(whole, config.classes(), side) / method.operations(tried, config.classes(), side);
        try (Params encoding = Params.load(file, device);
                Params learnt = method.initial(file, config.schedule().seed(), device);
                Network network = method.network(learnt, file, tried, config.classes());
                Optimizer optimizer = method.optimizer(learnt.trainable(), config.schedule().learningRate())) {
            network.recompute(anew);
            var pieces = new Pieces();
            Slice slice = Slice.of(config, sample);
            double seen = method.input().sees() ? times.steps : 0, viewed = config.preparation().augment() instanceof Augment.None
                    ? 0
                    : (double) times.embedded + times.steps;
            Pieces.Piece preparing = pieces.of(times.embedded + seen, read(slice.preparing(tried, device)));
            Pieces.Piece viewing = pieces.of(viewed, read(slice.viewing(tried, device)));
            Pieces.Piece embedding = pieces.of(times.embedded * share(whole, tried), times.embedded == 0
                    ? Pieces.NOTHING
                    : read(embedding(encoding, tried, device)));
            IntFunction<Batch> batch = slice.batches(tried, device, config.schedule().batch(), side);
            IntFunction<Batch> little = slice.batches(tried, device, 1, Math.min(side, LITTLE));
            Consumer<Batch> stepped = of -> {
                Tensor loss = network.losses(of).sum();
                optimizer.step(loss.backward());
                loss.item();
            }, validated = of -> network.validate(of, List.of());
            Pieces.Piece step = pieces.of(times.steps * share, n -> stepped.accept(batch.apply(n)), n -> stepped.accept(little.apply(n)));
            Pieces.Piece validation = pieces.of(times.validations * share, n -> validated.accept(batch.apply(n)),
                    n -> validated.accept(little.apply(n)));
            boolean settled = pieces.rehearse();
            return new Rehearsal(preparing.seconds(), viewing.seconds(), embedding.seconds() * share(whole, tried), step.seconds() * share,
                    validation.seconds() * share, settled);
        }
    }

    /// Work that waits for its result, because a device may only have begun it.
    private static IntConsumer read(IntFunction<Tensor> work) {
        return n -> work.apply(n).sum().item();
    }

    private static IntFunction<Tensor> embedding(Params params, SamConfig sam, Device device) {
        ImageEncoder encoder = ImageEncoder.of(params.in("image_encoder").frozen(), sam);
        float[] picture = drawn(3 * sam.imageSize() * sam.imageSize());
        return _ -> encoder.forward(Tensor.of(device, picture, 1, 3, sam.imageSize(), sam.imageSize()));
    }

    /// The slice of a sample on which everything is tried.
    private record Slice(RunConfig config, Sample sample, Slices slices, int number, Picture picture, @Nullable Picture maps) {
        static Slice of(RunConfig config, Sample sample) {
            Slices slices = Slices.of(sample.image().geometry());
            List<Integer> learnt = config.preparation().learntFrom(sample.label());
            int number = learnt.isEmpty() ? slices.count() / 2 : learnt.get(learnt.size() / 2);
            Picture picture = slices.cut(sample.image(), number);
            int h = picture.height(), w = picture.width();
            return new Slice(config, sample, slices, number, picture, config.method().priors() == null
                    ? null
                    : new Picture(PriorMaps.COUNT, h, w, drawn(PriorMaps.COUNT * h * w)));
        }

        private PictureInput input(SamConfig sam, Device device) {
            return new PictureInput(config.method(), config.preparation(), sam, device);
        }

        IntFunction<Tensor> preparing(SamConfig sam, Device device) {
            PictureInput input = input(sam, device);
            return _ -> input.of(picture, maps);
        }

        IntFunction<Tensor> viewing(SamConfig sam, Device device) {
            PictureInput input = input(sam, device);
            return n -> {
                var view = config.preparation().view(device, picture, maps, slices.cut(sample.label(), number), new Random(n, "rehearsal"));
                return input.ofFrame(view.frame(), picture.channels() == 1);
            };
        }

        /// Batches with this slice's labels and random inputs; labels are smaller if `side` is. Something is always labelled, so that there is
        /// something to prompt for.
        IntFunction<Batch> batches(SamConfig sam, Device device, int stacks, int side) {
            Method method = config.method();
            Labels labels = config.preparation().labels(slices, sample.label(), number);
            int b = stacks * method.neighbours();
            byte[] classes = new byte[b * side * side];
            boolean none = true;
            for (int y = 0; y < side; y++) for (int x = 0; x < side; x++) {
                byte c = labels.classes()[y * labels.height() / side * labels.width() + x * labels.width() / side];
                for (int i = 0; i < b; i++) classes[(i * side + y) * side + x] = c;
                none &= c == 0;
            }
            for (int i = 0; none && i < b; i++) classes[i * side * side] = 1;
            float[] inputs = drawn(b * method.input().size(sam, side));
            List<Random> draws = new ArrayList<>(IntStream.range(0, b).mapToObj(i -> new Random(i, "rehearsal")).toList());
            return _ -> new Batch(Tensor.of(device, inputs, method.input().shape(sam, side, b)), new Labels(b, side, side, classes), draws);
        }
    }

    /// The model with few blocks.
    private static SamConfig shallow(SamConfig sam) {
        if (!(sam.encoder() instanceof VitConfig vit) || vit.depth() <= BLOCKS) return sam;
        List<Integer> global = vit.globalBlocks().isEmpty() ? List.of() : List.of(BLOCKS - 1);
        var few = new VitConfig(vit.width(), BLOCKS, vit.heads(), vit.window(), global, vit.imageSize(), vit.patch(), vit.mlp());
        return new SamConfig(few, sam.promptWidth(), sam.decoderMlp(), sam.iouHidden(), sam.decoderHeads());
    }

    private static double share(SamConfig whole, SamConfig tried) {
        return (double) whole.encoderOperations() / tried.encoderOperations();
    }

    private static float[] drawn(int n) {
        float[] x = new float[n];
        var random = new Random(1, "rehearsal");
        for (int i = 0; i < n; i++) x[i] = (float) random.uniform();
        return x;
    }
}
