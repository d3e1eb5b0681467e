package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.data.Slices;
import dev.samovar.models.data.Volume;
import dev.samovar.models.sam.SamConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/// Embeddings on disk, one file per volume: the encoder is frozen, so each slice goes through it once.
///
/// A file's name carries the digest of all that its contents depend on: the weights, the source pixels and the way they are cut, the preprocessing,
/// the kernels that computed (others differ in the last bits), and the version of this format. What does not fit is therefore never found; a file
/// that was damaged is computed anew.
public final class EmbeddingCache {
    private static final String FORMAT = "samovar-embeddings-1";

    private final Path folder;
    private final SamWeights weights;
    private final Preprocessing preprocessing;
    private final Device device;

    /// In a folder that is made when the first file is written.
    public EmbeddingCache(Path folder, SamWeights weights, Preprocessing preprocessing, Device device) {
        this.folder = folder;
        this.weights = weights;
        this.preprocessing = preprocessing;
        this.device = device;
    }

    /// Whether a volume's embeddings are there.
    public boolean has(String name, Volume volume) {
        return Files.exists(file(name, key(volume)));
    }

    /// The embeddings of a volume's slices: read, or computed and written. The embedder is asked for only if something has to be computed.
    ///
    /// @param computed is told the number of slices computed so far
    public Embeddings of(String name, Volume volume, Supplier<Embedder> embedder, IntConsumer computed) {
        SequencedMap<String, String> key = key(volume);
        Path file = file(name, key);
        if (Files.exists(file)) {
            try {
                return new Embeddings(Safetensors.open(file), weights.config());
            } catch (FormatException damaged) {
                delete(file);
            }
        }
        write(file, key, volume, embedder.get(), computed);
        return new Embeddings(Safetensors.open(file), weights.config());
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot replace the damaged " + file, e);
        }
    }

    private void write(Path file, SequencedMap<String, String> key, Volume volume, Embedder embedder, IntConsumer computed) {
        Slices slices = Slices.of(volume.geometry());
        var c = weights.config();
        Shape shape = Shape.of(c.promptWidth(), c.grid(), c.grid());
        List<Safetensors.Item> items = new ArrayList<>();
        for (int s = 0; s < slices.count(); s++) {
            final int slice = s;
            items.add(Safetensors.Item.of(Embeddings.name(s), shape, () -> {                             // asked for one after the other, as they are written
                try (var _ = Scope.open()) {
                    float[] embedding = embedder.embed(slices.cut(volume, slice)).toArray();
                    computed.accept(slice + 1);
                    return embedding;
                }
            }));
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the cache folder " + folder, e);
        }
        Safetensors.write(file, key, items);
    }

    private Path file(String name, SequencedMap<String, String> key) {
        String digest = Sha256.of(ByteBuffer.wrap(key.toString().getBytes(StandardCharsets.UTF_8)));
        return folder.resolve(name + "-" + digest.substring(0, 16) + ".safetensors");
    }

    /// All that the embeddings depend on, as the file's metadata spells it out.
    private SequencedMap<String, String> key(Volume volume) {
        Slices slices = Slices.of(volume.geometry());
        ByteBuffer pixels = ByteBuffer.allocate(Math.multiplyExact(4, volume.voxels().length)).order(ByteOrder.LITTLE_ENDIAN);
        pixels.asFloatBuffer().put(volume.voxels());
        var key = new LinkedHashMap<String, String>();
        key.put("format", FORMAT);
        key.put("weights", weights.sha256());
        key.put("pixels", Sha256.of(pixels));
        key.put("slices", slices.count() + " of " + slices.height() + " x " + slices.width() + " across axis " + slices.axis());
        key.put("preprocessing", preprocessing.name());
        key.put("kernels", device.toString());
        return key;
    }

    /// The embeddings of one volume, read slice by slice from a mapped file.
    public static final class Embeddings implements AutoCloseable {
        private final Safetensors file;
        private final int size;

        private Embeddings(Safetensors file, SamConfig c) {
            this.file = file;
            size = c.promptWidth() * c.grid() * c.grid();
        }

        private static String name(int slice) {
            return "slice." + slice;
        }

        /// The embedding `(D, G, G)` of a slice.
        public float[] slice(int slice) {
            float[] values = file.floats(name(slice));
            if (values.length != size) throw new FormatException(file + ": an embedding of " + values.length + " values, expected " + size);
            return values;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
