package dev.samovar.serve;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sentence;
import dev.samovar.models.sam.PromptException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;

/// Why a request is refused: an HTTP status and one sentence.
final class Refusal extends RuntimeException {
    static final int BAD = 400, FORBIDDEN = 403, ABSENT = 404, METHOD = 405, NOT_NOW = 409, LONG = 413, KIND = 415, OURS = 500, FULL = 507;
    private static final long serialVersionUID = 1;

    private final int status;

    Refusal(int status, String sentence) {
        super(sentence, null, false, false);
        this.status = status;
    }

    static Refusal bad(String sentence) {
        return new Refusal(BAD, sentence);
    }

    static Refusal absent(String sentence) {
        return new Refusal(ABSENT, sentence);
    }

    static Refusal notNow(String sentence) {
        return new Refusal(NOT_NOW, sentence);
    }

    int status() {
        return status;
    }

    String sentence() {
        return Sentence.oneLine(String.valueOf(getMessage()));
    }

    /// The refusal that stands for an exception.
    static Refusal of(Throwable thrown) {
        return switch (thrown) {
            case Refusal refusal -> refusal;
            case FormatException wrong -> bad(String.valueOf(wrong.getMessage()));
            case PromptException wrong -> bad(String.valueOf(wrong.getMessage()));
            case UncheckedIOException io -> new Refusal(OURS, Sentence.of(io));
            case NoSuchElementException _ -> notNow("there is nothing of it yet");
            case OutOfMemoryError _ -> new Refusal(FULL,
                    "the memory was not enough for this; start samovar with more, as with SAMOVAR_JAVA_OPTS=-Xmx12g");
            default -> new Refusal(OURS, "this is a bug in Samovar, not your mistake: " + thrown);
        };
    }
}
