package dev.samovar.core.kernel;

/// Allocates a device's buffers and takes them back. Buffers are recycled: a new one holds whatever was in it before.
public interface Memory {

    /// A buffer of exactly `size` values, contents undefined.
    ///
    /// @throws OutOfDeviceMemoryException if the device has not enough left
    Buffer allocate(int size);

    /// Gives a buffer back. It must not be used afterwards.
    void release(Buffer buffer);

    /// Copies values into a buffer of the same size.
    void write(float[] from, Buffer to);

    /// Copies values into a buffer of the same size, rounding them to the device's format.
    void write(double[] from, Buffer to);

    /// Copies a buffer's values into an array of the same size.
    void read(Buffer from, float[] to);

    /// Copies a buffer's values into an array of the same size.
    void read(Buffer from, double[] to);

    /// Bytes handed out and not given back.
    long bytesInUse();

    /// The largest [#bytesInUse] so far, or since [#resetPeak].
    long peakBytes();

    /// The most bytes that it could hand out: the maximum of the Java heap, or a GPU's memory.
    long capacity();

    /// Resets the peak to what is in use now.
    void resetPeak();

    /// Frees the buffers that wait to be used again.
    void trim();
}
