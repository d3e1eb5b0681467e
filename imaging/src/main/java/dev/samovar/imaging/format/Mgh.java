package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// Volumes in FreeSurfer's MGH files, `.mgh`, or compressed, `.mgz`: read, not written.
///
/// Bytes, 16-bit and 32-bit integers and floating-point numbers, always in big-endian order, frame after frame. Everything after the voxels is
/// skipped.
///
/// Source: FsTutorial/MghFormat of the FreeSurfer wiki; nibabel/freesurfer/mghformat.py @ 4704d90 for a file that does not say where its voxels lie.
final class Mgh {
    private static final int HEADER = 284, VERSION = 1;
    private static final int GOOD = 28, SPACING = 30, DIRECTIONS = 42, CENTRE = 78;             // where the header says them

    private Mgh() {}

    /// Whether the file gives the place of its voxels.
    private record Source(boolean isPlaced) implements GridSource {}

    static boolean is(byte[] start) {
        return start.length >= HEADER && ByteBuffer.wrap(start).getInt() == VERSION;
    }

    /// Reads a header. Error messages are worded to follow the name of the file.
    static Frames open(Path file) throws IOException {
        try (InputStream in = RawVoxels.unzipped(file)) {
            byte[] bytes = in.readNBytes(HEADER);
            if (bytes.length < HEADER) throw new FormatException("it is too short for an MGH header: " + bytes.length + " of 284 bytes");
            return frames(file, ByteBuffer.wrap(bytes));
        }
    }

    private static Frames frames(Path file, ByteBuffer b) throws IOException {
        int[] dims = new int[4];
        for (int i = 0; i < 4; i++) {
            dims[i] = b.getInt(4 + 4 * i);
            if (dims[i] < 1) throw new FormatException("its dimension " + i + " is " + dims[i]);
        }
        VoxelType type = switch (b.getInt(20)) {
            case 0 -> VoxelType.UINT8;
            case 1 -> VoxelType.INT32;
            case 3 -> VoxelType.FLOAT32;
            case 4 -> VoxelType.INT16;
            case 10 -> VoxelType.UINT16;
            default -> throw new FormatException("it holds voxels of the type " + b.getInt(20)
                    + ", and only bytes, 16- and 32-bit integers and float are read");
        };
        Geometry geometry = geometry(b, dims);
        RawVoxels.Packing packing = RawVoxels.isZipped(file) ? RawVoxels.Packing.GZIP : RawVoxels.Packing.NONE;
        long bytes = (long) geometry.voxels() * type.bytes;
        return new Frames(new RawVoxels(file, packing, 0, HEADER, (dims[3] - 1) * bytes, type, ByteOrder.BIG_ENDIAN, 1, 1, 0, geometry),
                dims[3], dims[3] > 1);
    }

    /// The centre of the grid, `(dim / 2)` in voxels, is where the header says; without that, voxels of 1 mm that run to the left, the feet and the front.
    private static Geometry geometry(ByteBuffer b, int[] dims) {
        boolean good = b.getShort(GOOD) > 0;
        double[][] affine = {{-1, 0, 0, 0}, {0, 0, 1, 0}, {0, -1, 0, 0}};
        double[] centre = new double[3];
        for (int a = 0; good && a < 3; a++) {
            for (int r = 0; r < 3; r++) affine[r][a] = (double) b.getFloat(DIRECTIONS + 4 * (3 * a + r)) * b.getFloat(SPACING + 4 * a);
            centre[a] = b.getFloat(CENTRE + 4 * a);
        }
        for (int r = 0; r < 3; r++) {
            affine[r][3] = centre[r];
            for (int a = 0; a < 3; a++) affine[r][3] -= affine[r][a] * (dims[a] / 2.0);
        }
        return Geometry.of(dims[0], dims[1], dims[2], affine, new Source(good));
    }
}
