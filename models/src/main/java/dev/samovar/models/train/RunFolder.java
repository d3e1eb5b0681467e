package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/// What folders of all kinds of training have in common: none is written into twice, and no two processes train in one.
public final class RunFolder {
    private RunFolder() {}

    /// Makes an empty folder, or takes one that is there.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void make(Path folder) {
        requireEmpty(folder);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder, e);
        }
    }

    /// Makes sure that a run can be made in a folder: to be asked before much work.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void requireEmpty(Path folder) {
        if (Files.isDirectory(folder)) AtomicFile.sweep(folder);
        if (Files.exists(folder) && !isEmpty(folder))
            throw new FormatException(folder + ": exists already; a run is never overwritten, so give another --out, remove it, or "
                    + "go on with it: --resume " + folder);
    }

    private static boolean isEmpty(Path folder) {
        if (!Files.isDirectory(folder)) return false;
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder, e);
        }
    }

    /// What keeps other processes from training the same run, until it is closed.
    public interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    /// Takes a run for this process.
    ///
    /// @param json the file that makes the folder a run
    /// @throws FormatException if another process has it
    public static Lock lock(Path folder, String json) {
        Path file = folder.resolve(json);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            if (AtomicFile.lock(channel)) return () -> close(channel);
            close(channel);
            throw new FormatException(folder + ": another process is training this run");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file, e);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
