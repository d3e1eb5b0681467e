package dev.samovar.core.io;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Writes a file whole or not at all: under a temporary name in the same folder, synced to disk, then renamed over the old one.
///
/// A reader, even after a power cut, finds the old content or the new, never half of it. A failure leaves nothing behind. A process killed in
/// between leaves a file named `.samovar-….tmp`, which is never read, and which [#sweep] removes: a writer holds a lock on its file, and the
/// system releases the lock when the process ends.
public final class AtomicFile {
    private static final int CHUNK = 1 << 16;
    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();             // temporary files of this process
    private static final ScopedValue<List<Path>> NEW = ScopedValue.newInstance();         // new files of work that leaves all of its files or none
    private static volatile boolean abandoned;

    private AtomicFile() {}

    /// Writes the content.
    @FunctionalInterface
    public interface Content {
        /// Writes everything to a buffered stream, and need not close it.
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes, or replaces, a file. Its folder must exist.
    ///
    /// @throws UncheckedIOException if it cannot be written; a sentence with the file and the reason
    /// @throws CancellationException if the thread was interrupted
    public static void write(Path file, Content content) {
        write(file, content, (temporary, target) -> Files.move(temporary, target, ATOMIC_MOVE, REPLACE_EXISTING));
    }

    /// Writes a file of UTF-8 text that must not exist yet. If several processes try this at once, only one succeeds, provided that the file system
    /// has hard links.
    ///
    /// @return false if there is a file of this name already
    /// @throws UncheckedIOException if it cannot be written; a sentence with the file and the reason
    public static boolean writeNew(Path file, String text) {
        try {
            write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)), AtomicFile::link);
            return true;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof FileAlreadyExistsException) return false;
            throw e;
        }
    }

    /// Gives a finished file its name.
    private interface Publishing {
        void publish(Path temporary, Path target) throws IOException;
    }

    private static void link(Path temporary, Path target) throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | IOException _) {                  // this disk has no links, or we may not make one
            if (Files.exists(target)) throw new FileAlreadyExistsException(target.toString());
            Files.move(temporary, target, ATOMIC_MOVE);
        }
    }

    private static void write(Path file, Content content, Publishing publishing) {
        Path target = file.toAbsolutePath(), folder = target.getParent();
        if (folder == null) throw new IllegalArgumentException(file + " is a folder, not a file to be written");
        Path temporary = folder.resolve(".samovar-" + UUID.randomUUID() + ".tmp");
        boolean isNew = !Files.exists(target), published = false, done = false;
        UNFINISHED.add(temporary);
        try {
            if (abandoned) throw new IOException("the program is ending");
            try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
                lock(channel);
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), CHUNK);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            publishing.publish(temporary, target);
            published = true;
            sync(folder);
            if (isNew && NEW.isBound()) NEW.get().add(target);
            done = true;
        } catch (ClosedByInterruptException _) {
            throw new CancellationException(file + ": interrupted before it was written");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + Sentence.reason(e), e);
        } finally {
            discard(temporary);
            if (isNew && published && !done) discard(target);                      // it has its name, but the rename may not be durable
            UNFINISHED.remove(temporary);
        }
    }

    /// Discards the files being written now, and prevents any more from being written: for a program that ends in the middle of its work, as by
    /// Ctrl-C. Existing files stay whole.
    public static void abandon() {
        abandoned = true;
        UNFINISHED.forEach(AtomicFile::discard);
    }

    /// Writes, or replaces, a file of UTF-8 text.
    public static void write(Path file, String text) {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Does work that writes several files, all in this thread. If it fails, the new files are removed again, so that the same work can be repeated.
    public static void allOrNone(Runnable work) {
        List<Path> written = new ArrayList<>();
        boolean done = false;
        try {
            ScopedValue.where(NEW, written).run(work);
            done = true;
        } finally {
            if (!done) written.forEach(AtomicFile::discard);
        }
    }

    /// Makes a folder, and those above it, if they do not exist yet.
    ///
    /// @throws UncheckedIOException if it cannot be made; a sentence with the folder and the reason
    public static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + Sentence.reason(e), e);
        }
    }

    /// Removes from a folder the files that killed processes left behind, but not those that another process is still writing.
    public static void sweep(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(AtomicFile::isTemporary).forEach(AtomicFile::sweepFile);
        } catch (IOException _) {
            // What cannot be listed cannot be swept, and the work itself does not depend on it.
        }
    }

    private static void sweepFile(Path file) {
        try (FileChannel channel = FileChannel.open(file, WRITE)) {
            if (lock(channel)) Files.deleteIfExists(file);
        } catch (IOException _) {
            // It is gone already, or we may not remove it.
        }
    }

    /// Whether a file is one that is being written, or that a killed process left behind.
    public static boolean isTemporary(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(".samovar-") && name.endsWith(".tmp");
    }

    /// Takes the lock that says that a file is being worked on; it ends with the channel or the process. Returns false if another process has it;
    /// on a system without locks that never happens.
    public static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            return false;                                                          // this process itself
        } catch (IOException _) {
            return true;
        }
    }

    /// Makes the rename itself durable, if the system lets a folder be opened (Windows does not, and does not need this).
    private static void sync(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder, READ);
        } catch (IOException _) {
            return;
        }
        try (channel) {
            channel.force(true);
        }
    }

    private static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // The failure to write is the one to report.
        }
    }
}
