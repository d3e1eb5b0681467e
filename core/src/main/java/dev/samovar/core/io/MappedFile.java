package dev.samovar.core.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;

/// A file of any size, mapped read-only into memory: the system loads the pages that are read, and the heap holds none of it. Or bytes that are in
/// memory already, under a name.
///
/// All reads are checked against the length. Buffers handed out are views: none may be used after [#close()].
public final class MappedFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment segment;

    private MappedFile(Path path, Arena arena, MemorySegment segment) {
        this.path = path;
        this.arena = arena;
        this.segment = segment;
    }

    /// Opens a file.
    ///
    /// @throws UncheckedIOException if it cannot be read; a sentence with the file and the reason
    /// @throws CancellationException if the thread was interrupted
    /// @throws IllegalStateException if this Java would corrupt what it reads ([JdkGuard])
    public static MappedFile open(Path path) {
        JdkGuard.check();
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path)) {
            if (Files.isDirectory(path)) throw new IOException("it is a folder, a file is needed");
            return new MappedFile(path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (ClosedByInterruptException _) {
            arena.close();
            throw new CancellationException(path + ": interrupted before it was read");
        } catch (IOException e) {
            arena.close();
            throw new UncheckedIOException("cannot read " + path + ": " + Sentence.reason(e), e);
        }
    }

    /// Bytes that are not a file, such as those of a resource; they are not copied.
    ///
    /// @param name their name in messages
    public static MappedFile of(String name, byte[] bytes) {
        return new MappedFile(Path.of(name), Arena.ofShared(), MemorySegment.ofArray(bytes).asReadOnly());
    }

    /// The file's path, as it was given.
    public Path path() {
        return path;
    }

    /// Bytes in the file.
    public long length() {
        return segment.byteSize();
    }

    /// The bytes `from … from + count - 1` as a little-endian read-only view.
    ///
    /// @throws IndexOutOfBoundsException if they are not all in the file
    /// @throws IllegalStateException if it was closed
    public ByteBuffer view(long from, long count) {
        if (!segment.scope().isAlive()) throw new IllegalStateException(path + " was closed; it must stay open as long as it is read from");
        return segment.asSlice(from, count).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /// A copy of the bytes `from … from + count - 1`.
    ///
    /// @throws IndexOutOfBoundsException if they are not all in the file
    public byte[] copy(long from, long count) {
        byte[] bytes = new byte[view(from, count).remaining()];
        view(from, count).get(bytes);
        return bytes;
    }

    /// Lets the system drop the bytes `from … from + count - 1` from memory; if they are needed again, they are read again. So a large file that is
    /// read piece by piece never takes memory twice, as a file and as the numbers made from it.
    public void forget(long from, long count) {
        if (segment.isMapped()) segment.asSlice(from, count).unload();
    }

    @Override
    public void close() {
        arena.close();
    }
}
