package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Sentence;
import dev.samovar.imaging.format.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Checks where results go, before the work: nothing that exists is replaced unless that was asked for, and every place must be writable.
final class Outputs {
    private Outputs() {}

    /// Makes sure that a file can be written.
    ///
    /// @throws Problem if it exists, or its folder does not
    static void check(Path file, boolean overwrite) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) throw Problem.input(file + " is a folder; the name of a file is needed");
        if (Files.exists(file) && !overwrite) throw Problem.input(file + " exists already; choose another name, or add --overwrite");
        if (folder != null && !Files.isDirectory(folder))
            throw Problem.input(folder + (Files.exists(folder)
                    ? ": it is a file, and a folder is needed there"
                    : ": there is no such folder; make it first"));
    }

    /// Makes sure that a file made from a checkpoint can be written.
    ///
    /// @throws Problem if it exists, its folder does not, or it is the checkpoint
    static void check(Path file, boolean overwrite, Path checkpoint) {
        check(file, overwrite);
        if (!Files.exists(file)) return;
        for (Path part : Checkpoints.files(checkpoint))
            if (same(part, file)) throw Problem.input(file + " is the checkpoint itself; give the result another name");
    }

    /// A file in a folder that need not exist yet.
    ///
    /// @throws Problem if it exists, or the folder is a file
    static Path inFolder(Path folder, String name, boolean overwrite) {
        Path file = folder.resolve(name);
        place(folder);
        if (Files.exists(folder)) check(file, overwrite);
        return file;
    }

    /// Makes sure that a folder can be made, or written to.
    ///
    /// @throws Problem if it has no name, there is a file in its place or above it, or it may not be written to
    static void place(Path folder) {
        if (folder.toString().isEmpty()) throw Problem.input("the name of the folder for the results is empty; . is the current one");
        notAFile(folder);
        if (!Files.isWritable(existing(folder))) throw Problem.input(existing(folder) + " may not be written to; choose another folder");
    }

    /// Makes sure that the path of a folder does not lead to a file, or through one.
    ///
    /// @throws Problem if it does
    static void notAFile(Path folder) {
        Path there = existing(folder);
        if (!Files.isDirectory(there)) throw Problem.input(there + " is a file; the name of a folder is needed");
    }

    /// The folder, or the lowest one above it that exists.
    private static Path existing(Path folder) {
        Path there = folder;
        while (!Files.exists(there)) {
            Path above = there.getParent() != null ? there.getParent() : there.toAbsolutePath().getParent();
            if (above == null) return there;
            there = above;
        }
        return there;
    }

    /// Makes a folder, and those above it.
    ///
    /// @throws Problem if there is a file of that name
    static void folder(Path folder) {
        notAFile(folder);
        AtomicFile.makeFolder(folder);
    }

    /// Makes sure that a folder, which need not exist yet, is empty.
    ///
    /// @throws Problem if there is something
    static void empty(Path folder) {
        place(folder);
        if (!Files.exists(folder)) return;
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent())
                throw Problem.input(folder + ": there is something in this folder already; name a new or an empty one");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes a picture as a PNG file, whole or not at all.
    static void picture(Path file, BufferedImage picture) {
        png(file, Pictures.png(picture));
    }

    /// Writes the bytes of a PNG file, whole or not at all.
    static void png(Path file, byte[] png) {
        AtomicFile.write(file, out -> out.write(png));
    }

    /// Deletes a file, if there is one.
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + file + ": " + Sentence.reason(e), e);
        }
    }

    /// Whether two paths name the same file.
    static boolean same(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException _) {
            return false;                                                          // one of them is missing: reported when it is opened
        }
    }
}
