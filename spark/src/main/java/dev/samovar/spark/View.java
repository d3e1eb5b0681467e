package dev.samovar.spark;

import dev.samovar.core.io.FormatException;
import dev.samovar.models.data.Case;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A folder as it looks on this machine, for code that works with file names: the folder itself if it is here, else a folder with an empty file in
/// place of each, except descriptions (`.json`), which are copied.
///
/// @param folder on this machine
/// @param source its real path
/// @param mirrored whether the two differ
record View(Path folder, String source, boolean mirrored) {
    /// The view of a folder.
    ///
    /// @throws FormatException if there is no such folder
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

    /// The real path of a file that is seen here.
    String of(Path seen) {
        return Storage.in(source, folder.relativize(seen).toString());
    }

    /// The real paths of files that are seen here.
    List<String> of(List<Path> seen) {
        return seen.stream().map(this::of).toList();
    }

    /// A case whose files are seen here, by their real paths.
    Item item(Case one) {
        return new Item(one.name(), of(one.images()), of(one.label()));
    }

    /// Makes sure that files seen here can be read.
    void fetch(List<Path> seen, Storage storage) throws IOException {
        if (mirrored) for (Path one : seen) storage.fetch(of(one), one.resolveSibling("."));
    }

    /// A message about files that are seen here, with the names that the user knows.
    String told(String sentence) {
        return mirrored ? sentence.replace(folder.toString(), source) : sentence;
    }
}
