package dev.samovar.models.train;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The frozen half: from a slice to its embedding. The encoder's weights are loaded when the first embedding is asked for; with a full cache, never.
///
/// One may be shared by several threads.
public final class Embedder implements AutoCloseable {
    /// Pixels of the slices that are embedded together, at most: a quarter of those of one picture of the official size.
    private static final int TOGETHER = 512 * 512;

    private final SamWeights weights;
    private final Preparation preparation;
    private final Device device;
    private @Nullable Params params;
    private @Nullable ImageEncoder encoder;
    private boolean closed;

    /// For slices that are prepared in this way. The checkpoint must stay open until the first slice is embedded.
    public Embedder(SamWeights weights, Preparation preparation, Device device) {
        this.weights = weights;
        this.preparation = preparation;
        this.device = device;
    }

    private synchronized ImageEncoder encoder() {
        if (closed) throw new IllegalStateException("this embedder was closed");
        if (encoder != null) return encoder;
        Params loaded = Params.load(weights.file(), device);
        params = loaded;
        encoder = ImageEncoder.of(loaded.in("image_encoder").frozen(), weights.config());
        return encoder;
    }

    /// The embedding of a slice: `(1, D, G, G)`, in the innermost scope.
    public Tensor embed(Picture slice) {
        return through(() -> input(slice));
    }

    /// The embedding of a frame: `(1, D, G, G)`, in the innermost scope.
    public Tensor embedFrame(Picture frame) {
        return through(() -> inputOfFrame(frame));
    }

    /// The embeddings of several inputs, in order: `(D, G, G)` each. A small encoder takes several at a time, because one does not keep all threads busy.
    /// That does not change a bit of them.
    ///
    /// @param input the encoder's input by its number, as [#input] or [#inputOfFrame] makes it
    public Iterator<float[]> embed(int count, IntFunction<Tensor> input) {
        return new Iterator<>() {
            private final Queue<float[]> ready = new ArrayDeque<>();
            private int taken;

            @Override
            public boolean hasNext() {
                return !ready.isEmpty() || taken < count;
            }

            @Override
            public float[] next() {
                if (!hasNext()) throw new NoSuchElementException();
                if (ready.isEmpty()) compute();
                return ready.remove();
            }

            private void compute() {
                int side = config().imageSize(), first = taken, n = Math.clamp(TOGETHER / (side * side), 1, count - first);
                try (var _ = Scope.open()) {
                    Tensor all = through(() -> Tensor.concat(0, IntStream.range(first, first + n).mapToObj(input).toArray(Tensor[]::new)));
                    for (int i = 0; i < n; i++) ready.add(all.slice(0, i, i + 1).toArray());
                }
                taken += n;
            }
        };
    }

    /// The encoder's input for a slice: `(1, 3, S, S)`, in the innermost scope.
    public Tensor input(Picture slice) {
        return preparation.preprocessing().prepare(device, slice, preparation.side(), config().imageSize());
    }

    /// The encoder's input for a frame: `(1, 3, S, S)`, in the innermost scope.
    public Tensor inputOfFrame(Picture frame) {
        return preparation.preprocessing().input(device, frame, config().imageSize());
    }

    private Tensor through(Supplier<Tensor> input) {
        ImageEncoder loaded = encoder();                                           // outside the scope, because its weights stay
        try (var scope = Scope.open()) {
            return scope.keep(loaded.forward(input.get()));
        }
    }

    /// The encoder's sizes.
    public SamConfig config() {
        return weights.config();
    }

    /// Frees the weights; afterwards nothing can be embedded.
    @Override
    public synchronized void close() {
        closed = true;
        if (params != null) params.close();
        params = null;
        encoder = null;
    }
}
