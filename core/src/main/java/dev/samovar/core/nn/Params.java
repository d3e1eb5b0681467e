package dev.samovar.core.nn;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A path into a checkpoint or an initialiser, from which layers take their parameters by the checkpoint's own names.
///
///     p.in("blocks").in(3).in("attn").get("qkv.weight", init, 3 * c, c)      // reads blocks.3.attn.qkv.weight
///
/// So the same constructor of a layer can load parameters, initialise them, or load some of them. Every parameter handed out is remembered, with its
/// full name, for the optimizer and for saving. Its tensor belongs to these params and to no scope: [#close] frees it.
public final class Params implements AutoCloseable {
    private final Store store;
    private final String prefix;
    private final boolean trainable;
    private final @Nullable Base base;
    private final @Nullable Change change;

    /// A change to a parameter on its way into a layer, such as the sum of a frozen weight and an update that learns.
    @FunctionalInterface
    public interface Change {
        /// What the layer gets for `value`, the parameter `name` of these params.
        Tensor of(Params at, String name, Tensor value);
    }

    /// The parameters that do not learn, and which those are.
    private record Base(Store store, Predicate<String> learns) {}

    private Params(Store store, String prefix, boolean trainable, @Nullable Base base, @Nullable Change change) {
        this.store = store;
        this.prefix = prefix;
        this.trainable = trainable;
        this.base = base;
        this.change = change;
    }

    /// All parameters from a file. [#get] throws a [dev.samovar.core.io.FormatException] for one that is missing or has another shape.
    public static Params load(TensorFile file, Device device) {
        return new Params(new Store(device, file, _ -> true, null), "", true, null, null);
    }

    /// All parameters drawn by their initialisers. Each depends on the seed and its own name only, not on the order of construction.
    public static Params random(long seed, Device device) {
        return new Params(new Store(device, null, _ -> false, seed), "", true, null, null);
    }

    /// Parameters from a file, if it has them and `wanted` accepts their name; the others are drawn by their initialisers.
    public static Params partial(TensorFile file, Predicate<String> wanted, long seed, Device device) {
        return new Params(new Store(device, file, wanted, seed), "", true, null, null);
    }

    /// The parameters below a name.
    public Params in(String name) {
        return new Params(store, prefix + name + ".", trainable, base, change);
    }

    /// The parameters below a number.
    public Params in(int index) {
        return in(Integer.toString(index));
    }

    /// Where they live.
    public Device device() {
        return store.device;
    }

    /// The same place, but parameters taken from it never change: they ask for no gradient, and kernels may keep them in a form of their own.
    public Params frozen() {
        return new Params(store, prefix, false, base, change);
    }

    /// These parameters if `learns` accepts their full name, and otherwise frozen ones of `base`: a network of which a part is trained. [#all],
    /// [#trainable] and [#save] concern that part only; `base` must be closed separately.
    public Params over(Params base, Predicate<String> learns) {
        return new Params(store, prefix, trainable, new Base(base.store, learns), change);
    }

    /// The same place, but every parameter goes through `change` before a layer gets it.
    public Params through(Change change) {
        return new Params(store, prefix, trainable, base, change);
    }

    /// The name of this place, with a dot at its end; empty at the top.
    public String path() {
        return prefix;
    }

    /// The parameter of this name and shape; the same tensor when asked again.
    ///
    /// @throws FormatException if the file lacks it and nothing may be drawn, or if it has another shape there
    /// @throws IllegalArgumentException if it was asked for before with another shape
    public Tensor get(String name, Init init, int... shape) {
        Shape of = Shape.of(shape);
        String full = prefix + name;
        Store from = base == null || base.learns.test(full) ? store : base.store;
        boolean fixed = from != store;
        Tensor value = from.get(full, of, () -> Tensor.parameter(from.device, from.values(full, init, of), of, trainable && !fixed));
        return change == null ? value : change.of(this, name, value);
    }

    /// Numbers that a layer keeps beside its parameters and changes itself, such as running statistics: they are saved with the parameters, but no
    /// optimizer moves them.
    public Tensor state(String name, Init init, int... shape) {
        Shape of = Shape.of(shape);
        return store.get(prefix + name, of, () -> Tensor.state(store.device, store.values(prefix + name, init, of), of));
    }

    /// A constant that was computed from parameters, such as a weight with a norm folded into it. It is freed with the parameters, but is not one of
    /// them.
    public Tensor derived(float[] values, Shape shape) {
        Tensor t = Tensor.parameter(store.device, values, shape, false);
        store.derived.add(t);
        return t;
    }

    /// All parameters handed out so far, from this and every related path, by full name in the order of asking.
    public SequencedMap<String, Tensor> all() {
        return Collections.unmodifiableSequencedMap(store.parameters);
    }

    /// Those that require a gradient.
    public SequencedMap<String, Tensor> trainable() {
        var trainable = new LinkedHashMap<String, Tensor>();
        store.parameters.forEach((name, t) -> {
            if (t.requiresGrad()) trainable.put(name, t);
        });
        return trainable;
    }

    /// The number of elements in all parameters handed out.
    public long count() {
        return count(store.parameters);
    }

    /// The number of elements in a set of parameters.
    public static long count(Map<String, Tensor> parameters) {
        return parameters.values().stream().mapToLong(t -> t.shape().size()).sum();
    }

    /// How many of the parameters handed out came from the file.
    public long loaded() {
        return store.loaded;
    }

    /// Writes all parameters handed out so far to a safetensors file, whole or not at all.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be written
    public void save(Path path, Map<String, String> metadata) {
        Safetensors.write(path, metadata, store.parameters.entrySet().stream()
                .map(e -> Safetensors.Item.of(e.getKey(), e.getValue().shape(), e.getValue().toArray())).toList());
    }

    /// Frees the parameters of this and every related path.
    @Override
    public void close() {
        store.parameters.values().forEach(Tensor::release);
        store.derived.forEach(Tensor::release);
    }

    private static final class Store {
        private final Device device;
        private final @Nullable TensorFile file;
        private final Predicate<String> wanted;
        private final @Nullable Long seed;
        private final SequencedMap<String, Tensor> parameters = new LinkedHashMap<>();
        private final List<Tensor> derived = new ArrayList<>();
        private long loaded;

        Store(Device device, @Nullable TensorFile file, Predicate<String> wanted, @Nullable Long seed) {
            this.device = device;
            this.file = file;
            this.wanted = wanted;
            this.seed = seed;
        }

        Tensor get(String name, Shape shape, Supplier<Tensor> made) {
            Tensor known = parameters.get(name);
            if (known != null && !known.shape().equals(shape))
                throw new IllegalArgumentException("the parameter " + name + " has shape " + known.shape() + " and is asked for with " + shape);
            if (known != null) return known;
            Tensor t = made.get();
            parameters.put(name, t);
            return t;
        }

        float[] values(String name, Init init, Shape shape) {
            TensorFile.Entry entry = file == null || !wanted.test(name) ? null : file.entries().get(name);
            if (file != null && entry != null) {
                if (!entry.shape().equals(shape))
                    throw new FormatException(file + ": " + name + " has shape " + entry.shape() + ", this network needs " + shape);
                loaded++;
                return file.weights(name);
            }
            if (seed == null)
                throw new FormatException(file + ": " + (file == null ? "" : file.lacks(name)) + ", of shape " + shape
                        + "; is it a checkpoint of this network?");
            return init.draw(new Random(seed, name), shape);
        }
    }
}
