package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Buffer;
import java.util.function.UnaryOperator;

/// Single-precision numbers in a Java array, exactly as long as the buffer.
///
/// A constant weight that the encoder's fused block asks for in strips is kept in that form alone: half of the memory that both would take. To ask for its rows
/// gets them back, in their old places.
final class CpuBuffer extends Buffer {
    private float[] data;
    private int depth;                                                             // of the strips that a constant matrix lies in; 0: row-major

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

    /// A weight `(n, k)` in strips; a constant one is packed at the first call.
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

    /// What `make` makes of the rows; of a constant buffer, at the first call.
    float[] form(UnaryOperator<float[]> make) {
        return (float[]) derived(() -> make.apply(rows()));
    }

    /// A weight `(n, k)` in panels; of a constant one they are made at the first call.
    float[] panels(int n, int k, VectorMatmul by) {
        return (float[]) derived(() -> by.packWeight(n, k, rows()));
    }
}
