package dev.samovar.core.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// What a failure to read or write comes down to, in one sentence for the user.
public final class Sentence {
    private Sentence() {}

    /// Its own message if it was given one, else what happened to which file.
    public static String of(UncheckedIOException io) {
        return isOwn(io) ? oneLine(String.valueOf(io.getMessage())) : of(io.getCause());
    }

    /// Whether the exception was given a message of its own: the default one is the cause's class name and a path.
    private static boolean isOwn(UncheckedIOException io) {
        return io.getMessage() != null && !io.getMessage().equals(String.valueOf(io.getCause()));
    }

    /// What happened to which file.
    public static String of(@Nullable IOException e) {
        String file = e instanceof FileSystemException of && of.getFile() != null ? of.getFile() : "a file";
        return oneLine(switch (e) {
            case NoSuchFileException _ -> file + ": there is no such file or folder";
            case AccessDeniedException _ -> file + ": permission denied";
            case FileAlreadyExistsException _ -> file + ": there is a file of that name already";
            case NotDirectoryException _ -> file + ": it is no folder";
            case DirectoryNotEmptyException _ -> file + ": the folder is not empty";
            case FileSystemException of -> file + ": " + (of.getReason() == null ? "cannot be read or written" : of.getReason());
            case null -> "reading or writing failed";
            default -> "reading or writing failed: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        });
    }

    /// Without line breaks and control characters: names out of files end up in messages, and those on a terminal.
    public static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
    }
}
