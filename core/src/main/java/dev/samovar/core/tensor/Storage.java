package dev.samovar.core.tensor;

import dev.samovar.core.kernel.Buffer;
import org.jspecify.annotations.Nullable;

/// A buffer with an owner. Tensors with the same numbers in different shapes share one.
final class Storage {
    private final Device device;
    private @Nullable Buffer buffer;
    @Nullable
    Scope owner;                                                         // null: belongs to Params, or to the holder of the kept tensor
    int pins;                                                                      // pending gradients that need it

    Storage(Device device, Buffer buffer) {
        this.device = device;
        this.buffer = buffer;
    }

    Buffer buffer() {
        Buffer b = buffer;
        if (b == null)
            throw new IllegalStateException(
                    "this tensor was freed, because its scope or the model that it belongs to was closed: keep it with Scope.keep, or use it before");
        return b;
    }

    boolean released() {
        return buffer == null;
    }

    void release() {
        Buffer b = buffer;
        if (b == null) return;
        buffer = null;
        device.memory().release(b);
    }
}
