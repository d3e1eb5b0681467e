package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.Png;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The embedding of a picture by SAM's image encoder. It takes long to compute, and then any number of prompts can be answered from it.
///
/// It is immutable, on no device, and takes 4 MB for the official models, whatever the size of the picture. It can be saved, and loaded for the same weights.
public final class EmbeddedImage {
    private static final String TENSOR = "image_embedding", HEIGHT = "height", WIDTH = "width", FRAMING = "framing", PICTURE = "picture",
            WEIGHTS = "weights";

    private final float[] embedding;
    private final int channels, grid, height, width;
    private final String framing, picture;
    private final Fingerprint weights;

    EmbeddedImage(float[] embedding, int channels, int grid, int height, int width, String framing, String picture,
            Fingerprint weights) {
        this.embedding = embedding;
        this.channels = channels;
        this.grid = grid;
        this.height = height;
        this.width = width;
        this.framing = framing;
        this.picture = picture;
        this.weights = weights;
    }

    /// Rows of the picture.
    public int height() {
        return height;
    }

    /// Columns of the picture.
    public int width() {
        return width;
    }

    /// How the picture was laid into the network's square: [Framing#title].
    public String framing() {
        return framing;
    }

    /// The picture's digest, [SamPredictor#digest]; empty if it does not know its picture.
    public String picture() {
        return picture;
    }

    /// The same embedding, which knows its picture, so that it can be recognised. The digest of a large picture takes longer than a small
    /// encoder, so only those who need it compute it.
    ///
    /// @param of the picture that was embedded
    /// @throws IllegalArgumentException if it has another size
    public EmbeddedImage withPicture(Picture of) {
        if (of.height() != height || of.width() != width)
            throw new IllegalArgumentException(
                    "a picture of " + of.height() + " × " + of.width() + " for the embedding of one of " + height + " × " + width);
        return new EmbeddedImage(embedding, channels, grid, height, width, framing, SamPredictor.digest(of), weights);
    }

    /// Whether it knows its picture, and that is this one.
    public boolean isOf(Picture other) {
        return other.height() == height && other.width() == width && picture.equals(SamPredictor.digest(other));
    }

    /// The weights that it was made with: [Sam#fingerprint].
    public String weights() {
        return weights.digest();
    }

    /// Whether it was made with these weights.
    boolean isBy(Fingerprint others) {
        return weights.matches(others);
    }

    /// Whether it has the shape of embeddings from a model of these sizes.
    boolean fits(SamConfig config) {
        return channels == config.promptWidth() && grid == config.grid();
    }

    /// The embedding itself: `(1, C, G, G)`, in the innermost scope.
    public Tensor tensor(Device device) {
        return Tensor.of(device, embedding, 1, channels, grid, grid);
    }

    /// Writes it to a safetensors file, whole or not at all, sealed, with the digest of its picture.
    ///
    /// @param of the picture that was embedded
    /// @throws IllegalArgumentException if it has another size
    /// @throws java.io.UncheckedIOException if it cannot be written
    public void save(Path file, Picture of) {
        withPicture(of).write(file);
    }

    private void write(Path file) {
        var metadata = new TreeMap<>(Map.of(HEIGHT, Integer.toString(height), WIDTH, Integer.toString(width), FRAMING, framing, PICTURE,
                picture, WEIGHTS, weights()));
        Safetensors.seal(file, metadata, List.of(Safetensors.Item.of(TENSOR, Shape.of(1, channels, grid, grid), embedding)));
    }

    /// Reads what [#save] wrote.
    ///
    /// @throws FormatException if it is something else, or damaged
    public static EmbeddedImage load(Path path) {
        try (var file = Safetensors.openSealed(path)) {
            var entry = file.entries().get(TENSOR);
            if (entry == null || entry.shape().rank() != 4 || entry.shape().dim(0) != 1 || entry.shape().dim(2) != entry.shape().dim(3))
                throw new FormatException(path + ": it is not the embedding of an image; save one with segment --embedding");
            if ((long) size(path, file, HEIGHT) * size(path, file, WIDTH) > Png.MAX_PIXELS)
                throw new FormatException(path + ": it is of a picture larger than any");
            return new EmbeddedImage(file.floats(TENSOR), entry.shape().dim(1), entry.shape().dim(2), size(path, file, HEIGHT), size(path,
                    file, WIDTH),
                    text(path, file, FRAMING), text(path, file, PICTURE), new Fingerprint(text(path, file, WEIGHTS)));
        }
    }

    private static int size(Path path, Safetensors file, String key) {
        String text = text(path, file, key);
        if (!text.matches("[1-9][0-9]{0,8}")) throw new FormatException(path + ": its " + key + " is " + FormatException.shown(text));
        return Integer.parseInt(text);
    }

    private static String text(Path path, Safetensors file, String key) {
        @Nullable
        String text = file.metadata().get(key);
        if (text == null) throw new FormatException(path + ": it is not the embedding of an image: it does not tell its " + key);
        return text;
    }
}
