package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.optim.ReduceOnPlateau;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Pretraining;
import dev.samovar.models.unet.SimClr;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Pretraining, if a method wants it: an encoder learns from slices without labels.
///
/// Each slice is seen in two views, as training would see it in two epochs, but the second view is made from the first, as in the published code. The
/// parameters with the lowest loss are kept. As in training, the same seed gives the same bytes, whether it ran without interruption or was cut
/// short.
final class Pretrainer {
    private static final String LOG = "epoch,learning_rate,nt_xent\n";

    private final Run run;
    private final Dataset dataset;
    private final Method.Pretrained method;
    private final Pretraining recipe;
    private final Preparation preparation;
    private final Device device;
    private final Progress progress;
    private final List<Slice> slices = new ArrayList<>();
    private Basis basis;

    private record Slice(String name, Picture picture) {}

    private Pretrainer(Run run, Dataset dataset, Method.Pretrained method, Device device, Progress progress) {
        this.run = run;
        this.dataset = dataset;
        this.method = method;
        recipe = method.recipe();
        this.device = device;
        this.progress = progress;
        preparation = run.config().preparation();
        basis = Basis.of(run);
    }

    /// Completes the pretraining of a run, and returns the file from which its training starts; null if it has none.
    ///
    /// @throws FormatException if the images are missing, too few, or have changed since it was begun
    static @Nullable Path complete(Run run, Dataset dataset, Device device, Progress progress) {
        Method.Pretrained method = run.config().method().pretrained();
        if (method == null) return null;
        new Pretrainer(run, dataset, method, device, progress).complete();
        return run.pretrained();
    }

    /// The images to learn from, by name: those of the folder or dataset, except the run's validation and test cases.
    ///
    /// @throws FormatException if the run names no folder, or there are none
    private static SortedMap<String, List<Path>> images(RunConfig config, Dataset dataset, Split split) {
        Path folder = config.origin().beginning().unlabelled();
        if (folder == null) throw new FormatException("SimCLR learns from images without labels: say with --unlabelled DIR where they are");
        if (!Files.isDirectory(folder)) throw new FormatException(folder + ": there is no such folder of unlabelled images");
        Set<Path> kept = new HashSet<>();
        for (List<String> names : List.of(split.val(), split.test()))
            for (Case one : dataset.cases(names)) for (Path file : one.images()) kept.add(absolute(file));
        SortedMap<String, List<Path>> images = new TreeMap<>(Dataset.allImages(folder));
        images.values().removeIf(files -> files.stream().anyMatch(file -> kept.contains(absolute(file))));
        if (images.isEmpty()) throw new FormatException(folder + ": there is no image in it to learn from without labels");
        return images;
    }

    private static Path absolute(Path file) {
        return file.toAbsolutePath().normalize();
    }

    /// The number of slices of the images. This reads them.
    static long count(RunConfig config, Dataset dataset, Split split) {
        long count = 0;
        for (Map.Entry<String, List<Path>> image : images(config, dataset, split).entrySet())
            count += Slices.of(canonical(config, image)
                    .geometry()).count();
        return count;
    }

    private static Volume canonical(RunConfig config, Map.Entry<String, List<Path>> image) {
        Volume volume = Dataset.image(image.getKey(), image.getValue(), config.origin().reading());
        return Orientation.of(volume.geometry()).toCanonical(volume);
    }

    private void complete() {
        Path file = run.pretraining();
        try (Safetensors begun = Files.exists(file) ? Safetensors.openSealed(file) : null) {
            Checkpoint state = begun == null ? null : Checkpoint.of(begun);
            if (state != null && state.epoch() == recipe.epochs()) return;
            load(state == null ? null : state.basis());
            try (Params params = begun == null
                    ? Params.random(run.config().schedule().seed(), device)
                    : Params.load(begun, device)) {
                SimClr network = method.network(params);
                try (Optimizer adam = new Adam(params.trainable(), recipe.learningRate(), Pretraining.WEIGHT_DECAY)) {
                    if (begun != null && state != null) state.restore(begun, adam);
                    learn(params, network, adam, state != null
                            ? state
                            : new Checkpoint(0, 0, recipe.learningRate(), new ReduceOnPlateau(adam, 1).state(), Double.POSITIVE_INFINITY,
                                    LOG, "", basis));
                }
            }
        }
    }

    private void load(@Nullable Basis begun) {
        SortedMap<String, List<Path>> images = images(run.config(), dataset, run.split());
        progress.begin("reading", images.size());
        int done = 0;
        for (Map.Entry<String, List<Path>> image : images.entrySet()) {
            String name = image.getKey();
            Volume volume = canonical(run.config(), image);
            if (begun != null) begun.require(run, name, volume);
            basis = basis.with(name, volume);
            Slices cut = Slices.of(volume.geometry());
            for (int s = 0; s < cut.count(); s++) slices.add(new Slice(name + ", slice " + s, cut.cut(volume, s)));
            progress.done(++done, name);
        }
        if (slices.size() < recipe.batch())
            throw new FormatException(run.config().origin().beginning().unlabelled()
                    + ": SimCLR tells the slices of a batch from each other, and there are "
                    + slices.size() + " for a batch of " + recipe.batch() + "; add images, or say --pretrain-batch " + Math.max(2, slices.size()));
    }

    private void learn(Params params, SimClr network, Optimizer adam, Checkpoint state) {
        progress.begin("pre-training", recipe.epochs());
        progress.done(state.epoch(), "");
        for (int epoch = state.epoch() + 1; epoch <= recipe.epochs(); epoch++) {
            adam.learningRate(recipe.rate(epoch));
            double loss = epoch(network, adam, epoch);
            if (loss < state.best())
                params.save(run.pretrained(), Map.of("format", "samovar-pretrained-1", "epoch", Integer.toString(epoch)));
            String line = epoch + "," + (float) adam.learningRate() + "," + (float) loss + "\n";
            state = new Checkpoint(epoch, adam.steps(), adam.learningRate(), state.plateau(), Math.min(loss, state.best()), state.log()
                    + line,
                    "", basis);
            state.write(run.pretraining(), params, adam);                          // from here on this epoch is finished
            AtomicFile.write(run.pretrainingLog(), state.log());
            progress.done(epoch, String.format(Locale.ROOT, "loss %.4f", loss));
        }
    }

    /// One epoch. Slices that do not fill a last batch are left out of it.
    private double epoch(SimClr network, Optimizer adam, int epoch) {
        List<Slice> order = Trainer.shuffled(slices, new Random(run.config().schedule().seed(), "pre-training, epoch " + epoch));
        int b = recipe.batch(), batches = order.size() / b;
        double total = 0;
        for (int n = 0; n < batches; n++) {
            try (var _ = Scope.open()) {
                Tensor[] views = views(order.subList(n * b, n * b + b), epoch);
                Tensor loss = network.loss(views[0], views[1], Pretraining.TEMPERATURE);
                total += loss.item();
                if (!Double.isFinite(total))
                    throw new FormatException("pre-training diverged in epoch " + epoch + "; try a smaller learning rate");
                adam.step(loss.backward());
            }
        }
        return total / batches;
    }

    /// Two views of each slice: `(b, 3, L, L)` twice.
    private Tensor[] views(List<Slice> of, int epoch) {
        int side = preparation.side(), size = 3 * side * side;
        float[] first = new float[of.size() * size], second = new float[of.size() * size];
        for (int i = 0; i < of.size(); i++) {
            Slice slice = of.get(i);
            var random = new Random(run.config().schedule().seed(), "pre-training, epoch " + epoch + ", " + slice.name);
            Picture one = preparation.view(device, Preprocessing.unit(slice.picture), random);
            Picture two = preparation.view(device, one, random);
            System.arraycopy(one.pixels(), 0, first, i * size, size);
            System.arraycopy(two.pixels(), 0, second, i * size, size);
        }
        return new Tensor[]{Tensor.of(device, first, of.size(), 3, side, side), Tensor.of(device, second, of.size(), 3, side, side)};
    }
}
