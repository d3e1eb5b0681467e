package dev.samovar.core.tensor;

/// Shapes that do not fit together. The message names the operation and the shapes.
public final class ShapeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /// With the message.
    public ShapeException(String message) {
        super(message);
    }
}
