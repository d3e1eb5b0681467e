package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters of the end of SAM's mask decoder; sizes are those of [MaskUpscalingShape].
///
/// @param up1 weight `(channels, middle, 2, 2)`
/// @param norm `(middle)` each
/// @param up2 weight `(middle, last, 2, 2)`
public record MaskUpscalingWeights<T>(WeightAndBias<T> up1, WeightAndBias<T> norm, WeightAndBias<T> up2) {

    /// The results of a function for each of them.
    public <R> MaskUpscalingWeights<R> map(Function<? super T, ? extends R> f) {
        return new MaskUpscalingWeights<>(up1.map(f), norm.map(f), up2.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(up1, norm, up2).flatMap(WeightAndBias::all);
    }
}
