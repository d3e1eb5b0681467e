package dev.samovar.imaging.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Writes gzip, as `java.util.zip.GZIPOutputStream` does, but compresses its blocks side by side.
///
/// Each block is compressed by itself and ends on a whole byte (a sync flush), so that the blocks make one member when they follow each other. The bytes depend on what is written alone, not on the
/// number of processors. The level is the lowest, nibabel's default: labels are small in any case, and higher levels take many times as long.
///
/// Source: RFC 1951 and RFC 1952; blocks that are ended by a flush are how pigz works.
final class Gzip extends OutputStream {
    private static final int BLOCK = 1 << 19;
    private static final int AT_ONCE = 2 * Runtime.getRuntime().availableProcessors();
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 4, (byte) 255};  // no time, the fastest level, no system

    private final OutputStream out;
    private final CRC32 crc = new CRC32();
    private final Queue<FutureTask<byte[]>> pending = new ArrayDeque<>();
    private byte[] block = new byte[BLOCK];
    private int filled;
    private long size;

    Gzip(OutputStream out) throws IOException {
        this.out = out;
        out.write(HEADER);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[]{(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int at, int length) throws IOException {
        crc.update(from, at, length);
        size += length;
        for (int done = 0; done < length;) {
            if (filled == BLOCK) compress(false);
            int n = Math.min(length - done, BLOCK - filled);
            System.arraycopy(from, at + done, block, filled, n);
            filled += n;
            done += n;
        }
    }

    /// Writes what is left. The underlying stream stays open.
    void finish() throws IOException {
        compress(true);
        while (!pending.isEmpty()) writeEldest();
        out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt((int) crc.getValue()).putInt((int) size).array());
    }

    private void compress(boolean last) throws IOException {
        byte[] whole = block;
        int n = filled;
        block = new byte[last ? 0 : BLOCK];
        filled = 0;
        var task = new FutureTask<>(() -> deflated(whole, n, last));
        Thread.ofVirtual().name("samovar-gzip").start(task);
        pending.add(task);
        if (pending.size() > AT_ONCE) writeEldest();
    }

    private static byte[] deflated(byte[] block, int n, boolean last) {
        var packed = new ByteArrayOutputStream(n / 4 + 64);
        byte[] some = new byte[1 << 16];
        try (var deflater = new Deflater(Deflater.BEST_SPEED, true)) {
            deflater.setInput(block, 0, n);
            if (last) deflater.finish();
            int got;
            do {
                got = deflater.deflate(some, 0, some.length, Deflater.SYNC_FLUSH);
                packed.write(some, 0, got);
            } while (last ? !deflater.finished() : got == some.length);
        }
        return packed.toByteArray();
    }

    private void writeEldest() throws IOException {
        try {
            out.write(pending.remove().get());
        } catch (ExecutionException e) {
            throw new IOException("compression failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while compressing", e);
        }
    }
}
