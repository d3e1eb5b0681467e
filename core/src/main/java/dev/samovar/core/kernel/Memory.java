package dev.samovar.core.kernel;

/// Where a device's buffers come from and go back to. Buffers are recycled: a fresh one holds whatever was there before.
public interface Memory {

    /// A buffer of exactly `size` values, contents undefined.
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

    /// The most bytes it could ever hand out: what the Java heap may grow to, or a GPU's memory.
    long capacity();

    /// Counts the peak anew, from what is in use.
    void resetPeak();

    /// Lets go of the buffers that wait to be used again.
    void trim();
}
