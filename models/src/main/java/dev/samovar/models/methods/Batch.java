package dev.samovar.models.methods;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Tensor;
import java.util.List;

/// Some slices with their labels; for a method that sees neighbours, whole stacks of them, one after another.
///
/// @param input `(B, …)`, of the kind that [Method#input] names
/// @param labels `(B, L, L)`
/// @param draws a stream of random numbers for each slice, the same for the same seed, epoch and slice
public record Batch(Tensor input, Labels labels, List<Random> draws) {
    /// Copies the list.
    public Batch {
        draws = List.copyOf(draws);
    }
}
