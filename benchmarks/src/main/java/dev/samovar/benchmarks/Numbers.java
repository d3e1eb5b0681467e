package dev.samovar.benchmarks;

import dev.samovar.core.io.MadeTensors;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/// The input, the same for every side: numbers that follow from a name.
public final class Numbers {
    private Numbers() {}

    /// `n` numbers from −1 to 1.
    public static float[] of(String name, int n) {
        return of(name, n, 1);
    }

    /// `n` numbers from −`scale` to `scale`.
    public static float[] of(String name, int n, double scale) {
        var random = new Random(1, name);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) (scale * (2 * random.uniform() - 1));
        return x;
    }

    /// Weights of a layer with `fanIn` inputs, which keep the size of what goes through.
    public static float[] weights(String name, int n, int fanIn) {
        return of(name, n, Math.sqrt(3.0 / fanIn));
    }

    /// A picture in the form that the encoder takes.
    public static float[] picture(Sizes sizes) {
        return of("picture", sizes.pixels(), 2);
    }

    /// A batch of them.
    public static float[] pictures(Sizes sizes) {
        return of("pictures", sizes.batch() * sizes.pixels(), 2);
    }

    /// An embedding such as an encoder may compute from a picture.
    public static float[] embedding(Sizes sizes) {
        return of("embedding", sizes.sam().embeddingSize());
    }

    /// `side · side` clicks all over a picture, x and y of each, row by row.
    public static float[] clicks(Sizes sizes, int side) {
        float[] clicks = new float[2 * side * side];
        for (int i = 0; i < side * side; i++) {
            int column = i % side, row = i / side;
            clicks[2 * i] = (column + 0.5f) * sizes.sam().imageSize() / side;
            clicks[2 * i + 1] = (row + 0.5f) * sizes.sam().imageSize() / side;
        }
        return clicks;
    }

    /// Embeddings of a batch.
    public static float[] embeddings(Sizes sizes) {
        return of("embeddings", sizes.batch() * sizes.sam().embeddingSize());
    }

    /// Pictures of a batch, for a U-Net.
    public static float[] frames(Sizes sizes) {
        return of("frames", sizes.batch() * 3 * sizes.frameSide() * sizes.frameSide());
    }

    /// Labels of a batch: nested disks, one for each class.
    public static byte[] labels(Sizes sizes) {
        return labels(sizes.batch(), sizes.classes(), sizes.labelSide());
    }

    static byte[] labels(int batch, int classes, int side) {
        byte[] labels = new byte[batch * side * side];
        for (int i = 0; i < labels.length; i++) {
            double y = (i / side % side + 0.5) / side - 0.5, x = (i % side + 0.5) / side - 0.5;
            labels[i] = (byte) Math.max(0, classes - 1 - (int) (Math.hypot(x, y) * 2.5 * (classes - 1)));
        }
        return labels;
    }

    /// A checkpoint of random weights, from a file: written when it is not there yet.
    public static TensorFile checkpoint(Sizes sizes) {
        return Safetensors.open(checkpointFile(sizes));
    }

    /// Where a model of random weights lies.
    public static Path checkpointFile(Sizes sizes) {
        String name = sizes.sam().encoder() instanceof VitConfig vit ? Integer.toString(vit.width()) : "mobile-" + sizes.sam().imageSize();
        Path file = folder().resolve("sam-" + name + "-random.safetensors");
        if (!Files.exists(file))
            Safetensors.write(file, Map.of("made by", "a random generator, not by training"), sizes.sam().tensors().entrySet().stream()
                    .map(e -> Safetensors.Item.of(e.getKey(), e.getValue(), () -> parameter(e.getKey(), e.getValue()))).toList());
        return file;
    }

    /// A model without a file, whose tensors are generated when they are read.
    public static TensorFile model(SamConfig sam) {
        var shapes = sam.tensors();
        return new MadeTensors(shapes, name -> parameter(name, Objects.requireNonNull(shapes.get(name), name)));
    }

    /// Weights that keep the size of what goes through them, relative positions that matter, norms near 1 and small biases.
    private static float[] parameter(String name, Shape shape) {
        int n = shape.size();
        if (name.contains("rel_pos")) return of(name, n, 0.1);
        if (shape.rank() > 1)
            return name.contains("embed") && !name.endsWith("proj.weight") ? of(name, n, 0.2) : weights(name, n, n / shape.dim(0));
        float[] x = of(name, n, 0.1);
        if (name.endsWith(".weight") || name.endsWith(".running_var")) for (int i = 0; i < n; i++) x[i]++;
        return x;
    }

    /// The folder for files that take long to make.
    public static Path folder() {
        try {
            return Files.createDirectories(Path.of(System.getProperty("samovar.bench.folder", "target/bench")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
