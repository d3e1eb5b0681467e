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

/// A labelled slice, as training sees it in each epoch.
sealed interface Example {

    /// A name that identifies it.
    String name();

    /// Writes its input, an embedding `(D, G, G)` or a picture `(C, S, S)`, into an array from `at` on, and returns its labels: the class of each
    /// pixel of the frame.
    byte[] read(int epoch, float[] to, int at);

    /// Whether reading it needs computation on the device.
    default boolean needsDevice() {
        return false;
    }

    /// Neighbouring slices that are learnt from together: one, for most methods.
    record Stack(List<Example> slices) {
        /// Copies the list.
        public Stack {
            slices = List.copyOf(slices);
        }
    }

    /// An example that is the same in every epoch, with its embedding from the cache.
    record Plain(String name, EmbeddingCache.Embeddings embeddings, int slice, Labels labels) implements Example {
        @Override
        public byte[] read(int epoch, float[] to, int at) {
            embeddings.read(slice, to, at);
            return labels.classes();
        }
    }

    /// An example whose views are used in turn, with embeddings and labels from the cache.
    record Viewed(String name, List<EmbeddingCache.Embeddings> views, int slice) implements Example {
        @Override
        public byte[] read(int epoch, float[] to, int at) {
            EmbeddingCache.Embeddings view = views.get(epoch % views.size());
            view.read(slice, to, at);
            return view.labels(slice);
        }
    }

    /// An embedded example with its picture after the embedding; the picture is prepared again each time it is read.
    ///
    /// @param embedded the example without the picture
    /// @param embedding the number of elements of the embedding
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

    /// An example that is the same in every epoch, prepared each time it is read, for a network that takes pictures.
    ///
    /// @param maps prior maps of the slice, if the network sees any
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

    /// An example with a new view in every epoch, which is drawn and prepared when it is read.
    ///
    /// @param seen the name from which its views are drawn; neighbours that are learnt from together share it
    /// @param maps prior maps of the slice, if the network sees any
    /// @param labels of the slice as it is in its file
    /// @param through turns a frame into an input: the encoder, or, if that learns, the steps before it
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

    /// Computes an input, and copies its numbers into an array from `at` on.
    private static void put(Supplier<Tensor> input, float[] to, int at) {
        try (var _ = Scope.open()) {
            float[] numbers = input.get().toArray();
            System.arraycopy(numbers, 0, to, at, numbers.length);
        }
    }
}
