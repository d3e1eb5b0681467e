package dev.samovar.core.testkit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file that is being written, or a folder that is being synced. A write of one buffer that fails has written half of its bytes.
final class FaultyChannel extends FileChannel {
    private final FileChannel machines;
    private final Path file;

    FaultyChannel(FileChannel machines, Path file) {
        this.machines = machines;
        this.file = file;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        try {
            Faults.happens("write", file);
        } catch (IOException e) {
            machines.write(from.slice(from.position(), from.remaining() / 2));
            throw e;
        }
        return machines.write(from);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        Faults.happens("write", file);
        return machines.write(from, offset, length);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        Faults.happens("write", file);
        return machines.write(from, position);
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long position, long count) throws IOException {
        Faults.happens("write", file);
        return machines.transferFrom(from, position, count);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        Faults.happens("write", file);
        machines.truncate(size);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        Faults.happens("sync", file);
        machines.force(metaData);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        return machines.read(to);
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
        return machines.read(to, offset, length);
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
        return machines.read(to, position);
    }

    @Override
    public long position() throws IOException {
        return machines.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        machines.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return machines.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel to) throws IOException {
        return machines.transferTo(position, count, to);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return machines.map(mode, position, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        return machines.map(mode, offset, size, arena);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return machines.lock(position, size, shared);
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return machines.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        machines.close();
    }
}
