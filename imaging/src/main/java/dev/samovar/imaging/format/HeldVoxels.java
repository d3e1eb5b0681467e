package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Voxels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Voxels held in memory as the file stores them, in pieces, so that as much memory is taken as there is data.
final class HeldVoxels implements Voxels {
    private static final int PIECE = 1 << 22;                           // bytes, more or less

    private final RawVoxels raw;
    private final int each;                                             // voxels in a piece
    private final ByteBuffer[] pieces;

    private HeldVoxels(RawVoxels raw, int each, ByteBuffer[] pieces) {
        this.raw = raw;
        this.each = each;
        this.pieces = pieces;
    }

    static HeldVoxels read(RawVoxels raw) throws IOException {
        int voxels = raw.geometry().voxels(), size = raw.voxelBytes(), each = Math.max(1, PIECE / size);
        ByteBuffer[] pieces = new ByteBuffer[(voxels - 1) / each + 1];
        try (InputStream in = raw.open(0)) {
            for (int p = 0; p < pieces.length; p++) {
                int n = Math.min(each, voxels - p * each);
                byte[] piece = new byte[n * size];
                int bytes = in.readNBytes(piece, 0, piece.length);
                if (bytes < piece.length)
                    throw new FormatException("it ends too early, after " + (p * each + bytes / size) + " of " + voxels + " voxels");
                pieces[p] = ByteBuffer.wrap(piece).order(raw.order());
            }
            raw.end(in);
        }
        return new HeldVoxels(raw, each, pieces);
    }

    @Override
    public void plane(int channel, int axis, int index, float[] to, int at) {
        Geometry g = raw.geometry();
        int nx = g.nx(), ny = g.ny(), nz = g.nz();
        switch (axis) {
            case 2 -> run(index * nx * ny, 1, nx * ny, channel, to, at);
            case 1 -> {
                for (int k = 0; k < nz; k++) run(nx * (index + ny * k), 1, nx, channel, to, at + k * nx);
            }
            default -> run(index, nx, ny * nz, channel, to, at);
        }
    }

    /// Decodes `n` voxels, the first of this number, and each `step` further than the one before.
    private void run(int voxel, int step, int n, int channel, float[] to, int at) {
        for (int done = 0; done < n;) {
            int here = (int) (voxel + (long) done * step), piece = here / each, from = here % each;
            int some = Math.min(n - done, (each - from - 1) / step + 1);
            raw.decode(pieces[piece], from, step, some, channel, to, at + done);
            done += some;
        }
    }
}
