package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Buffer;

/// Single-precision numbers in a Java array, exactly as long as the buffer.
final class CpuBuffer extends Buffer {
    final float[] data;

    CpuBuffer(float[] data) {
        super(data.length);
        this.data = data;
    }

    /// The array behind a buffer of this device.
    static float[] data(Buffer buffer) {
        return ((CpuBuffer) buffer).data;
    }
}
