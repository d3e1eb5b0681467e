package dev.samovar.spark;

import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A folder as it looks on this machine, for what goes by names: itself if it lies here, else a folder in which every file is there and empty, but for descriptions (`.json`), which are copied.
///
/// @param folder on this machine
/// @param source where it really lies
/// @param mirrored whether the two differ
record View(Path folder, String source, boolean mirrored) {
    /// Of a folder.
    ///
    /// @throws FormatException if there is none
    static View of(String source, Storage storage) throws IOException {
        return of(source, storage, Files.createTempDirectory(Desk.executorFolder(), "samovar-view-"));
    }

    /// Of a folder, whose mirror is made in another one.
    ///
    /// @throws FormatException if there is none
    static View of(String source, Storage storage, Path in) throws IOException {
        Path here = Storage.here(source);
        if (here != null) return new View(here, source, false);
        if (!storage.isFolder(source)) throw new FormatException(source + ": there is no such folder");
        Path mirror = in.resolve(Storage.nameOf(source));
        Files.createDirectories(mirror);
        for (String name : storage.below(source)) {
            Path file = mirror.resolve(name);
            Files.createDirectories(file.resolveSibling("."));
            if (name.endsWith(".json")) storage.fetch(Storage.in(source, name), file.resolveSibling("."));
            else Files.createFile(file);
        }
        return new View(mirror, source, true);
    }

    /// Where a file that is seen here really lies.
    String of(Path seen) {
        return Storage.in(source, folder.relativize(seen).toString());
    }

    /// Where files that are seen here really lie.
    List<String> of(List<Path> seen) {
        return seen.stream().map(this::of).toList();
    }

    /// Makes sure that files seen here can be read.
    void fetch(List<Path> seen, Storage storage) throws IOException {
        if (mirrored) for (Path one : seen) storage.fetch(of(one), one.resolveSibling("."));
    }

    /// A sentence about what is seen here, with the names by which the user knows it.
    String told(String sentence) {
        return mirrored ? sentence.replace(folder.toString(), source) : sentence;
    }
}
