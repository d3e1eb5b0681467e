package dev.samovar.imaging.format;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Voxels;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Voxels that stay in their file: one block of neighbouring planes is kept in memory, and replaced when another is needed.
///
/// Upwards across z the file is read once from start to end. Any other order reads it once for each block, which is why a block is as large as is
/// reasonable: a sixteenth of the heap, and 64 MiB at most.
final class StreamedVoxels implements Voxels {
    private static final long MOST = 1 << 26;                           // bytes

    private final RawVoxels raw;
    private final long budget;                                          // bytes of a block, more or less
    private @Nullable InputStream in;
    private long next;                                                  // the voxel that comes next in the stream
    private ByteBuffer block = ByteBuffer.allocate(0);
    private int axis = -1, first, count;                                // of the planes in the block

    StreamedVoxels(RawVoxels raw) {
        this(raw, Math.min(MOST, Runtime.getRuntime().maxMemory() / 16));
    }

    /// Uses blocks of so many bytes, or of one plane if that is more.
    StreamedVoxels(RawVoxels raw, long budget) {
        this.raw = raw;
        this.budget = budget;
    }

    @Override
    public synchronized void plane(int channel, int axis, int index, float[] to, int at) {
        RawVoxels.guarded(raw.file(), () -> {
            if (axis != this.axis || index < first || index >= first + count) fill(axis, index);
            int size = raw.geometry().voxels() / raw.geometry().dim(axis);
            raw.decode(block, (index - first) * size, 1, size, channel, to, at);
            return to;
        });
    }

    private void fill(int axis, int index) throws IOException {
        Geometry g = raw.geometry();
        int dim = g.dim(axis), size = g.voxels() / dim, bytes = raw.voxelBytes();
        int most = Math.clamp(budget / ((long) size * bytes), 1, dim);
        boolean down = axis == this.axis && index < first;
        this.axis = -1;                                                 // until the block is whole
        first = down ? Math.max(0, index - most + 1) : index;
        count = Math.min(most, dim - first);
        if (block.capacity() != most * size * bytes) block = ByteBuffer.allocate(most * size * bytes).order(raw.order());
        if (axis == 2) {
            read((long) first * size, block.array(), count * size * bytes);
        } else {
            byte[] plane = new byte[g.nx() * g.ny() * bytes];
            for (int k = 0; k < g.nz(); k++) {
                read((long) k * g.nx() * g.ny(), plane, plane.length);
                if (axis == 1) rows(plane, k, g, bytes);
                else columns(plane, k, g, bytes);
            }
        }
        this.axis = axis;
    }

    private void rows(byte[] plane, int k, Geometry g, int bytes) {
        int row = g.nx() * bytes;
        for (int p = 0; p < count; p++) System.arraycopy(plane, (first + p) * row, block.array(), (p * g.nz() + k) * row, row);
    }

    private void columns(byte[] plane, int k, Geometry g, int bytes) {
        byte[] to = block.array();
        for (int p = 0; p < count; p++) for (int j = 0; j < g.ny(); j++) {
            int from = (j * g.nx() + first + p) * bytes, at = ((p * g.nz() + k) * g.ny() + j) * bytes;
            for (int b = 0; b < bytes; b++) to[at + b] = plane[from + b];
        }
    }

    /// Reads from a voxel on, or again from the start of the file if the stream is past that voxel.
    private void read(long voxel, byte[] to, int bytes) throws IOException {
        InputStream open = in;
        if (open == null || next > voxel || raw.packing() == RawVoxels.Packing.NONE) {
            if (open != null) open.close();
            in = null;
            open = raw.open(voxel);
        } else {
            RawVoxels.skip(open, (voxel - next) * raw.voxelBytes());
        }
        in = open;
        next = voxel + bytes / raw.voxelBytes();
        if (open.readNBytes(to, 0, bytes) < bytes) throw new EOFException();
        if (next >= raw.geometry().voxels()) {
            open.close();
            in = null;
        }
    }
}
