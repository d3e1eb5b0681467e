package dev.samovar.models.train;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A labelled slice, as the training sees it in one epoch and another.
sealed interface Example {

    /// What tells it from all others.
    String name();

    /// Puts its input, an embedding `(D, G, G)` or a picture `(C, S, S)`, into an array from `at` on, and returns its labels: the class of each pixel of the frame.
    byte[] read(int epoch, float[] to, int at);

    /// Whether reading it asks the device to compute.
    default boolean needsDevice() {
        return false;
    }

    /// Neighbouring slices that are learnt from together: one, for most methods.
    record Stack(List<Example> slices) {
        /// Takes a copy of the list.
        public Stack {
            slices = List.copyOf(slices);
        }
    }

    /// An example that is alike in every epoch: its embedding from the cache.
    record Plain(String name, EmbeddingCache.Embeddings embeddings, int slice, Labels labels) implements Example {
        @Override
        public byte[] read(int epoch, float[] to, int at) {
            embeddings.read(slice, to, at);
            return labels.classes();
        }
    }

    /// Its views in turn, embedding and labels from the cache.
    record Viewed(String name, List<EmbeddingCache.Embeddings> views, int slice) implements Example {
        @Override
        public byte[] read(int epoch, float[] to, int at) {
            EmbeddingCache.Embeddings view = views.get(epoch % views.size());
            view.read(slice, to, at);
            return view.labels(slice);
        }
    }

    /// One of those that are embedded, and after the embedding the picture that it was made of, made once more when its turn comes.
    ///
    /// @param embedded what it is otherwise
    /// @param embedding numbers of the embedding
    /// @param picture `(1, 3, S, S)` in an epoch
    record Seen(Example embedded, int embedding, IntFunction<Tensor> picture) implements Example {
        @Override
        public String name() {
            return embedded.name();
        }

        @Override
        public boolean needsDevice() {
            return true;
        }

        @Override
        public byte[] read(int epoch, float[] to, int at) {
            put(() -> picture.apply(epoch), to, at + embedding);
            return embedded.read(epoch, to, at);
        }
    }

    /// An example that is alike in every epoch, prepared when its turn comes: for a network that takes pictures.
    ///
    /// @param maps over the slice, where the network sees some
    /// @param labels on the frame
    record PreparedPicture(String name, Picture slice, Supplier<@Nullable Picture> maps, Labels labels, PictureInput through)
            implements
                Example {
        @Override
        public boolean needsDevice() {
            return true;
        }

        @Override
        public byte[] read(int epoch, float[] to, int at) {
            put(() -> through.of(slice, maps.get()), to, at);
            return labels.classes();
        }
    }

    /// A new view in every epoch, drawn, and made an input, when its turn comes.
    ///
    /// @param seen decides its views: neighbours that are learnt from together share them
    /// @param maps over the slice, where the network sees some
    /// @param labels of the slice as it is in its file
    /// @param through what makes a frame an input: the encoder, or where that learns, what comes before it
    record Online(String name, String seen, Picture slice, Supplier<@Nullable Picture> maps, Labels labels, Preparation preparation,
            Function<Picture, Tensor> through, Device device,
            long seed) implements Example {
        @Override
        public boolean needsDevice() {
            return true;
        }

        @Override
        public byte[] read(int epoch, float[] to, int at) {
            var random = new Random(seed, "epoch " + epoch + ", " + seen);
            Preparation.View view = preparation.view(device, slice, maps.get(), labels.classes(), random);
            put(() -> through.apply(view.frame()), to, at);
            return view.labels().classes();
        }
    }

    /// Makes an input, and copies its numbers to an array from `at` on.
    private static void put(Supplier<Tensor> input, float[] to, int at) {
        try (var _ = Scope.open()) {
            float[] numbers = input.get().toArray();
            System.arraycopy(numbers, 0, to, at, numbers.length);
        }
    }
}
