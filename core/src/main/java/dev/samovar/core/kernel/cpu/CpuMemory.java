package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.MeteredMemory;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// A pool of `float[]`, recycled by exact length.
///
/// A network asks for the same few sizes again and again. Taking a used 12 MB array costs a microsecond where a fresh one costs milliseconds of
/// page faults and zeroing, so arrays that were given back wait here for the next request of their length, as long as all together are at most [#LIMIT].
public final class CpuMemory extends MeteredMemory {
    /// If the bytes in use and idle exceed this, half of the heap, returned arrays are not kept.
    private static final long LIMIT = Runtime.getRuntime().maxMemory() / 2;

    private final Map<Integer, ArrayDeque<float[]>> idle = new HashMap<>();
    private long idleBytes;

    /// An empty pool.
    public CpuMemory() {}

    @Override
    public Buffer allocate(int size) {
        return new CpuBuffer(take(size));
    }

    @Override
    public void release(Buffer buffer) {
        give(CpuBuffer.last(buffer));
    }

    /// An array of exactly `size`, contents undefined; kernels also use it as working space.
    synchronized float[] take(int size) {
        float[] array = find(size);
        took(4L * size);
        return array;
    }

    private float[] find(int size) {
        ArrayDeque<float[]> waiting = idle.get(size);
        if (waiting != null && !waiting.isEmpty()) {
            idleBytes -= 4L * size;
            return waiting.pop();
        }
        if (idleBytes + bytesInUse() + 4L * size > Runtime.getRuntime().maxMemory() * 3 / 4) trim();
        try {
            return new float[size];
        } catch (OutOfMemoryError e) {
            if (idleBytes == 0) throw e;
            trim();                                                                // idle arrays make room
            return new float[size];
        }
    }

    /// Takes an array back.
    synchronized void give(float[] array) {
        long bytes = 4L * array.length;
        gave(bytes);
        if (bytesInUse() + idleBytes + bytes > LIMIT) return;                             // the garbage collector has it
        idleBytes += bytes;
        idle.computeIfAbsent(array.length, _ -> new ArrayDeque<>()).push(array);
    }

    @Override
    public void write(float[] from, Buffer to) {
        System.arraycopy(from, 0, CpuBuffer.data(to), 0, to.size());
    }

    @Override
    public void write(double[] from, Buffer to) {
        float[] y = CpuBuffer.data(to);
        for (int i = 0; i < y.length; i++) y[i] = (float) from[i];
    }

    @Override
    public void read(Buffer from, float[] to) {
        System.arraycopy(CpuBuffer.data(from), 0, to, 0, from.size());
    }

    @Override
    public void read(Buffer from, double[] to) {
        float[] x = CpuBuffer.data(from);
        for (int i = 0; i < x.length; i++) to[i] = x[i];
    }

    @Override
    public long capacity() {
        return Runtime.getRuntime().maxMemory();
    }

    @Override
    public synchronized void trim() {
        idle.clear();
        idleBytes = 0;
    }
}
