package dev.samovar.models.sam;

import dev.samovar.core.io.MadeTensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Shape;
import java.util.Objects;

/// An untrained SAM of given sizes. It takes as long as a trained one, and needs no file.
public final class UntrainedSam {
    private UntrainedSam() {}

    /// Its tensors, drawn when they are asked for; the same numbers for the same seed.
    public static TensorFile file(SamConfig config, long seed) {
        var shapes = config.tensors();
        return new MadeTensors(shapes, name -> values(name, Objects.requireNonNull(shapes.get(name), name), new Random(seed, name)));
    }

    /// Norms and biases that change nothing, relative positions of zero, and weights that keep the scale of their inputs.
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
