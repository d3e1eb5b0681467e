package dev.samovar.core.io;

/// A file is not what it should be. The message is one sentence for the user: which file, what is wrong with it, and what to do.
public final class FormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST = 100;

    /// With the sentence.
    public FormatException(String message) {
        super(message);
    }

    /// With the sentence, and what led to it.
    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }

    /// The sentence.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /// A name out of a file as a message may show it: in double quotes, control characters replaced, long ones cut.
    public static String shown(String name) {
        String cut = name.length() > LONGEST ? name.substring(0, LONGEST) + "…" : name;
        return "\"" + cut.replaceAll("\\p{Cntrl}", "?") + "\"";
    }
}
