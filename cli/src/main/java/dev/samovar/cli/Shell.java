package dev.samovar.cli;

import java.nio.file.Path;
import java.util.Locale;

/// Commands that users are told to give.
final class Shell {
    private static final boolean WINDOWS = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

    private Shell() {}

    /// A path as a word of a command line: in quotes if it needs them.
    static String word(Path path) {
        return word(path.toString(), WINDOWS);
    }

    static String word(String text, boolean windows) {
        if (text.matches(windows ? "[\\p{L}\\p{N}_@+=:,./\\\\-]+" : "[\\p{L}\\p{N}_@%+=:,./-]+")) return text;
        return windows ? '"' + text + '"' : "'" + text.replace("'", "'\\''") + "'";
    }
}
