package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadAndNothingElseIsThere() throws IOException {
        AtomicFile.write(folder.resolve("a.txt"), "grüß");
        assertEquals("grüß", Files.readString(folder.resolve("a.txt")));
        AtomicFile.write(folder.resolve("a.txt"), out -> out.write(new byte[100_000]));
        assertEquals(100_000, Files.size(folder.resolve("a.txt")));
        assertEquals(List.of("a.txt"), names());
    }

    @Test
    void aFailureLeavesTheOldContentAndNoTrace() throws IOException {
        Path file = folder.resolve("a.txt");
        AtomicFile.write(file, "old");
        var full = assertThrows(UncheckedIOException.class, () -> AtomicFile.write(file, out -> {
            out.write(new byte[100_000]);
            throw new IOException("no space left on device");
        }));
        assertEquals("cannot write " + file + ": no space left on device", full.getMessage());
        assertThrows(IllegalStateException.class, () -> AtomicFile.write(file, _ -> { throw new IllegalStateException("a bug"); }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), names());
    }

    /// A program that ends in the middle of writing, as by Ctrl-C.
    static final class Ended {
        public static void main(String[] args) {
            Runtime.getRuntime().addShutdownHook(new Thread(AtomicFile::abandon));
            AtomicFile.write(Path.of(args[0]), out -> {
                out.write(new byte[100_000]);
                Runtime.getRuntime().exit(3);
            });
        }
    }

    @Test
    void aProgramThatEndsWhileItWritesLeavesTheOldContentAndNoTrace() throws Exception {
        Path file = folder.resolve("a.txt");
        AtomicFile.write(file, "old");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-cp", System
                        .getProperty("java.class.path"), Ended.class.getName(), file.toString()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(3, process.waitFor(), said);
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), names());
    }

    @Test
    void aMissingFolderIsASentence() {
        Path file = folder.resolve("none/a.txt");
        var e = assertThrows(UncheckedIOException.class, () -> AtomicFile.write(file, "x"));
        assertEquals("cannot write " + file + ": there is no such file or folder", e.getMessage());
    }

    @Test
    void aFolderIsNotReplaced() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("taken"));
        assertThrows(UncheckedIOException.class, () -> AtomicFile.write(taken, "x"));
        assertEquals(List.of("taken"), names());
    }

    @Test
    void theTemporaryIsInTheSameFolder() {
        AtomicFile.write(folder.resolve("a.txt"), _ -> {
            List<String> now = names();
            assertEquals(1, now.size());
            assertTrue(AtomicFile.isTemporary(folder.resolve(now.getFirst())));
        });
        assertFalse(AtomicFile.isTemporary(folder.resolve("a.txt")));
    }

    @Test
    void whatAKilledProcessLeftIsSweptAndWhatIsBeingWrittenStays() throws IOException {
        Files.writeString(folder.resolve(".samovar-of-a-killed-process.tmp"), "half a fi");
        Files.writeString(folder.resolve("other.tmp"), "another's");
        AtomicFile.write(folder.resolve("a.txt"), out -> {
            AtomicFile.sweep(folder);
            assertEquals(2, names().size(), "one is being written, one is not ours");
            out.write('a');
        });
        assertEquals(Set.of("a.txt", "other.tmp"), Set.copyOf(names()));
        AtomicFile.sweep(folder.resolve("absent"));
    }

    @Test
    void unreadableFilesAreSentences() {
        Path none = folder.resolve("none");
        var missing = assertThrows(UncheckedIOException.class, () -> MappedFile.open(none));
        assertEquals("cannot read " + none + ": there is no such file or folder", missing.getMessage());
        var directory = assertThrows(UncheckedIOException.class, () -> MappedFile.open(folder));
        assertEquals("cannot read " + folder + ": it is a folder, a file is needed", directory.getMessage());
    }

    @Test
    void sha256IsThatOfTheStandard() {
        AtomicFile.write(folder.resolve("abc"), "abc");
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Sha256.of(folder.resolve("abc")));
        AtomicFile.write(folder.resolve("empty"), "");
        assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Sha256.of(folder.resolve("empty")));
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
