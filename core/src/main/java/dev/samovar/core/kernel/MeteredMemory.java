package dev.samovar.core.kernel;

/// A memory that counts what it hands out: a backend's memory calls [#took] and [#gave].
public abstract class MeteredMemory implements Memory {
    private long inUse;
    private long peak;

    /// A memory with nothing in use.
    protected MeteredMemory() {}

    /// Counts bytes that are handed out.
    protected final synchronized void took(long bytes) {
        inUse += bytes;
        peak = Math.max(peak, inUse);
    }

    /// Counts bytes that were given back.
    protected final synchronized void gave(long bytes) {
        inUse -= bytes;
    }

    @Override
    public final synchronized long bytesInUse() {
        return inUse;
    }

    @Override
    public final synchronized long peakBytes() {
        return peak;
    }

    @Override
    public final synchronized void resetPeak() {
        peak = inUse;
    }
}
