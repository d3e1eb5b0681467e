package dev.samovar.models.methods;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A [Method] at work.
public interface Network extends AutoCloseable {

    /// The losses of a batch, one number each, `(n)`: their sum is what a step makes smaller.
    Tensor losses(Batch batch);

    /// The soft Dice loss of a batch that is not learnt from.
    ///
    /// @param regions unions of classes that are scored in their place; empty for the classes. A network that answers for one class at a time scores these.
    double validate(Batch batch, List<? extends Collection<Integer>> regions);

    /// The logits of every class for one slice, or for a stack of neighbours where the method sees them: `(N, K, ·, ·)` over the network's square, in the innermost scope.
    ///
    /// @param asked for a prompted method, labels of the slices on their frame: it is asked for every class that is there; else null
    Tensor logits(Tensor input, @Nullable Labels asked);

    /// A network on all of a checkpoint's parameters, which it frees when it is closed.
    static Network on(TensorFile sam, Device device, Function<Params, Network> build) {
        Params base = Params.load(sam, device);
        try {
            return build.apply(base);
        } catch (RuntimeException e) {
            base.close();
            throw e;
        }
    }

    /// Whether blocks of an encoder that learns are computed once more in the backward pass, as they are unless one says otherwise.
    default void recompute(boolean anew) {}

    /// Frees what is its own: not what learns.
    @Override
    default void close() {}
}
