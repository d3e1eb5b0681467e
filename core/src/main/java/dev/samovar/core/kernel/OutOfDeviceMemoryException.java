package dev.samovar.core.kernel;

/// A device's memory is not enough. Nothing was computed, and what was allocated before is as it was: with less in use, the same may succeed.
public final class OutOfDeviceMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// With a sentence that says how much was asked for, and how much there is.
    public OutOfDeviceMemoryException(String message) {
        super(message);
    }
}
