package dev.samovar.models.edit;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.SamPredictor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Embeddings of the slices that the user looks at, kept so that a click is answered at once: the last ones in memory, all of them in a folder. Those
/// of neighbouring slices are computed ahead.
///
/// In the folder each slice has a file of its own, [sealed][EmbeddedImage#save] and named after the digests of the weights and of the picture: a file
/// that does not fit is never used, and a damaged one is made again. Only one embedding is computed at a time, because it takes all cores, and a
/// waiting click comes before slices that are computed ahead.
public final class SliceEmbeddings implements AutoCloseable {
    /// A slice of an image.
    ///
    /// @param axis across which it lies
    public record Place(OpenedImage image, int axis, int index) {
        /// The slice in 8 bits.
        public Picture bright() {
            return image.seen(axis, index);
        }

        /// The slice as its file has it.
        public Picture stored() {
            return image.slices(axis).cut(image.values(), index);
        }

        private Key key() {
            return new Key(image.name(), axis, index);
        }
    }

    /// A place without its image, which need not be held in memory for its embedding.
    private record Key(String name, int axis, int index) {}

    private final SamPredictor predictor;
    private final Function<Place, Picture> seen;
    private final String weights;
    private final @Nullable Path folder;
    private final Consumer<Place> computed;
    private final Map<Key, EmbeddedImage> held;
    private final ReentrantLock computing = new ReentrantLock(true);
    private final Deque<Place> wanted = new ArrayDeque<>();
    private final Thread worker;
    private boolean closed;

    /// Embeddings of slices as a predictor sees them. Images are identified by their names.
    ///
    /// @param seen what the predictor sees of a slice, in 8 bits
    /// @param weights identifies the predictor's network: [dev.samovar.models.sam.Sam#fingerprint]
    /// @param folder where they are kept, created when needed; null to keep them only in memory
    /// @param most the number of embeddings in memory: 4 MB each for the official models
    /// @param computed receives each place that was computed ahead
    public SliceEmbeddings(SamPredictor predictor, Function<Place, Picture> seen, String weights, @Nullable Path folder, int most,
            Consumer<Place> computed) {
        this.predictor = predictor;
        this.seen = seen;
        this.weights = weights;
        this.folder = folder;
        this.computed = computed;
        held = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, EmbeddedImage> eldest) {
                return size() > most;
            }
        };
        worker = Thread.ofPlatform().daemon().name("embeddings ahead").start(this::workAhead);
    }

    /// Whether a slice is in memory.
    public boolean has(Place place) {
        return held(place) != null;
    }

    /// The embedding of a slice: from memory, from its file, or computed now.
    public EmbeddedImage of(Place place) {
        EmbeddedImage there = held(place);
        if (there != null) return there;
        computing.lock();
        try {
            there = held(place);
            if (there != null) return there;
            EmbeddedImage made = readOrCompute(place);
            synchronized (held) {
                held.put(place.key(), made);
            }
            return made;
        } finally {
            computing.unlock();
        }
    }

    private @Nullable EmbeddedImage held(Place place) {
        synchronized (held) {
            return held.get(place.key());
        }
    }

    private EmbeddedImage readOrCompute(Place place) {
        Picture picture = seen.apply(place);
        if (folder == null) return predictor.embed(picture);
        Path file = folder.resolve(name(place, picture));
        if (Files.exists(file)) {
            try {
                EmbeddedImage kept = EmbeddedImage.load(file);
                predictor.check(kept);
                return kept;
            } catch (FormatException _) {
                // Damaged, or framed for another network: made again.
            }
        }
        EmbeddedImage made = predictor.embed(picture);
        AtomicFile.makeFolder(folder);
        made.save(file, picture);
        return made;
    }

    private String name(Place place, Picture picture) {
        String of = weights + "\n" + SamPredictor.digest(picture);
        String digest = Sha256.of(ByteBuffer.wrap(of.getBytes(StandardCharsets.UTF_8))).substring(0, 16);
        return place.image.name().replaceAll("[^A-Za-z0-9._-]", "_") + "-" + "xyz".charAt(place.axis) + place.index + "-" + digest
                + ".safetensors";
    }

    /// Computes these ahead from now on, in this order, and no others.
    public void ahead(List<Place> places) {
        synchronized (wanted) {
            wanted.clear();
            wanted.addAll(places);
            wanted.notifyAll();
        }
    }

    private void workAhead() {
        while (true) {
            Place next;
            synchronized (wanted) {
                while (wanted.isEmpty() && !closed) {
                    try {
                        wanted.wait();
                    } catch (InterruptedException _) {
                        return;
                    }
                }
                if (closed) return;
                next = wanted.removeFirst();
            }
            try {
                if (has(next)) continue;
                of(next);
                computed.accept(next);
            } catch (CancellationException _) {
                return;                                                 // closed meanwhile
            } catch (RuntimeException | OutOfMemoryError _) {
                // Reported when this embedding is asked for.
            }
        }
    }

    /// Stops computing ahead.
    @Override
    public void close() {
        synchronized (wanted) {
            closed = true;
            wanted.notifyAll();
        }
        worker.interrupt();
        try {
            worker.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
