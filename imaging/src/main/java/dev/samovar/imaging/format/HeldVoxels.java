package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Voxels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Voxels held in memory as the file stores them, in pieces. Each piece is at most a few times as large as all before it, so that memory grows with
/// the data that is really there.
///
/// Pieces grow quickly because a garbage collector moves small arrays, and holds them twice meanwhile, but leaves large ones in place.
final class HeldVoxels implements Voxels {
    private static final int LEAST = 1 << 22, MOST = 1 << 30, GROWTH = 8;         // bytes of a piece, more or less

    /// The voxels from `from` to just before `to`.
    private record Piece(int from, int to, ByteBuffer bytes) {}

    private final RawVoxels raw;
    private final List<Piece> pieces;

    private HeldVoxels(RawVoxels raw, List<Piece> pieces) {
        this.raw = raw;
        this.pieces = pieces;
    }

    static HeldVoxels read(RawVoxels raw) throws IOException {
        int voxels = raw.geometry().voxels(), size = raw.voxelBytes();
        List<Piece> pieces = new ArrayList<>();
        try (InputStream in = raw.open(0)) {
            for (int from = 0; from < voxels;) {
                int n = Math.min(voxels - from, Math.max(1, Math.clamp((long) GROWTH * size * from, LEAST, MOST) / size));
                byte[] piece = new byte[n * size];
                int bytes = in.readNBytes(piece, 0, piece.length);
                if (bytes < piece.length)
                    throw new FormatException("it ends too early, after " + (from + bytes / size) + " of " + voxels + " voxels");
                pieces.add(new Piece(from, from + n, ByteBuffer.wrap(piece).order(raw.order())));
                from += n;
            }
            raw.end(in);
        }
        return new HeldVoxels(raw, List.copyOf(pieces));
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

    /// Decodes `n` voxels, beginning with the one of this number, each `step` further than the one before.
    private void run(int voxel, int step, int n, int channel, float[] to, int at) {
        for (int done = 0; done < n;) {
            int here = (int) (voxel + (long) done * step);
            Piece piece = with(here);
            int some = Math.min(n - done, (piece.to - here - 1) / step + 1);
            raw.decode(piece.bytes, here - piece.from, step, some, channel, to, at + done);
            done += some;
        }
    }

    private Piece with(int voxel) {
        int p = 0;
        while (pieces.get(p).to <= voxel) p++;
        return pieces.get(p);
    }
}
