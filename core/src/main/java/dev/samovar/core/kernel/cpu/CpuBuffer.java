package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Buffer;
import java.util.function.UnaryOperator;

/// Single-precision numbers in a Java array, exactly as long as the buffer.
///
/// If the encoder's fused block asks for a constant weight in strips, it is kept only in that form, which takes half of the memory of both. If its
/// rows are asked for later, they are unpacked again, in place.
final class CpuBuffer extends Buffer {
    private float[] data;
    private int depth;                                                             // of the strips in which a constant matrix is stored; 0: row-major

    CpuBuffer(float[] data) {
        super(data.length);
        this.data = data;
    }

    /// The array behind a buffer of this device, row-major.
    static float[] data(Buffer buffer) {
        return ((CpuBuffer) buffer).rows();
    }

    /// The array behind a buffer that will not be read any more.
    static float[] last(Buffer buffer) {
        return ((CpuBuffer) buffer).data;
    }

    float[] rows() {
        if (!isConstant()) return data;
        synchronized (this) {
            if (depth > 0) {
                float[] rows = new float[data.length];
                VectorGemm.unpackStrips(data.length / depth, depth, data, rows);
                data = rows;
                depth = 0;
            }
            return data;
        }
    }

    /// A weight `(n, k)` in strips; a constant one is packed only at the first call.
    float[] strips(int n, int k) {
        if (!isConstant()) return packed(n, k, data);
        synchronized (this) {
            if (depth != k) {
                data = packed(n, k, rows());
                depth = k;
            }
            return data;
        }
    }

    private static float[] packed(int n, int k, float[] rows) {
        float[] strips = new float[n * k];
        VectorGemm.packStrips(n, k, rows, 0, k, 1, strips, 0);
        return strips;
    }

    /// The result of `make` for the rows; for a constant buffer it is computed only at the first call.
    float[] form(UnaryOperator<float[]> make) {
        return (float[]) derived(() -> make.apply(rows()));
    }

    /// A weight `(n, k)` in panels; a constant one is packed only at the first call.
    float[] panels(int n, int k, VectorMatmul by) {
        return (float[]) derived(() -> by.packWeight(n, k, rows()));
    }
}
