package dev.samovar.core.kernel;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// The two parameters of a layer: tensors, or their buffers.
///
/// @param weight the layer multiplies by it
/// @param bias the layer adds it, one number for each output
public record WeightAndBias<T>(T weight, T bias) {

    /// From a layer's list of parameters.
    ///
    /// @throws IllegalArgumentException if there are not exactly two
    public static <T> WeightAndBias<T> of(List<T> parameters) {
        if (parameters.size() != 2) throw new IllegalArgumentException(parameters.size() + " parameters, not a weight and a bias");
        return new WeightAndBias<>(parameters.get(0), parameters.get(1));
    }

    /// The results of a function for both.
    public <R> WeightAndBias<R> map(Function<? super T, ? extends R> f) {
        return new WeightAndBias<>(f.apply(weight), f.apply(bias));
    }

    /// Both, in this order.
    public Stream<T> all() {
        return Stream.of(weight, bias);
    }
}
