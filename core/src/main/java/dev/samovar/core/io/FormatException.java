package dev.samovar.core.io;

/// A file is not what it should be. The message is one sentence for the user: which file, what is wrong with it, and what to do.
public final class FormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// With the sentence.
    public FormatException(String message) {
        super(message);
    }

    /// With the sentence, and what led to it.
    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
