package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Buffer;

/// Single-precision numbers in a Java array, exactly as long as the buffer.
final class CpuBuffer extends Buffer {
    final float[] data;

    CpuBuffer(float[] data) {
        super(data.length);
        this.data = data;
    }

    /// A constant weight `(n, k)` in panels, made at the first call.
    float[] packed(int n, int k, VectorMatmul by) {
        return (float[]) derived(() -> by.packWeight(n, k, data));
    }

    /// The array behind a buffer of this device.
    static float[] data(Buffer buffer) {
        return ((CpuBuffer) buffer).data;
    }
}
