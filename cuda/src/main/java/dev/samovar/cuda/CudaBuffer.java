package dev.samovar.cuda;

import dev.samovar.core.kernel.Buffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Single-precision numbers in a device's memory and, for a weight that never changes, its form for the tensor cores.
final class CudaBuffer extends Buffer {
    private final DevicePointer pointer;
    private @Nullable CudaBuffer packed;

    CudaBuffer(DevicePointer pointer, int size) {
        super(size);
        this.pointer = pointer;
    }

    DevicePointer pointer() {
        return pointer;
    }

    /// The packed form of a constant buffer, made at the first call.
    synchronized CudaBuffer packed(Supplier<CudaBuffer> make) {
        if (packed == null) packed = make.get();
        return packed;
    }

    /// The packed form if there is one, which is then forgotten.
    synchronized @Nullable CudaBuffer forgetPacked() {
        CudaBuffer forgotten = packed;
        packed = null;
        return forgotten;
    }
}
