package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rules for folders of all kinds of training: no folder is used for two runs, and no two processes train in the same one.
public final class RunFolder {
    private RunFolder() {}

    /// Makes a folder, or takes an empty one, and writes the file that makes it a run. If several processes try this at once, only one succeeds.
    ///
    /// @param json the file's name
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void make(Path folder, String json, String text) {
        requireEmpty(folder, json);
        AtomicFile.makeFolder(folder);
        if (!AtomicFile.writeNew(folder.resolve(json), text)) throw exists(folder, json);
    }

    /// The same as [#make(Path, String, String)], with other files, which `rest` writes. Until they are complete, the folder has a file of this name that
    /// [#read] refuses: so no other process can begin a run between them.
    ///
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void make(Path folder, String json, String text, Runnable rest) {
        requireEmpty(folder, json);
        AtomicFile.makeFolder(folder);
        AtomicFile.allOrNone(() -> {
            if (!AtomicFile.writeNew(folder.resolve(json), Json.object().pretty())) throw exists(folder, json);
            rest.run();
            AtomicFile.write(folder.resolve(json), text);
        });
    }

    /// Reads the file that makes a folder a run.
    ///
    /// @throws FormatException if the process that made the folder has not finished that
    public static Json read(Path folder, String json) {
        Json settings = Json.read(folder.resolve(json));
        if (settings.equals(Json.object()))
            throw new FormatException(folder + ": is being made by another process, or that was interrupted: remove it and begin again");
        return settings;
    }

    /// Makes sure that a run can be made in a folder. Call this before long work.
    ///
    /// @param json the names of the files that make a folder such a run, which could be continued instead
    /// @throws FormatException if there is something of this name already, unless it is a folder in which nothing was begun
    public static void requireEmpty(Path folder, String... json) {
        if (Files.isDirectory(folder)) AtomicFile.sweep(folder);
        if (Files.exists(folder) && !isEmpty(folder)) throw exists(folder, json);
    }

    private static FormatException exists(Path folder, String... json) {
        boolean isRun = Stream.of(json).map(folder::resolve).anyMatch(Files::exists);
        return new FormatException(folder + ": exists already; " + (isRun
                ? "a run is never overwritten, so give another --out, remove it, or continue it with --resume"
                : "a run is made in a new or an empty folder, so give another --out"));
    }

    private static boolean isEmpty(Path folder) {
        if (!Files.isDirectory(folder)) return false;
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + Sentence.reason(e), e);
        }
    }

    /// Keeps other processes from training the same run, until it is closed.
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
            Object before = key(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            if (AtomicFile.lock(channel) && Objects.equals(before, key(file))) return () -> close(channel);
            close(channel);
            throw new FormatException(folder + ": another process is training this run; wait for it, or end it");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file + ": " + Sentence.reason(e), e);
        }
    }

    /// Identifies a file, to distinguish it from one that replaces it; null if the system does not say.
    private static @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Makes sure that a file's JSON is of the version that is read here.
    ///
    /// @param what it describes, as `a run`
    /// @throws FormatException if it is not
    public static void requireFormat(Json json, Path file, String format, String what) {
        if (!json.isObject() || !json.has("format") || !json.at("format").string().equals(format))
            throw new FormatException(file + ": it does not describe " + what + " of this version (" + format + ")");
    }
}
