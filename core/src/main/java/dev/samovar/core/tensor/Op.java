package dev.samovar.core.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A differentiable operation: its forward and its backward pass side by side. Each is a record in the package `op`, whose components are its
/// attributes.
///
/// There are only these three kinds, by the number of inputs, but anyone can add an operation: [Tensor#apply] takes any. `forward` computes on the
/// device's kernels and [saves][Context#save] what `backward` will read; `backward` turns the gradient of the output into those of the inputs.
public sealed interface Op {

    /// The tensor `y = f(x)`.
    non-sealed interface Unary extends Op {
        /// Computes `y`.
        Tensor forward(Context ctx, Tensor x);

        /// Computes `dx` from `dy`.
        Tensor backward(Context ctx, Tensor dy);
    }

    /// The tensor `y = f(a, b)`.
    non-sealed interface Binary extends Op {
        /// Computes `y`.
        Tensor forward(Context ctx, Tensor a, Tensor b);

        /// Computes `da` and `db` from `dy`; either may be null where [Context#needsGrad] is false.
        Grads backward(Context ctx, Tensor dy);
    }

    /// The tensor `y = f(x₀, x₁, …)`.
    non-sealed interface Nary extends Op {
        /// Computes `y`.
        Tensor forward(Context ctx, List<Tensor> xs);

        /// Computes each `dxᵢ` from `dy`; null where [Context#needsGrad] is false.
        List<@Nullable Tensor> backward(Context ctx, Tensor dy);
    }

    /// The two gradients of a [Binary].
    record Grads(@Nullable Tensor a, @Nullable Tensor b) {}
}
