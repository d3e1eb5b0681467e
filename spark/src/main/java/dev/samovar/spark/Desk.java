package dev.samovar.spark;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sentence;
import dev.samovar.models.sam.PromptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/// What a task works with on one item: the files, a temporary folder, and the model.
final class Desk implements AutoCloseable {
    private final Storage storage;
    private final Path folder;
    private final Map<String, String> copies = new LinkedHashMap<>();             // where each copy came from

    /// Makes one whose folder is inside the executor's.
    Desk(Storage storage) throws IOException {
        this.storage = storage;
        folder = Files.createTempDirectory(executorFolder(), "samovar-");
    }

    /// Where an executor may keep files until it ends.
    static Path executorFolder() {
        return Path.of(SparkFiles.getRootDirectory()).toAbsolutePath().normalize();
    }

    /// The threads of a task: `spark.task.cpus`, or all of the machine's outside a task.
    static int threads() {
        @Nullable
        TaskContext task = TaskContext.get();
        return task == null ? Runtime.getRuntime().availableProcessors() : task.cpus();
    }

    Storage storage() {
        return storage;
    }

    /// A folder for temporary files.
    Path folder() {
        return folder;
    }

    /// A file on this machine, copied if it is not.
    Path fetch(String absolute) throws IOException {
        Path into = folder.resolve("copy" + copies.size());                        // numbered, because two files may have the same name
        Path file = storage.fetch(absolute, into);
        if (file.startsWith(into)) copies.put(file.toString(), absolute);
        return file;
    }

    /// The files of one image.
    List<Path> fetch(List<String> absolute) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String one : absolute) files.add(fetch(one));
        return files;
    }

    /// The model, loaded once for all tasks of this executor.
    Engine engine(Engine.Model model) {
        return Engine.of(model, storage, threads());
    }

    /// Why an item cannot be done, in the words of the command line, with the names by which its files are known.
    String sentence(Exception e) {
        String words = switch (e) {
            case FormatException wrong -> Sentence.oneLine(wrong.getMessage());
            case PromptException wrong -> Sentence.oneLine(String.valueOf(wrong.getMessage()));
            case UncheckedIOException io -> Sentence.of(io);
            case IOException io -> Sentence.of(io);
            default -> "this is a bug in Samovar, not your mistake (" + Sentence.oneLine(e.toString()) + "); please report it";
        };
        return named(words);
    }

    /// A text in which the names of copies are replaced by the names that the user knows.
    String named(String words) {
        String named = words;
        for (Map.Entry<String, String> copy : copies.entrySet()) named = named.replace(copy.getKey(), copy.getValue());
        return named;
    }

    @Override
    public void close() throws IOException {
        Storage.delete(folder);
    }
}
