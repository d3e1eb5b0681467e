package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.kernel.OutOfDeviceMemoryException;
import dev.samovar.cuda.CudaException;
import dev.samovar.models.sam.PromptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// How a run failed: one sentence, and the exit status.
record Failure(int exit, String sentence) {

    /// What an exception comes down to.
    static Failure of(Throwable thrown) {
        return switch (thrown) {
            case Problem problem -> new Failure(problem.exit(), sentence(problem));
            case FormatException wrong -> new Failure(Exit.INPUT, sentence(wrong));
            case PromptException prompt -> new Failure(Exit.INPUT, sentence(prompt));
            case UncheckedIOException io -> new Failure(Exit.INPUT, isOwn(io) ? sentence(io) : ofFile(io.getCause()));
            case IOException io -> new Failure(Exit.INPUT, ofFile(io));
            case CudaException gpu -> new Failure(Exit.ENVIRONMENT, sentence(gpu));
            case OutOfDeviceMemoryException gpu -> new Failure(Exit.MEMORY, sentence(gpu));
            case OutOfMemoryError _ -> new Failure(Exit.MEMORY, "the Java heap of " + Sizes.bytes(Runtime.getRuntime().maxMemory())
                    + " is not enough for this; allow more with SAMOVAR_JAVA_OPTS=-Xmx… (-Xmx12g, say), or ask for less at a time");
            default -> new Failure(Exit.BUG, "this is a mistake in Samovar, not yours (" + oneLine(thrown.toString())
                    + "); run it again with --verbose and report what it prints");
        };
    }

    /// Whether somebody gave the exception a message of its own: the default one is the cause's class name and a path.
    private static boolean isOwn(UncheckedIOException io) {
        return io.getMessage() != null && !io.getMessage().equals(String.valueOf(io.getCause()));
    }

    private static String ofFile(@Nullable IOException e) {
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

    private static String sentence(Exception e) {
        return oneLine(String.valueOf(e.getMessage()));
    }

    /// Without line breaks and control characters: names out of files end up in messages, and those on a terminal.
    static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
    }
}
