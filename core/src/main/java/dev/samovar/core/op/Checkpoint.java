package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// `y = f(x)`, which keeps only `x` for the backward pass: there `f` is computed once more, and then its gradients. This costs a third
/// more work, but memory holds the inside of only one `f` at a time. Inputs are `x` and the parameters that `f` uses.
///
/// @param f must return the same numbers every time
/// @param parameters all leaves that `f` uses and that ask for a gradient
public record Checkpoint(UnaryOperator<Tensor> f, List<Tensor> parameters) implements Op.Nary {
    @Override
    public Tensor forward(Context ctx, List<Tensor> xs) {
        Tensor x = xs.getFirst();
        ctx.save(x);
        try (var scope = Scope.open()) {
            return scope.keep(f.apply(x.detach()).detach());
        }
    }

    @Override
    public List<@Nullable Tensor> backward(Context ctx, Tensor dy) {
        Tensor x = ctx.saved(0).leaf(ctx.needsGrad(0));
        Gradients of = f.apply(x).backward(dy);
        for (Tensor leaf : of.leaves())
            if (leaf != x && !parameters.contains(leaf))
                throw new IllegalStateException("checkpoint: the function uses a parameter of shape " + leaf.shape() + " that it was not given");
        List<@Nullable Tensor> gradients = new ArrayList<>();
        gradients.add(of.reached(x) ? of.of(x) : null);
        for (Tensor p : parameters) gradients.add(of.reached(p) ? of.of(p) : null);
        return gradients;
    }

    @Override
    public String toString() {
        return "Checkpoint";
    }
}
