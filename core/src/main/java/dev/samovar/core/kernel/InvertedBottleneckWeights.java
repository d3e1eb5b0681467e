package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters of the three fused convolutions; sizes are those of [InvertedBottleneckShape].
///
/// @param conv1 weight `(hidden, in, 1, 1)`
/// @param conv2 weight `(hidden, 1, 3, 3)`
/// @param conv3 weight `(out, hidden, 1, 1)`
public record InvertedBottleneckWeights<T>(WeightAndBias<T> conv1, WeightAndBias<T> conv2, WeightAndBias<T> conv3) {

    /// The results of a function for each of them.
    public <R> InvertedBottleneckWeights<R> map(Function<? super T, ? extends R> f) {
        return new InvertedBottleneckWeights<>(conv1.map(f), conv2.map(f), conv3.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(conv1, conv2, conv3).flatMap(WeightAndBias::all);
    }
}
