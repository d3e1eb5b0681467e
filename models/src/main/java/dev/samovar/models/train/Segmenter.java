package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Network;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A trained head with its encoder: volumes in, labels out.
///
/// It works in the canonical [Orientation], slice by slice: embedding, head, logits resized to the slice's own size, and the class with the largest
/// logit. A segmenter may be shared by several threads; calls are independent of each other.
public final class Segmenter implements AutoCloseable {
    private final RunConfig config;
    private final Embedder embedder;
    private final @Nullable PriorMaker priorMaker;                                 // null if the network sees no prior maps
    private final PictureInput pictures;
    private final Params params;
    private final Network network;
    private final Device device;
    private volatile boolean closed;

    /// The result for a volume.
    ///
    /// @param labels the class of every voxel
    /// @param probabilities the probability of each class at every voxel, one volume per class, background first; empty if they were not asked for
    public record Segmentation(LabelVolume labels, List<Volume> probabilities) {
        /// Copies the list.
        public Segmentation { probabilities = List.copyOf(probabilities); }
    }

    /// A head of a run, with the checkpoint that it was trained with, which must stay open until the first slice is segmented.
    ///
    /// @throws FormatException if the run has no such head yet, or the checkpoint is another
    public Segmenter(Run run, Run.Which which, SamWeights weights, Device device) {
        config = run.config();
        this.device = device;
        config.require(weights);
        try (var file = Safetensors.open(run.head(which))) {
            params = Params.load(file, device);
            network = config.method().network(params.frozen(), weights.file(), weights.config(), config.classes());
        }
        embedder = new Embedder(weights, config.preparation(), device);
        priorMaker = PriorMaker.of(weights, config.method().priors(), device);
        pictures = new PictureInput(config.method(), config.preparation(), weights.config(), device);
    }

    /// The class of every voxel, on the volume's own grid, whatever its orientation. If the labels are written, they have the volume's header, bit
    /// for bit.
    ///
    /// @throws FormatException if the method is a prompted one
    public LabelVolume segment(Volume volume) {
        return segment(volume, null, false, _ -> {}).labels();
    }

    /// Segments a volume, with the probabilities of all classes if they are wanted.
    ///
    /// @param asked for a prompted method, labels on the volume's grid: in each slice it is prompted for every class with a box around it; otherwise
    /// null
    /// @param done receives the number of finished slices, after each
    /// @throws FormatException if a prompted method gets no prompts, or labels on another grid, or another method gets some
    public Segmentation segment(Volume volume, @Nullable LabelVolume asked, boolean probabilities, IntConsumer done) {
        check(asked);
        Orientation orientation = Orientation.of(volume.geometry());
        Volume canonical = orientation.toCanonical(volume);
        Slices slices = Slices.of(canonical.geometry());
        Segmentation found = segment(slices, s -> input(slices.cut(canonical, s)), prompts(volume, asked), probabilities, done);
        return new Segmentation(orientation.toOriginal(found.labels), found.probabilities.stream().map(orientation::toOriginal).toList());
    }

    /// The labels of a volume in the canonical orientation, with a cache that keeps the embeddings for the next head.
    ///
    /// @param asked as above, in that orientation
    /// @param done receives the number of slices that had to be embedded
    public LabelVolume segment(String name, Volume canonical, @Nullable LabelVolume asked, EmbeddingCache cache, IntConsumer done) {
        return segment(name, canonical, asked, false, cache, done).labels();
    }

    /// The same, with the probabilities of all classes if they are wanted.
    public Segmentation segment(String name, Volume canonical, @Nullable LabelVolume asked, boolean probabilities, EmbeddingCache cache,
            IntConsumer done) {
        check(asked);
        SamConfig sam = embedder.config();
        Slices slices = Slices.of(canonical.geometry());
        if (priorMaker != null) {
            try (var priors = cache.priors(name, canonical, priorMaker, done)) {
                PictureInput.Maps maps = priors.maps(slices);
                return segment(slices, s -> pictures.of(slices.cut(canonical, s), maps.of(s)), asked, probabilities, _ -> {});
            }
        }
        if (!config.method().input().embeds()) return segment(slices, s -> input(slices.cut(canonical, s)), asked, probabilities, done);
        try (var embeddings = cache.of(name, canonical, embedder, done)) {
            Given read = s -> input(slices.cut(canonical, s),
                    () -> Tensor.of(device, embeddings.slice(s), 1, sam.promptWidth(), sam.grid(), sam.grid()));
            return segment(slices, read, asked, probabilities, _ -> {});
        }
    }

    /// Labels to draw boxes around, in the canonical orientation of a volume; null if there are none.
    static @Nullable LabelVolume prompts(Volume volume, @Nullable LabelVolume asked) {
        if (asked == null) return null;
        return Orientation.of(volume.geometry()).toCanonical(Grids.pair(volume, asked).labels().on(volume.geometry()));
    }

    private void check(@Nullable LabelVolume asked) {
        if (closed) throw new IllegalStateException("this segmenter was closed");
        if (config.method().prompted() == (asked != null)) return;
        throw new FormatException(asked == null
                ? "the method " + config.method().title() + " needs prompts: labels to draw boxes around"
                : "the method " + config.method().title() + " takes no prompts");
    }

    /// What the network is given for a slice, in the innermost scope.
    private Tensor input(Picture slice) {
        return input(slice, () -> embedder.embed(slice));
    }

    private Tensor input(Picture slice, Supplier<Tensor> embedding) {
        return switch (config.method().input()) {
            case EMBEDDING -> embedding.get();
            case EMBEDDING_AND_PICTURE -> Method.Input.both(embedding.get(), pictures.of(slice, null));
            case PICTURE, FRAME, PRIORS, FRAME_AND_PRIORS -> pictures.of(slice, priorMaker == null ? null : priorMaker.of(slice));
        };
    }

    private interface Given {
        /// What the network is given for a slice, in the innermost scope.
        Tensor of(int slice);
    }

    private Segmentation segment(Slices slices, Given given, @Nullable LabelVolume asked, boolean wanted, IntConsumer done) {
        int h = slices.height(), w = slices.width(), classes = config.classes();
        List<byte[]> labels = new ArrayList<>();
        List<List<float[]>> probabilities = new ArrayList<>();
        for (int c = 0; wanted && c < classes; c++) probabilities.add(new ArrayList<>());
        for (List<Integer> stack : Stacks.of(slices.count(), config.method().neighbours())) {
            Watch.step("slices", labels.size(), slices.count());
            try (var _ = Scope.open()) {
                Labels prompts = asked == null ? null : config.preparation().labels(slices, asked, stack);
                Tensor all = network.logits(Tensor.concat(0, stack.stream().map(given::of).toArray(Tensor[]::new)), prompts);
                for (int i = 0; i < stack.size(); i++) {
                    if (stack.get(i) != labels.size()) continue;                       // it was in the stack before, or repeats the last slice
                    Tensor logits = restored(all.slice(0, i, i + 1), h, w);        // (1, K, h, w)
                    labels.add(largest(logits.toArray(), classes, h * w));
                    if (wanted) {
                        Tensor likely = logits.softmax(1);
                        for (int c = 0; c < classes; c++) probabilities.get(c).add(likely.select(1, c).toArray());
                    }
                }
            }
            done.accept(labels.size());
        }
        return new Segmentation(slices.stack(labels), probabilities.stream().map(slices::stackValues).toList());
    }

    /// The class of every pixel of a slice, row by row.
    ///
    /// @throws FormatException if the method is a prompted one
    public byte[] segment(Picture slice) {
        check(null);
        try (var _ = Scope.open()) {
            int h = slice.height(), w = slice.width();
            return largest(restored(network.logits(input(slice), null), h, w).toArray(), config.classes(), h * w);
        }
    }

    private Tensor restored(Tensor logits, int h, int w) {
        return config.preparation().preprocessing().restore(logits, h, w, pictures.square());
    }

    private static byte[] largest(float[] logits, int classes, int pixels) {
        byte[] labels = new byte[pixels];
        for (int i = 0; i < pixels; i++) {
            int best = 0;
            for (int c = 1; c < classes; c++) if (logits[c * pixels + i] > logits[best * pixels + i]) best = c;
            labels[i] = (byte) best;
        }
        return labels;
    }

    @Override
    public void close() {
        closed = true;
        embedder.close();
        if (priorMaker != null) priorMaker.close();
        network.close();
        params.close();
    }
}
