package dev.samovar.core.kernel.reference;

import dev.samovar.core.kernel.Buffer;

/// Double-precision numbers in a Java array.
final class ReferenceBuffer extends Buffer {
    private final double[] data;

    ReferenceBuffer(double[] data) {
        super(data.length);
        this.data = data;
    }

    /// The array behind a buffer of this device.
    static double[] data(Buffer buffer) {
        return ((ReferenceBuffer) buffer).data;
    }
}
