package dev.samovar.core.kernel;

import java.util.function.Function;
import java.util.stream.Stream;

/// The parameters of a block of MobileSAM's image encoder; sizes are those of [WindowBlockShape], and `w` is the window's side.
///
/// @param norm1 `(C)` each
/// @param table the bias that each pair of places in a window adds to its scaled score, `(heads, w², w²)`, symmetric in the pair
/// @param qkv weight `(3C, C)`, whose outputs are q, k and v of the first head, then of the next
/// @param proj weight `(C, C)`
/// @param conv weight `(C, 1, 3, 3)`
/// @param norm2 `(C)` each
/// @param lin1 weight `(M, C)`
/// @param lin2 weight `(C, M)`
public record WindowBlockWeights<T>(WeightAndBias<T> norm1, T table, WeightAndBias<T> qkv, WeightAndBias<T> proj, WeightAndBias<T> conv,
        WeightAndBias<T> norm2, WeightAndBias<T> lin1, WeightAndBias<T> lin2) {

    /// The results of a function for each of them.
    public <R> WindowBlockWeights<R> map(Function<? super T, ? extends R> f) {
        return new WindowBlockWeights<>(norm1.map(f), f.apply(table), qkv.map(f), proj.map(f), conv.map(f), norm2.map(f), lin1.map(f), lin2.map(f));
    }

    /// All of them, in this order.
    public Stream<T> all() {
        return Stream.of(norm1.all(), Stream.of(table), qkv.all(), proj.all(), conv.all(), norm2.all(), lin1.all(), lin2.all()).flatMap(s -> s);
    }
}
