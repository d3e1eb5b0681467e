package dev.samovar.core.nn;

import dev.samovar.core.tensor.Shape;
import java.util.Arrays;

/// How a parameter is initialised if no checkpoint has it.
@FunctionalInterface
public interface Init {
    /// Draws the elements of a parameter.
    float[] draw(Random random, Shape shape);

    /// The same number everywhere.
    static Init constant(float value) {
        return (_, shape) -> {
            float[] x = new float[shape.size()];
            Arrays.fill(x, value);
            return x;
        };
    }

    /// Uniform between `±1/√fanIn`, weights and biases alike: the default of the reference's framework for linear layers and convolutions.
    static Init uniform(int fanIn) {
        return (random, shape) -> {
            double bound = 1 / Math.sqrt(fanIn);
            float[] x = new float[shape.size()];
            for (int i = 0; i < x.length; i++) x[i] = (float) ((2 * random.uniform() - 1) * bound);
            return x;
        };
    }

    /// Normal with mean 0 and variance 1: embeddings, and the matrix of a random Fourier encoding.
    static Init normal() {
        return (random, shape) -> {
            float[] x = new float[shape.size()];
            for (int i = 0; i < x.length; i++) x[i] = (float) random.normal();
            return x;
        };
    }
}
