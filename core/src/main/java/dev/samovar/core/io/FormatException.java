package dev.samovar.core.io;

import java.nio.file.Files;
import java.nio.file.Path;

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

    /// The error that a folder does not exist, or is a file.
    public static FormatException noFolder(Path path) {
        return new FormatException(path + (Files.exists(path) ? ": it is a file, and a folder is needed" : ": there is no such folder"));
    }

    /// The sentence.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /// A name from a file in a form for messages: in double quotes, with control characters replaced, and cut if it is long.
    public static String shown(String name) {
        String cut = name.length() > LONGEST ? name.substring(0, LONGEST) + "…" : name;
        return "\"" + cut.replaceAll("\\p{Cntrl}", "?") + "\"";
    }
}
