package dev.samovar.core.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Describes a failure to read or write, in one sentence for the user.
public final class Sentence {
    private static final Pattern FULL = Pattern.compile("No space left|not enough space|[Qq]uota exceeded"),
            BROKEN = Pattern.compile("Input/output error|I/O device error");

    private Sentence() {}

    /// The exception's own message if it was given one, else what happened to which file.
    public static String of(UncheckedIOException io) {
        return isOwn(io) ? oneLine(String.valueOf(io.getMessage())) : of(io.getCause());
    }

    /// Whether the exception was given a message of its own: the default one is the cause's class name and a path.
    private static boolean isOwn(UncheckedIOException io) {
        return io.getMessage() != null && !io.getMessage().equals(String.valueOf(io.getCause()));
    }

    /// What happened to which file.
    public static String of(@Nullable IOException e) {
        if (e == null) return "reading or writing failed";
        return e instanceof FileSystemException of
                ? oneLine((of.getFile() == null ? "a file" : of.getFile()) + ": " + reason(e))
                : "reading or writing failed: " + reason(e);
    }

    /// Why reading or writing failed, in words, and, where it helps, what to do. The file is not named here, because it may be a temporary one; the
    /// sentence around this names it.
    public static String reason(IOException e) {
        String reason = switch (e) {
            case NoSuchFileException _ -> "there is no such file or folder";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "there is a file of that name already";
            case NotDirectoryException _ -> "it is no folder";
            case DirectoryNotEmptyException _ -> "the folder is not empty";
            case FileSystemException of when of.getReason() != null -> of.getReason();
            case FileSystemException _ -> "it cannot be read or written";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
        return oneLine(reason + advice(reason));
    }

    /// What to do about a reason, as Linux, macOS or Windows words it.
    private static String advice(String reason) {
        if (FULL.matcher(reason).find()) return "; make room there, or choose another place";
        if (BROKEN.matcher(reason).find()) return "; check the disk, and try again or choose another place";
        return reason.startsWith("Read-only file system") ? "; choose another place" : "";
    }

    /// The text without line breaks and control characters, because messages contain names from files and end up on a terminal.
    public static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
    }
}
