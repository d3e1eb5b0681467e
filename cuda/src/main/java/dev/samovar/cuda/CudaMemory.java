package dev.samovar.cuda;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.MeteredMemory;
import dev.samovar.core.kernel.OutOfDeviceMemoryException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A pool of a GPU's memory. Buffers are recycled by exact length, because every allocation by the driver is slow.
///
/// A buffer may be freed while a kernel that reads it is still in the queue, because its next user comes later in the same queue.
final class CudaMemory extends MeteredMemory {
    private final CudaStream stream;
    private final Map<Integer, ArrayDeque<DevicePointer>> idle = new HashMap<>();

    CudaMemory(CudaStream stream) {
        this.stream = stream;
    }

    @Override
    public CudaBuffer allocate(int size) {
        return new CudaBuffer(take(size), size);
    }

    private synchronized DevicePointer take(int size) {
        ArrayDeque<DevicePointer> waiting = idle.get(size);
        DevicePointer pointer = waiting == null ? null : waiting.poll();
        if (pointer == null) pointer = stream.allocate(size);
        if (pointer == null) {
            trim();                                                                // frees idle buffers to make room
            pointer = stream.allocate(size);
        }
        if (pointer == null)
            throw new OutOfDeviceMemoryException("the memory of " + stream.gpu().name() + " is not enough: " + megabytes(4L * size)
                    + " were asked for, " + megabytes(stream.freeBytes()) + " of " + megabytes(stream.gpu().bytes())
                    + " are free, and this program has " + megabytes(bytesInUse()) + "; ask for less at a time");
        took(4L * size);
        return pointer;
    }

    /// Temporary buffers for a few launches.
    Scratch scratch() {
        return new Scratch();
    }

    /// Gives all its buffers back when it is closed, even if an allocation failed.
    final class Scratch implements AutoCloseable {
        private final List<CudaBuffer> buffers = new ArrayList<>();

        CudaBuffer allocate(int size) {
            CudaBuffer buffer = CudaMemory.this.allocate(size);
            buffers.add(buffer);
            return buffer;
        }

        @Override
        public void close() {
            buffers.forEach(CudaMemory.this::release);
        }
    }

    private static String megabytes(long bytes) {
        return (bytes + 500_000) / 1_000_000 + " MB";
    }

    @Override
    public synchronized void release(Buffer buffer) {
        CudaBuffer packed = ((CudaBuffer) buffer).forgetPacked();
        if (packed != null) release(packed);
        gave(4L * buffer.size());
        idle.computeIfAbsent(buffer.size(), _ -> new ArrayDeque<>()).push(((CudaBuffer) buffer).pointer());
    }

    @Override
    public void write(float[] from, Buffer to) {
        stream.upload(pointer(to), to.size(), (half, first, count) -> half.put(from, first, count));
    }

    @Override
    public void write(double[] from, Buffer to) {
        stream.upload(pointer(to), to.size(), (half, first, count) -> {
            for (int i = 0; i < count; i++) half.put(i, (float) from[first + i]);
        });
    }

    /// Puts bytes into a buffer that has room for them, four to a float.
    void write(byte[] from, CudaBuffer to) {
        stream.upload(to.pointer(), to.size(), (half, first, count) -> {
            for (int i = 0; i < count; i++) half.put(i, Float.intBitsToFloat(four(from, 4 * (first + i))));
        });
    }

    private static int four(byte[] from, int at) {
        int bits = 0;
        for (int i = Math.min(from.length - at, 4) - 1; i >= 0; i--) bits = bits << 8 | Byte.toUnsignedInt(from[at + i]);
        return bits;
    }

    @Override
    public void read(Buffer from, float[] to) {
        stream.download(pointer(from), from.size(), (half, first, count) -> half.get(to, first, count));
    }

    @Override
    public void read(Buffer from, double[] to) {
        stream.download(pointer(from), from.size(), (half, first, count) -> widen(half, to, first, count));
    }

    private static void widen(FloatBuffer half, double[] to, int first, int count) {
        for (int i = 0; i < count; i++) to[first + i] = half.get(i);
    }

    private static DevicePointer pointer(Buffer buffer) {
        return ((CudaBuffer) buffer).pointer();
    }

    @Override
    public long capacity() {
        return stream.gpu().bytes();
    }

    @Override
    public synchronized void trim() {
        idle.values().forEach(waiting -> waiting.forEach(stream::free));           // the driver waits for kernels that still use it
        idle.clear();
    }
}
