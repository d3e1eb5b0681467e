package dev.samovar.models.train;

import static java.util.stream.Collectors.joining;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.augment.Augmentation;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Embeddings on disk: the encoder is frozen, so each slice goes through it once, and each augmented view of a slice.
///
/// Numbers are kept in half precision, with an error of at most 1/2048 of a number. The encoder ends in a layer norm, so none is too large for it.
/// Embeddings that have just been computed are also read from their file, so it does not change a bit of the results whether an embedding was there
/// before.
///
/// A file holds all slices of a volume as they are, or one view of those that are learnt from, with the view's labels beside each embedding. Its name
/// contains the digest of everything that its contents depend on: the weights, the source pixels and the way they are cut, the preprocessing, the
/// kernels (others differ in the last bits), the version of this format, and for a view its number, the seed, the labels and the augmentation's
/// version. So a file that does not fit is never used; it is named in a message, and the right one is computed beside it. A damaged file is computed
/// again in its place; each file is [sealed][Safetensors#seal] to detect this.
///
/// Prior maps of SAM's automatic masks ([PriorMaker]) are kept in the same way, but in single precision, because one network sees them directly.
public final class EmbeddingCache {
    private static final String FORMAT = "samovar-embeddings-3, half precision", PRIORS = "samovar-priors-1, single precision";

    private final Path folder;
    private final SamWeights weights;
    private final Preparation preparation;
    private final Device device;
    private final Progress progress;
    private final Set<String> told = new HashSet<>();

    /// A cache in a folder that is created when the first file is written.
    ///
    /// @param progress receives a remark about files that do not fit or are damaged
    public EmbeddingCache(Path folder, SamWeights weights, Preparation preparation, Device device, Progress progress) {
        this.folder = folder;
        this.weights = weights;
        this.preparation = preparation;
        this.device = device;
        this.progress = progress;
        if (Files.isDirectory(folder)) AtomicFile.sweep(folder);
    }

    /// The folder of the cache.
    public Path folder() {
        return folder;
    }

    /// Bytes that the embedding of one slice takes on disk.
    public long bytesPerSlice() {
        return (long) DType.F16.bytes() * weights.config().embeddingSize();
    }

    /// The file of the embeddings of a volume's slices, whether it exists or not. Its name depends on everything that they depend on.
    public Path file(String name, Volume volume) {
        return file(name, key(volume));
    }

    /// The files of a sample's first `count` views, whether they exist or not.
    public List<Path> viewFiles(Sample sample, long seed, int count) {
        SequencedMap<String, String> key = key(sample, seed);
        return IntStream.range(0, count).mapToObj(v -> file(viewName(sample, v), view(key, v))).toList();
    }

    /// Whether the cache has the embeddings of a volume's slices.
    public boolean has(String name, Volume volume) {
        return Files.exists(file(name, volume));
    }

    /// How many of a sample's first `count` views the cache does not have.
    public int missing(Sample sample, long seed, int count) {
        return (int) viewFiles(sample, seed, count).stream().filter(file -> !Files.exists(file)).count();
    }

    /// The embeddings of all of a volume's slices: read, or computed and written. The embedder is only used if something has to be computed.
    ///
    /// @param computed receives the number of slices computed so far
    public Embeddings of(String name, Volume volume, Embedder embedder, IntConsumer computed) {
        return get(name, key(volume), shape(), () -> {
            Slices slices = Slices.of(volume.geometry());
            Iterator<float[]> values = embedder.embed(slices.count(), s -> embedder.input(slices.cut(volume, s)));
            return IntStream.range(0, slices.count()).mapToObj(s -> embedding(s, s + 1, values, computed)).toList();
        });
    }

    /// The file of the prior maps of a volume's slices, whether it exists or not.
    public Path priorsFile(String name, Volume volume, Priors priors) {
        return file(priorsName(name), key(volume, priors.masks()));
    }

    /// Whether the cache has the prior maps of a volume's slices.
    public boolean hasPriors(String name, Volume volume, Priors priors) {
        return Files.exists(priorsFile(name, volume, priors));
    }

    /// SAM's prior maps of all of a volume's slices, `(2, h, w)` each: read, or computed and written. SAM is only used if something has to be
    /// computed.
    ///
    /// @param computed receives the number of slices computed so far
    public Embeddings priors(String name, Volume volume, PriorMaker maker, IntConsumer computed) {
        Slices slices = Slices.of(volume.geometry());
        Shape shape = Shape.of(PriorMaps.COUNT, slices.height(), slices.width());
        return get(priorsName(name), key(volume, maker.masks()), shape,
                () -> IntStream.range(0, slices.count()).mapToObj(s -> Safetensors.Item.of(Embeddings.nameOf(s), shape, inItsScope(() -> {
                    float[] maps = maker.of(slices.cut(volume, s)).pixels();
                    computed.accept(s + 1);
                    return maps;
                }))).toList());
    }

    private static String priorsName(String name) {
        return name + "-priors";
    }

    /// The first `count` augmented views of those slices that are learnt from, with their labels: the same for the same seed.
    ///
    /// @param computed receives the number of slices of a view computed so far
    public List<Embeddings> views(Sample sample, long seed, int count, Embedder embedder, IntConsumer computed) {
        SequencedMap<String, String> key = key(sample, seed);
        return IntStream.range(0, count).mapToObj(v -> view(sample, seed, v, view(key, v), embedder, computed)).toList();
    }

    /// One of these views, by its number from 0.
    ///
    /// @param computed receives the number of its slices computed so far
    public Embeddings view(Sample sample, long seed, int number, Embedder embedder, IntConsumer computed) {
        return view(sample, seed, number, view(key(sample, seed), number), embedder, computed);
    }

    private Embeddings view(Sample sample, long seed, int view, SequencedMap<String, String> key, Embedder embedder, IntConsumer computed) {
        return get(viewName(sample, view), key, shape(), () -> {
            Slices slices = Slices.of(sample.image().geometry());
            List<Safetensors.Item> items = new ArrayList<>();
            List<Integer> learnt = preparation.learntFrom(sample.label());
            var drawn = learnt.stream().map(slice -> preparation.view(device, sample, slices, slice, view, seed)).toList();
            Iterator<float[]> values = embedder.embed(learnt.size(), i -> embedder.inputOfFrame(drawn.get(i).frame()));
            for (int i = 0; i < learnt.size(); i++) {
                byte[] labels = drawn.get(i).labels().classes();
                items.add(embedding(learnt.get(i), i + 1, values, computed));
                items.add(new Safetensors.Item(Embeddings.nameOfLabels(learnt.get(i)), DType.U8, Shape.of(preparation.side(), preparation.side()),
                        () -> ByteBuffer.wrap(labels)));
            }
            return items;
        });
    }

    /// The next embedding, the `number`th of its file. It is computed when it is written.
    private Safetensors.Item embedding(int slice, int number, Iterator<float[]> values, IntConsumer computed) {
        return Safetensors.Item.half(Embeddings.nameOf(slice), shape(), inItsScope(() -> {
            float[] next = values.next();
            computed.accept(number);
            return next;
        }));
    }

    /// Opens a scope around each call, since values are asked for one after another, as they are written.
    private static Supplier<float[]> inItsScope(Supplier<float[]> values) {
        return () -> {
            try (var _ = Scope.open()) {
                return values.get();
            }
        };
    }

    private Embeddings get(String name, SequencedMap<String, String> key, Shape shape, Supplier<List<Safetensors.Item>> items) {
        Path file = file(name, key);
        if (Files.exists(file)) {
            try {
                return new Embeddings(Safetensors.openSealed(file), shape.size());
            } catch (FormatException damaged) {
                progress.remark("cache: " + damaged.getMessage() + "; it is computed again");
            }
        } else {
            tellMisfit(name, key);
        }
        AtomicFile.makeFolder(folder);
        Safetensors.seal(file, key, items.get());
        return new Embeddings(Safetensors.open(file), shape.size());
    }

    /// Reports how the first existing file that does not fit was made; further files with the same reason are not reported.
    private void tellMisfit(String name, SequencedMap<String, String> key) {
        if (!Files.isDirectory(folder)) return;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> isOf(name, f)).sorted().toList()) {
                String differing = differing(file, key);
                if (!differing.isEmpty() && told.add(differing))
                    progress.remark("cache: " + file + " was made with other " + differing + "; it is left alone, and the right one is computed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into the cache folder " + folder + ": " + Sentence.reason(e), e);
        }
    }

    private static boolean isOf(String name, Path file) {
        String of = String.valueOf(file.getFileName());
        return of.startsWith(name + "-") && of.substring(name.length() + 1).matches("[0-9a-f]{16}\\.safetensors");
    }

    private static String differing(Path file, SequencedMap<String, String> key) {
        try (Safetensors other = Safetensors.open(file)) {
            return key.entrySet().stream().filter(e -> !e.getValue().equals(other.metadata().get(e.getKey())))
                    .map(e -> e.getKey() + " (" + shortened(other.metadata().get(e.getKey())) + " there, " + shortened(e.getValue())
                            + " now)")
                    .collect(joining(", "));
        } catch (FormatException _) {
            return "";                                                             // damaged, but not needed
        }
    }

    private static String shortened(@Nullable String value) {
        return value == null ? "none" : value.matches("[0-9a-f]{64}") ? value.substring(0, 8) + "…" : value;
    }

    private Shape shape() {
        var c = weights.config();
        return Shape.of(c.promptWidth(), c.grid(), c.grid());
    }

    private Path file(String name, SequencedMap<String, String> key) {
        String digest = Sha256.of(ByteBuffer.wrap(key.toString().getBytes(StandardCharsets.UTF_8)));
        return folder.resolve(name + "-" + digest.substring(0, 16) + ".safetensors");
    }

    private static String viewName(Sample sample, int view) {
        return sample.name() + "-view" + view;
    }

    /// Everything that the embeddings of a volume depend on, as it is written into the file's metadata.
    private SequencedMap<String, String> key(Volume volume) {
        Slices slices = Slices.of(volume.geometry());
        var key = new LinkedHashMap<String, String>();
        key.put("format", FORMAT);
        key.put("weights", weights.sha256());
        key.put("pixels", Sha256.ofPieces(volume::scan));
        key.put("slices", slices.count() + " of " + slices.height() + " x " + slices.width() + " across axis " + slices.axis());
        key.put("preprocessing", preparation.preprocessing().title() + ", frames of " + preparation.side());
        key.put("kernels", device.toString());
        return key;
    }

    /// The key of the prior maps of a volume, which are for its slices as they are.
    private SequencedMap<String, String> key(Volume volume, String masks) {
        SequencedMap<String, String> key = key(volume);
        key.put("format", PRIORS);
        key.remove("preprocessing");
        key.put("masks", masks);
        return key;
    }

    /// The key of the views of a sample, which also depend on the labels; the number of each view is added later.
    private SequencedMap<String, String> key(Sample sample, long seed) {
        SequencedMap<String, String> key = key(sample.image());
        key.put("labels", Sha256.of(ByteBuffer.wrap(sample.label().classes())));
        key.put("learnt", preparation.emptySlices() ? "all slices" : "labelled slices");
        key.put("augmentation", Integer.toString(Augmentation.VERSION));
        key.put("case", sample.name());
        key.put("seed", Long.toString(seed));
        return key;
    }

    private static SequencedMap<String, String> view(SequencedMap<String, String> key, int number) {
        var view = new LinkedHashMap<>(key);
        view.put("view", Integer.toString(number));
        return view;
    }

    /// The contents of one file, read slice by slice.
    public static final class Embeddings implements AutoCloseable {
        private final Safetensors file;
        private final int size;

        private Embeddings(Safetensors file, int size) {
            this.file = file;
            this.size = size;
        }

        private static String nameOf(int slice) {
            return "slice." + slice;
        }

        private static String nameOfLabels(int slice) {
            return "slice." + slice + ".labels";
        }

        /// Reads the embedding of a slice, `(D, G, G)`, or its maps, into an array from `at` on.
        public void read(int slice, float[] to, int at) {
            String name = nameOf(slice);
            ByteBuffer bytes = file.bytes(name);
            if (Objects.requireNonNull(file.entries().get(name)).dtype() == DType.F32) bytes.asFloatBuffer().get(to, at, size);
            else for (int i = 0; i < size; i++) to[at + i] = Float.float16ToFloat(bytes.getShort(DType.F16.bytes() * i));
        }

        /// The embedding of a slice, `(D, G, G)`, or its maps, `(2, h, w)`.
        public float[] slice(int slice) {
            float[] values = new float[size];
            read(slice, values, 0);
            return values;
        }

        /// The maps of all slices, if this file holds prior maps.
        PictureInput.Maps maps(Slices slices) {
            return s -> new Picture(PriorMaps.COUNT, slices.height(), slices.width(), slice(s));
        }

        /// The labels of a slice of a view: `side · side` classes.
        public byte[] labels(int slice) {
            ByteBuffer bytes = file.bytes(nameOfLabels(slice));
            byte[] labels = new byte[bytes.remaining()];
            bytes.get(labels);
            return labels;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
