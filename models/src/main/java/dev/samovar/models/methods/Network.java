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

/// The network of a [Method].
public interface Network extends AutoCloseable {

    /// The losses of a batch, one number each, `(n)`; a step reduces their sum.
    Tensor losses(Batch batch);

    /// The soft Dice loss of a validation batch.
    ///
    /// @param regions unions of classes to score in place of the classes; empty to score the classes. A network that answers for one class at a time
    /// always scores classes.
    double validate(Batch batch, List<? extends Collection<Integer>> regions);

    /// The logits of every class for one slice, or for a stack of neighbours if the method sees them: `(N, K, ·, ·)` over the network's square, in
    /// the innermost scope.
    ///
    /// @param asked for a prompted method, labels of the slices on their frame: it is prompted for every class in them; otherwise null
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

    /// Sets whether blocks of an encoder that learns are computed once more in the backward pass. By default they are; the trainer decides by the memory at hand ([dev.samovar.models.train.Recompute]).
    default void recompute(boolean anew) {}

    /// Frees its own parameters, but not those that learn.
    @Override
    default void close() {}
}
