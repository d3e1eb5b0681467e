package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters of the attention from tokens to an image; sizes are those of [TwoWayShape].
///
/// @param keys weight `(inner, channels)`
/// @param values weight `(inner, channels)`
public record TokensToImageWeights<T>(WeightAndBias<T> keys, WeightAndBias<T> values) {

    /// The results of a function for each of them.
    public <R> TokensToImageWeights<R> map(Function<? super T, ? extends R> f) {
        return new TokensToImageWeights<>(keys.map(f), values.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(keys, values).flatMap(WeightAndBias::all);
    }
}
