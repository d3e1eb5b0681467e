package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters of a block of SAM's image encoder, by their names in a checkpoint; sizes are those of [EncoderBlockShape], and `h · w` is the window, or the whole grid.
///
/// @param norm1 `(C)` each
/// @param relPosH relative positions by row `(2h−1, C/heads)`
/// @param relPosW relative positions by column `(2w−1, C/heads)`
/// @param qkv weight `(3C, C)`
/// @param proj weight `(C, C)`
/// @param norm2 `(C)` each
/// @param lin1 weight `(M, C)`
/// @param lin2 weight `(C, M)`
public record EncoderBlockWeights<T>(WeightAndBias<T> norm1, T relPosH, T relPosW, WeightAndBias<T> qkv, WeightAndBias<T> proj,
        WeightAndBias<T> norm2, WeightAndBias<T> lin1, WeightAndBias<T> lin2) {

    /// The results of a function for each of them.
    public <R> EncoderBlockWeights<R> map(Function<? super T, ? extends R> f) {
        return new EncoderBlockWeights<>(norm1.map(f), f.apply(relPosH), f.apply(relPosW), qkv.map(f), proj.map(f), norm2.map(f), lin1.map(f),
                lin2.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(norm1.all(), Stream.of(relPosH, relPosW), qkv.all(), proj.all(), norm2.all(), lin1.all(), lin2.all()).flatMap(s -> s);
    }
}
