package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters with which tokens look at an image; sizes are those of [TwoWayShape].
///
/// @param keys weight `(inner, channels)`
/// @param values weight `(inner, channels)`
public record TokensToImageWeights<T>(WeightAndBias<T> keys, WeightAndBias<T> values) {

    /// What a function makes of each.
    public <R> TokensToImageWeights<R> map(Function<? super T, ? extends R> f) {
        return new TokensToImageWeights<>(keys.map(f), values.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(keys, values).flatMap(WeightAndBias::all);
    }
}
