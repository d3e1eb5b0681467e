package dev.samovar.core.kernel.reference;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.MeteredMemory;
import java.util.Arrays;

/// Fresh arrays of doubles for [ReferenceKernels]. Nothing is recycled.
///
/// A fresh buffer is full of NaN, so that reading an unwritten value is noticed.
public final class ReferenceMemory extends MeteredMemory {
    /// A memory with nothing in use.
    public ReferenceMemory() {}

    @Override
    public Buffer allocate(int size) {
        took((long) Double.BYTES * size);
        double[] data = new double[size];
        Arrays.fill(data, Double.NaN);
        return new ReferenceBuffer(data);
    }

    @Override
    public void release(Buffer buffer) {
        gave((long) Double.BYTES * buffer.size());
    }

    @Override
    public void write(float[] from, Buffer to) {
        double[] y = ReferenceBuffer.data(to);
        for (int i = 0; i < y.length; i++) y[i] = from[i];
    }

    @Override
    public void write(double[] from, Buffer to) {
        System.arraycopy(from, 0, ReferenceBuffer.data(to), 0, to.size());
    }

    @Override
    public void read(Buffer from, float[] to) {
        double[] x = ReferenceBuffer.data(from);
        for (int i = 0; i < x.length; i++) to[i] = (float) x[i];
    }

    @Override
    public void read(Buffer from, double[] to) {
        System.arraycopy(ReferenceBuffer.data(from), 0, to, 0, from.size());
    }

    @Override
    public long capacity() {
        return Runtime.getRuntime().maxMemory();
    }

    @Override
    public void trim() {}                                                          // nothing waits to be used again
}
