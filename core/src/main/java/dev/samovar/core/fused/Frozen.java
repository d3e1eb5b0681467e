package dev.samovar.core.fused;

import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// The checks that all fused pieces make of their inputs.
final class Frozen {
    private Frozen() {}

    /// Whether a device has a piece, and none of the tensors requires a gradient.
    static boolean fits(Class<?> piece, Tensor x, Stream<Tensor> others) {
        return x.device().has(piece) && !x.requiresGrad() && others.noneMatch(Tensor::requiresGrad);
    }

    /// Checks the number of elements of each input.
    static void check(String op, List<Tensor> inputs, int... sizes) {
        for (int i = 0; i < sizes.length; i++) if (inputs.get(i).shape().size() != sizes[i]) throw wrong(op, inputs);
    }

    static ShapeException wrong(String op, List<Tensor> inputs) {
        return new ShapeException(op + ": " + inputs.stream().map(Tensor::shape).map(Shape::toString).toList());
    }

    static List<Tensor> all(Stream<Tensor> parameters, Tensor... xs) {
        return Stream.concat(Stream.of(xs), parameters).toList();
    }
}
