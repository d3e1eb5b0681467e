package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters of the attention from an image to tokens; sizes are those of [TwoWayShape].
///
/// @param queries weight `(inner, channels)`
/// @param proj weight `(channels, inner)`
/// @param norm `(channels)` each
public record ImageToTokensWeights<T>(WeightAndBias<T> queries, WeightAndBias<T> proj, WeightAndBias<T> norm) {

    /// The results of a function for each of them.
    public <R> ImageToTokensWeights<R> map(Function<? super T, ? extends R> f) {
        return new ImageToTokensWeights<>(queries.map(f), proj.map(f), norm.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(queries, proj, norm).flatMap(WeightAndBias::all);
    }
}
