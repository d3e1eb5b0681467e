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
    float[] panels(int n, int k, VectorMatmul by) {
        return (float[]) derived("panels", () -> by.packWeight(n, k, data));
    }

    /// A constant weight `(n, k)` in strips, made at the first call.
    float[] strips(int n, int k) {
        return (float[]) derived("strips", () -> {
            float[] strips = new float[n * k];
            VectorGemm.packStrips(n, k, data, 0, k, 1, strips, 0);
            return strips;
        });
    }

    /// The array behind a buffer of this device.
    static float[] data(Buffer buffer) {
        return ((CpuBuffer) buffer).data;
    }
}
