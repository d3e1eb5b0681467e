package dev.samovar.core.kernel;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// The two parameters of a layer: tensors, or the buffers below them.
///
/// @param weight by which it multiplies
/// @param bias which it adds, one number for each output
public record WeightAndBias<T>(T weight, T bias) {

    /// The parameters of a layer as layers list them.
    ///
    /// @throws IllegalArgumentException if these are not two
    public static <T> WeightAndBias<T> of(List<T> parameters) {
        if (parameters.size() != 2) throw new IllegalArgumentException(parameters.size() + " parameters, not a weight and a bias");
        return new WeightAndBias<>(parameters.get(0), parameters.get(1));
    }

    /// What a function makes of both.
    public <R> WeightAndBias<R> map(Function<? super T, ? extends R> f) {
        return new WeightAndBias<>(f.apply(weight), f.apply(bias));
    }

    /// Both, in this order.
    public Stream<T> all() {
        return Stream.of(weight, bias);
    }
}
