package dev.samovar.models.sam;

import dev.samovar.core.tensor.Shape;
import java.util.List;
import java.util.SequencedMap;

/// A list of a model's tensors, layer by layer, with name and shape.
///
/// @param shapes by name, in the order of the list
public record StateDict(SequencedMap<String, Shape> shapes) {
    void add(String name, int... dims) {
        shapes.put(name, Shape.of(dims));
    }

    /// Adds a weight, outputs first, and its bias.
    void pair(String name, int... dims) {
        add(name + ".weight", dims);
        add(name + ".bias", dims[0]);
    }

    void norm(String name, int width) {
        pair(name, width);
    }

    /// Adds a transposed convolution that doubles the picture; its weight has the inputs first.
    void transposed(String name, int in, int out) {
        add(name + ".weight", in, out, 2, 2);
        add(name + ".bias", out);
    }

    void attention(String name, int width, int inner) {
        for (String part : List.of("q_proj", "k_proj", "v_proj")) pair(name + "." + part, inner, width);
        pair(name + ".out_proj", width, inner);
    }

    /// Adds a convolution without bias, and batch norm with its stored statistics.
    void convBn(String name, int out, int in, int kernel) {
        add(name + ".c.weight", out, in, kernel, kernel);
        for (String part : List.of("weight", "bias", "running_mean", "running_var")) add(name + ".bn." + part, out);
    }

    /// Adds the end of an image encoder.
    void neck(String name, int in, int out) {
        add(name + ".0.weight", out, in, 1, 1);
        norm(name + ".1", out);
        add(name + ".2.weight", out, out, 3, 3);
        norm(name + ".3", out);
    }

    /// Adds an MLP of three layers.
    void mlp(String name, int in, int hidden, int out) {
        pair(name + ".layers.0", hidden, in);
        pair(name + ".layers.1", hidden, hidden);
        pair(name + ".layers.2", out, hidden);
    }
}
