package dev.samovar.models.sam;

import dev.samovar.core.io.MadeTensors;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A SAM that nobody has trained: for trying things out where no checkpoint is at hand.
///
/// Its image encoder sees something nevertheless: a random projection keeps what is in a patch, and a head can learn to read it.
public final class UntrainedSam {
    private UntrainedSam() {}

    /// A small one: pictures of 128 × 128 in patches of 4 × 4, two blocks, 0.2 million parameters in the image encoder.
    public static SamConfig small() {
        return new SamConfig(64, 2, 4, 8, List.of(1), 128, 4, 128, 64, 128, 64);
    }

    /// Writes a checkpoint whose numbers are drawn: the same bytes for the same seed.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be written
    public static void write(Path file, SamConfig config, long seed) {
        List<Safetensors.Item> items = new ArrayList<>();
        config.tensors().forEach((name, shape) -> items.add(Safetensors.Item.of(name, shape, values(name, shape, new Random(seed, name)))));
        Safetensors.write(file, Map.of("made by", "a random generator, not by training"), items);
    }

    /// The same checkpoint, whose numbers are drawn when they are asked for and lie nowhere.
    public static TensorFile file(SamConfig config, long seed) {
        var shapes = config.tensors();
        return new MadeTensors(shapes, name -> values(name, Objects.requireNonNull(shapes.get(name), name), new Random(seed, name)));
    }

    /// Norms and biases that change nothing, no relative positions, and weights that keep the size of what goes through them.
    private static float[] values(String name, Shape shape, Random random) {
        float[] values = new float[shape.size()];
        boolean norm = shape.rank() == 1 && name.endsWith(".weight");
        if (!norm && (shape.rank() == 1 || name.contains("rel_pos"))) return values;
        int fanIn = 1;
        for (int i = 1; i < shape.rank(); i++) fanIn *= shape.dim(i);
        double scale = name.contains("pos_embed") ? 0.02 : shape.rank() < 3 && name.contains("positional") ? 1 : 1 / Math.sqrt(fanIn);
        for (int i = 0; i < values.length; i++) values[i] = norm ? 1 : (float) (scale * random.normal());
        return values;
    }
}
