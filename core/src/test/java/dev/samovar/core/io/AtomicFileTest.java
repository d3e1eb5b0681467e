package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
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
            throw new IOException("No space left on device");
        }));
        assertEquals("cannot write " + file + ": No space left on device; make room there, or choose another place", full.getMessage());
        assertThrows(IllegalStateException.class, () -> AtomicFile.write(file, _ -> { throw new IllegalStateException("a bug"); }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), names());
    }

    /// A program that ends while it writes, as after Ctrl-C.
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
                "-cp", System.getProperty("java.class.path"), Ended.class.getName(), file.toString()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(3, process.waitFor(), said);
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), names());
    }

    @Test
    void workThatFailsTakesItsNewFilesAway() throws IOException {
        Path old = folder.resolve("old.txt"), made = folder.resolve("new.txt");
        AtomicFile.write(old, "old");
        assertThrows(IllegalStateException.class, () -> AtomicFile.allOrNone(() -> {
            AtomicFile.write(made, "new");
            AtomicFile.write(old, "replaced");
            throw new IllegalStateException("a bug");
        }));
        assertEquals(List.of("old.txt"), names());
        assertEquals("replaced", Files.readString(old));
        AtomicFile.allOrNone(() -> AtomicFile.write(made, "new"));
        assertEquals(Set.of("old.txt", "new.txt"), Set.copyOf(names()));
    }

    @Test
    void ofManyThatMakeOneFileOneSucceeds() throws Exception {
        for (int round = 0; round < 20; round++) {
            Path file = folder.resolve("a" + round + ".txt");
            try (var threads = Executors.newFixedThreadPool(8)) {
                List<Callable<Boolean>> all = IntStream.range(0, 8).<Callable<Boolean>>mapToObj(i -> () -> AtomicFile.writeNew(file, "by "
                        + i)).toList();
                int made = -1, count = 0;
                List<Future<Boolean>> done = threads.invokeAll(all);
                for (int i = 0; i < 8; i++) {
                    if (!done.get(i).get()) continue;
                    made = i;
                    count++;
                }
                assertEquals(1, count);
                assertEquals("by " + made, Files.readString(file));
            }
        }
        assertEquals(20, names().size());
        assertThrows(UncheckedIOException.class, () -> AtomicFile.writeNew(folder.resolve("none/a.txt"), "x"));
    }

    @Test
    void whyAFileIsNotWrittenComesWithWhatToDo() {
        assertEquals("/a: Read-only file system; choose another place", Sentence.of(new FileSystemException("/a", null,
                "Read-only file system")));
        assertEquals("Disk quota exceeded; make room there, or choose another place", Sentence.reason(new IOException("Disk quota exceeded")));
        assertEquals("There is not enough space on the disk; make room there, or choose another place",
                Sentence.reason(new IOException("There is not enough space on the disk")));
        assertEquals("Input/output error; check the disk, and try again or choose another place",
                Sentence.reason(new IOException("Input/output error")));
        assertEquals("it cannot be read or written", Sentence.reason(new FileSystemException("/a")));
        assertEquals("the folder is not empty", Sentence.reason(new DirectoryNotEmptyException("/a")));
        assertEquals("it is no folder", Sentence.reason(new NotDirectoryException("/a")));
        assertEquals("there is a file of that name already", Sentence.reason(new FileAlreadyExistsException("/a")));
        assertEquals("permission denied", Sentence.reason(new AccessDeniedException("/a")));
        assertEquals("IOException", Sentence.reason(new IOException()));
        assertEquals("reading or writing failed", Sentence.of((IOException) null));
        assertEquals("two lines?", Sentence.oneLine(" two \n lines\u0007 "));
        Path below = folder.resolve("a.txt/b");
        AtomicFile.write(folder.resolve("a.txt"), "x");
        var e = assertThrows(UncheckedIOException.class, () -> AtomicFile.makeFolder(below));
        String told = String.valueOf(e.getMessage());
        assertTrue(told.startsWith("cannot make the folder " + below + ": "), told);
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
