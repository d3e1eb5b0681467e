package dev.samovar.core.kernel;

/// A device has not enough memory. Nothing was computed, and existing buffers are unchanged: with less in use, the same call may succeed.
public final class OutOfDeviceMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// With a sentence that says how much was asked for, and how much there is.
    public OutOfDeviceMemoryException(String message) {
        super(message);
    }
}
