package dev.samovar.models.data;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// What the 348 bytes at the head of a NIfTI-1 file say, checked. Layout and meaning: `nifti1.h` of the NIfTI Data Format Working Group.
///
/// @param order the byte order of header and voxels
/// @param type how a voxel is stored
/// @param offset where in the file the voxels start
/// @param slope stored values are multiplied by this
/// @param inter and then this is added
/// @param geometry the grid, and where it lies
record NiftiHeader(ByteOrder order, VoxelType type, int offset, double slope, double inter, Geometry geometry) {
    static final int SIZE = 348;
    static final int SINGLE_FILE_OFFSET = 352;                          // header, and four bytes that say whether extensions follow
    static final int MAX_OFFSET = 1 << 26;                              // 64 MiB of extensions

    private static final int REGULAR = 38, DIM = 40, INTENT = 56, DATATYPE = 70, BITPIX = 72, PIXDIM = 76, VOX_OFFSET = 108;
    private static final int SLOPE = 112, INTER = 116, UNITS = 123, DESCRIP = 148, DESCRIP_END = 228;
    private static final int QFORM = 252, SFORM = 254, QUATERN = 256, QOFFSET = 268, SROW = 280, SROW_END = 328;
    private static final int MAGIC = 344, SINGLE_FILE = 0x6E2B3100, PAIR = 0x6E693100;       // "n+1\0", "ni1\0"

    /// Reads and checks a header.
    ///
    /// @throws FormatException in words that follow the name of the file
    static NiftiHeader parse(byte[] bytes) {
        if (bytes.length < SIZE) throw new FormatException("it is too short for a NIfTI-1 header: " + bytes.length + " of 348 bytes");
        ByteBuffer b = ByteBuffer.wrap(bytes);
        b.order(order(b));
        int magic = ByteBuffer.wrap(bytes).getInt(MAGIC);
        if (magic == PAIR)
            throw new FormatException("it is one half of a .hdr/.img pair, which is not read: convert it to a single .nii file");
        if (magic != SINGLE_FILE) throw new FormatException("it is not NIfTI-1: its magic bytes are not n+1 (an Analyze 7.5 file?)");
        int[] dims = dims(b);
        VoxelType type = VoxelType.of(b.getShort(DATATYPE));
        if (b.getShort(BITPIX) != 8 * type.bytes)
            throw new FormatException("it says that a voxel of type " + type + " has " + b.getShort(BITPIX) + " bits");
        float slope = b.getFloat(SLOPE), inter = b.getFloat(INTER);
        boolean scaled = slope != 0 && Float.isFinite(slope);
        if (scaled && !Float.isFinite(inter)) throw new FormatException("its scl_inter is " + inter);
        Geometry geometry = new Geometry(dims, affine(b, dims), Arrays.copyOf(bytes, SIZE));
        return new NiftiHeader(b.order(), type, offset(b.getFloat(VOX_OFFSET)), scaled ? slope : 1, scaled ? inter : 0, geometry);
    }

    private static ByteOrder order(ByteBuffer b) {
        int size = b.order(LITTLE_ENDIAN).getInt(0), swapped = Integer.reverseBytes(size);
        if (size == 540 || swapped == 540) throw new FormatException("it is a NIfTI-2 file, which is not read: convert it to NIfTI-1");
        if (size != SIZE && swapped != SIZE) throw new FormatException("it is not NIfTI: it does not start with the header's size, 348");
        return size == SIZE ? LITTLE_ENDIAN : BIG_ENDIAN;
    }

    private static int[] dims(ByteBuffer b) {
        int rank = b.getShort(DIM);
        if (rank < 1 || rank > 7) throw new FormatException("its dim[0] is " + rank + ": a volume has 1 to 7 dimensions");
        int[] dims = {1, 1, 1};
        for (int i = 1; i <= rank; i++) {
            int n = b.getShort(DIM + 2 * i);
            if (n < 1) throw new FormatException("its dim[" + i + "] is " + n);
            if (i == 4 && n > 1)
                throw new FormatException("it is 4-D, " + n + " frames: only 3-D volumes are read, so split it into its frames");
            if (i > 4 && n > 1) throw new FormatException("it has " + n + " values per voxel (dim[" + i + "]): only one is read");
            if (i <= 3) dims[i - 1] = n;
        }
        long voxels = (long) dims[0] * dims[1] * dims[2];               // three numbers below 2^15
        if (voxels > Nifti.MAX_VOXELS)
            throw new FormatException("it has " + voxels + " voxels, more than the limit of " + Nifti.MAX_VOXELS);
        return dims;
    }

    private static int offset(float offset) {
        if (offset == 0) return SINGLE_FILE_OFFSET;                     // left blank by some writers
        if (offset >= SINGLE_FILE_OFFSET && offset <= MAX_OFFSET && offset == (int) offset) return (int) offset;
        throw new FormatException("its vox_offset is " + offset + ": a whole number from 352 to " + MAX_OFFSET + " is needed");
    }

    /// The affine in millimetres: the sform if there is one, else the qform, else the voxel sizes alone (method 3, 2 and 1 of the standard).
    private static double[][] affine(ByteBuffer b, int[] dims) {
        double[][] affine = b.getShort(SFORM) > 0 ? sform(b) : b.getShort(QFORM) > 0 ? qform(b, sizes(b, dims)) : diagonal(sizes(b, dims));
        double unit = switch (b.get(UNITS) & 7) {
            case 1 -> 1000;                                             // metres
            case 3 -> 0.001;                                            // micrometres
            default -> 1;                                               // millimetres, or not said
        };
        for (double[] row : affine) for (int c = 0; c < 4; c++) {
            if (!Double.isFinite(row[c])) throw new FormatException("its affine holds " + row[c]);
            row[c] *= unit;
        }
        return affine;
    }

    private static double[] sizes(ByteBuffer b, int[] dims) {
        double[] sizes = new double[3];
        for (int a = 0; a < 3; a++) {
            float size = Math.abs(b.getFloat(PIXDIM + 4 * (a + 1)));
            if (!(size > 0 || (size == 0 && dims[a] == 1))) throw new FormatException("its voxel size pixdim[" + (a + 1) + "] is " + size);
            sizes[a] = size == 0 ? 1 : size;                            // a flat picture need not say how thick it is
        }
        return sizes;
    }

    private static double[][] sform(ByteBuffer b) {
        double[][] m = new double[3][4];
        for (int i = 0; i < 12; i++) m[i / 4][i % 4] = b.getFloat(SROW + 4 * i);
        return m;
    }

    private static double[][] diagonal(double[] size) {
        return new double[][]{{size[0], 0, 0, 0}, {0, size[1], 0, 0}, {0, 0, size[2], 0}};
    }

    /// Rotation from the unit quaternion `a + bi + cj + dk` with `a ≥ 0` left out, columns scaled by the voxel sizes, z flipped by `qfac`.
    private static double[][] qform(ByteBuffer buffer, double[] size) {
        double b = buffer.getFloat(QUATERN), c = buffer.getFloat(QUATERN + 4), d = buffer.getFloat(QUATERN + 8);
        double a = 1 - (b * b + c * c + d * d);
        if (a < 1e-7) {                                                 // a turn by 180°, or rounding: as the reference library does
            double norm = Math.sqrt(b * b + c * c + d * d);
            b /= norm;
            c /= norm;
            d /= norm;
            a = 0;
        }
        a = Math.sqrt(a);
        double dx = size[0], dy = size[1], dz = buffer.getFloat(PIXDIM) < 0 ? -size[2] : size[2];
        double x = buffer.getFloat(QOFFSET), y = buffer.getFloat(QOFFSET + 4), z = buffer.getFloat(QOFFSET + 8);
        return new double[][]{
            {(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz, x},
            {2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz, y},
            {2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz, z}};
    }

    /// A fresh little-endian header of a float32 volume whose sform is this affine.
    static byte[] of(int nx, int ny, int nz, double[][] affine) {
        int[] dims = {nx, ny, nz};
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(LITTLE_ENDIAN);
        b.putInt(0, SIZE).put(REGULAR, (byte) 'r').put(UNITS, (byte) 2).putShort(DIM, (short) 3).putFloat(PIXDIM, 1);
        for (int a = 0; a < 3; a++) {
            if (dims[a] < 1 || dims[a] > Short.MAX_VALUE)
                throw new FormatException("a NIfTI-1 volume has 1 to 32767 voxels per axis, not " + dims[a]);
            double size = Math.sqrt(affine[0][a] * affine[0][a] + affine[1][a] * affine[1][a] + affine[2][a] * affine[2][a]);
            b.putShort(DIM + 2 + 2 * a, (short) dims[a]).putFloat(PIXDIM + 4 + 4 * a, (float) size);
        }
        for (int i = 4; i < 8; i++) b.putShort(DIM + 2 * i, (short) 1).putFloat(PIXDIM + 4 * i, 1);
        b.putShort(SFORM, (short) 1);
        for (int i = 0; i < 12; i++) b.putFloat(SROW + 4 * i, (float) affine[i / 4][i % 4]);
        stamp(b, VoxelType.FLOAT32);
        return b.array();
    }

    /// The first 352 bytes of a file with voxels of this type on the same grid as `source`: dimensions, voxel sizes, units, description,
    /// qform and sform are copied as they are, in the same byte order; everything that spoke of the values is cleared.
    static byte[] like(byte[] source, VoxelType type) {
        ByteBuffer b = ByteBuffer.allocate(SINGLE_FILE_OFFSET).order(order(ByteBuffer.wrap(source)));
        b.putInt(0, SIZE);
        int[][] kept = {{REGULAR, INTENT}, {PIXDIM, VOX_OFFSET}, {UNITS, UNITS + 1}, {DESCRIP, DESCRIP_END}, {QFORM, SROW_END}};
        for (int[] range : kept) b.put(range[0], source, range[0], range[1] - range[0]);
        stamp(b, type);
        return b.array();
    }

    private static void stamp(ByteBuffer b, VoxelType type) {
        b.putShort(DATATYPE, type.code).putShort(BITPIX, (short) (8 * type.bytes));
        b.putFloat(VOX_OFFSET, SINGLE_FILE_OFFSET).putFloat(SLOPE, 1);
        b.put(MAGIC, new byte[]{'n', '+', '1', 0});
    }
}
