package dev.samovar.core.kernel;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A device's memory for a fixed number of values, in the device's own number format.
///
/// A buffer knows nothing of shapes: kernels are told the dimensions with every call.
public abstract class Buffer {
    private final int size;
    private volatile boolean constant;
    private @Nullable Object derived;

    /// A buffer of `size` values.
    protected Buffer(int size) {
        this.size = size;
    }

    /// The number of values.
    public final int size() {
        return size;
    }

    /// Promises that the contents never change again, as those of a frozen parameter do.
    public final void markConstant() {
        constant = true;
    }

    /// Whether the contents were promised never to change again.
    public final boolean isConstant() {
        return constant;
    }

    /// Another form of the contents, such as a matrix packed into panels. `make` computes it at each call, or only once if the buffer is constant.
    protected final Object derived(Supplier<Object> make) {
        if (!constant) return make.get();
        synchronized (this) {
            Object form = derived;
            if (form == null) derived = form = make.get();
            return form;
        }
    }
}
