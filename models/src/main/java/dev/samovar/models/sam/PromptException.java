package dev.samovar.models.sam;

/// A prompt that makes no sense for its picture. The message is one sentence: what is wrong, where, and what to do.
public final class PromptException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /// With a sentence.
    public PromptException(String message) {
        super(message);
    }
}
