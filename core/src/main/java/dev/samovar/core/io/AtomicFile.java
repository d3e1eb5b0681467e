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
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/// Writes a file whole or not at all: under a temporary name in the same folder, synced to disk, then renamed over the old one.
///
/// Whoever looks, even after a power cut, finds the old content or the new, never half of it. A process killed in between leaves
/// a file named `.samovar-….tmp` behind, which nobody reads ([#isLeftover] knows it); a failure leaves nothing.
public final class AtomicFile {
    private static final int CHUNK = 1 << 16;

    private AtomicFile() {}

    /// What writes the content.
    @FunctionalInterface
    public interface Content {
        /// Writes everything to a buffered stream, and need not close it.
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes, or replaces, a file. Its folder must exist.
    ///
    /// @throws UncheckedIOException if it cannot be written; a sentence with the file and the reason
    public static void write(Path file, Content content) {
        Path target = file.toAbsolutePath(), folder = target.getParent();
        if (folder == null) throw new IllegalArgumentException(file + " is a folder, not a file to be written");
        Path temporary = folder.resolve(".samovar-" + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), CHUNK);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, target, ATOMIC_MOVE, REPLACE_EXISTING);
            sync(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + MappedFile.reason(e), e);
        } finally {
            discard(temporary);
        }
    }

    /// Writes, or replaces, a file of UTF-8 text.
    public static void write(Path file, String text) {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Whether a file is what a killed process left behind: it can be deleted if no other process is writing.
    public static boolean isLeftover(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(".samovar-") && name.endsWith(".tmp");
    }

    /// Makes the rename itself durable, where the system lets a folder be opened (Windows does not, and needs it not).
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

    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException _) {
            // The reason why writing failed is the one to tell.
        }
    }
}
