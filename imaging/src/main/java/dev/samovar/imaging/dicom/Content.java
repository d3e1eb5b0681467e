package dev.samovar.imaging.dicom;

import dev.samovar.core.io.JdkGuard;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// The bytes of a file, read where they are needed, or bytes in memory that were inflated from a file.
final class Content implements Closeable {
    private final @Nullable FileChannel channel;
    private final byte[] memory;
    private final long size;

    private Content(@Nullable FileChannel channel, byte[] memory, long size) {
        this.channel = channel;
        this.memory = memory;
        this.size = size;
    }

    static Content of(Path file) throws IOException {
        JdkGuard.check();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        return new Content(channel, new byte[0], channel.size());
    }

    static Content of(byte[] memory) {
        return new Content(null, memory, memory.length);
    }

    long size() {
        return size;
    }

    /// So many bytes from a place on.
    ///
    /// @throws EOFException if there are fewer, and then nothing was allocated
    byte[] bytes(long at, int count) throws IOException {
        if (at < 0 || count < 0 || at > size - count) throw new EOFException();
        byte[] bytes = new byte[count];
        if (channel == null) {
            System.arraycopy(memory, (int) at, bytes, 0, count);
            return bytes;
        }
        ByteBuffer into = ByteBuffer.wrap(bytes);
        while (into.hasRemaining()) if (channel.read(into, at + into.position()) < 0) throw new EOFException();
        return bytes;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) channel.close();
    }
}
