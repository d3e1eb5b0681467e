package dev.samovar.models.study;

import dev.samovar.core.io.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Says which cells are being worked on: each has a byte in one file, which the process that works on it locks. The system releases a lock when its
/// process ends. On a system without locks, every cell seems free.
final class CellLocks implements AutoCloseable {
    private final FileChannel channel;                                             // only one for the process, because closing another one on the same file would release all its locks

    /// Locks on a file, which is created if it does not exist.
    CellLocks(Path file) {
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file + ": " + Sentence.reason(e), e);
        }
    }

    /// A lock, until it is closed.
    record Lock(@Nullable FileLock lock) implements AutoCloseable {
        @Override
        public void close() {
            try {
                if (lock != null) lock.release();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Takes a cell; null if another process, or thread, has it.
    @Nullable
    Lock tryLock(int cell) {
        try {
            FileLock lock = channel.tryLock(cell, 1, false);
            return lock == null ? null : new Lock(lock);
        } catch (OverlappingFileLockException _) {
            return null;
        } catch (IOException _) {
            return new Lock(null);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
