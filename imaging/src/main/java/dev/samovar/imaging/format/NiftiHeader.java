package dev.samovar.imaging.format;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The checked header of a NIfTI file, 348 bytes in the first version and 540 in the second.
///
/// @param order the byte order of header and voxels
/// @param type how a number is stored
/// @param components how many numbers a voxel has: 3 if it has a colour, 4 if transparency follows that
/// @param pair whether the voxels are in another file
/// @param offset where in their file the voxels start
/// @param slope stored values are multiplied by this
/// @param inter and then this is added
/// @param rank the number of dimensions, 1 to 7
/// @param frames the number of volumes that follow each other: more than one if it is 4-D
/// @param geometry the grid of each, and where it lies
record NiftiHeader(ByteOrder order, VoxelType type, int components, boolean pair, int offset, double slope, double inter, int rank,
        int frames,
        Geometry geometry) {
    private static final int MAX_OFFSET = 1 << 26;                      // 64 MiB of extensions
    private static final int EXTENSIONS = 4;                            // bytes behind a header that say whether extensions follow
    private static final int REGULAR = 38;                              // of NIfTI-1: always 'r', left from Analyze 7.5
    private static final int MILLIMETRES = 2;

    private static final int RGB24 = 128, RGBA32 = 2304;

    /// A whole header, kept for files that are written on the same grid.
    ///
    /// @param alternatives the other of the two forms, if both are good
    @SuppressWarnings("ArrayRecordComponent")
    private record Source(byte[] bytes, List<double[][]> alternatives, boolean isPlaced, boolean hasUnit) implements GridSource {}

    /// Reads and checks a header.
    ///
    /// @param bytes at least as many as the header has, if the file has them
    /// @throws FormatException in words that follow the name of the file
    static NiftiHeader parse(byte[] bytes) {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        NiftiLayout layout = layout(b);
        boolean pair = pair(layout, b);
        int[] dims = dims(layout, b);
        int code = b.getShort(layout.datatype), components = code == RGB24 ? 3 : code == RGBA32 ? 4 : 1;
        VoxelType type = components > 1 ? VoxelType.UINT8 : type(code);
        int bits = b.getShort(layout.datatype + 2);
        if (bits != 8 * type.bytes * components)
            throw new FormatException("it says that a voxel of type " + (components == 1 ? type : components == 3 ? "RGB24" : "RGBA32")
                    + " has " + bits + " bits");
        double slope = layout.slope(b), inter = layout.inter(b);
        boolean scaled = slope != 0 && Double.isFinite(slope) && components == 1;
        if (scaled && !Double.isFinite(inter)) throw new FormatException("its scl_inter is " + inter);
        return new NiftiHeader(b.order(), type, components, pair, offset(layout.offset(b), pair ? 0 : layout.size + EXTENSIONS), scaled
                ? slope
                : 1,
                scaled ? inter : 0, (int) layout.dim(b, 0), dims[3], geometry(layout, b, dims));
    }

    /// The type of single numbers with this code.
    private static VoxelType type(int code) {
        for (VoxelType type : VoxelType.values()) if (type.code == code) return type;
        String name = switch (code) {
            case 1 -> "1-bit voxels";
            case 32 -> "complex64 voxels";
            case 1536 -> "float128 voxels";
            case 1792 -> "complex128 voxels";
            case 2048 -> "complex256 voxels";
            default -> "voxels of the unknown type " + code;
        };
        throw new FormatException("it holds " + name + ", and only 8- to 64-bit integers, float32, float64, RGB24 and RGBA32 are read");
    }

    private static byte[] start(ByteBuffer b, int length) {
        byte[] bytes = new byte[length];
        b.get(0, bytes);
        return bytes;
    }

    /// The version of a header. The buffer is given the header's byte order.
    static NiftiLayout layout(ByteBuffer b) {
        if (b.capacity() < NiftiLayout.NIFTI_1.size)
            throw new FormatException("it is too short for a NIfTI header: " + b.capacity() + " of 348 bytes");
        for (NiftiLayout layout : NiftiLayout.values()) for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            if (b.order(order).getInt(0) != layout.size) continue;
            if (b.capacity() < layout.size)
                throw new FormatException("it is too short for a " + layout + " header: " + b.capacity() + " of " + layout.size + " bytes");
            return layout;
        }
        throw new FormatException("it is not NIfTI: it does not start with the header's size, 348 or 540");
    }

    private static boolean pair(NiftiLayout layout, ByteBuffer b) {
        if (layout.isPair(b)) return true;
        if (layout.isSingle(b)) return false;
        if (layout.isAlmost(b))
            throw new FormatException("its magic bytes were changed, as by a transfer as text: transfer it again, as it is");
        throw new FormatException(layout == NiftiLayout.NIFTI_1
                ? "it is not NIfTI: it has no magic bytes, and if it is Analyze 7.5, nothing in it says where left is; convert it to NIfTI"
                : "it is not NIfTI: its magic bytes are not those of NIfTI-2");
    }

    /// Voxels along x, y and z, and the number of frames.
    private static int[] dims(NiftiLayout layout, ByteBuffer b) {
        long rank = layout.dim(b, 0), voxels = 1;
        if (rank < 1 || rank > 7) throw new FormatException("its dim[0] is " + rank + ": a volume has 1 to 7 dimensions");
        long[] dims = {1, 1, 1, 1};
        for (int i = 1; i <= rank; i++) {
            long n = layout.dim(b, i);
            if (n < 1) throw new FormatException("its dim[" + i + "] is " + n);
            if (i == 5 && dims[3] == 1) dims[3] = n;                    // vectors, as ITK writes them, are channels as frames are
            else
                if (i > 4 && n > 1)
                    throw new FormatException("it has " + n + " values per voxel and frame (dim[" + i + "]): only one is read");
            if (i <= 4) dims[i - 1] = n;
        }
        for (int i = 0; i < 3; i++) {                                   // each factor is checked before it could overflow the product
            voxels = dims[i] > Integer.MAX_VALUE ? Long.MAX_VALUE : voxels * dims[i];
            if (voxels > Integer.MAX_VALUE)
                throw new FormatException("it has " + dims[0] + " × " + dims[1] + " × " + dims[2]
                        + " voxels, more than the limit of 2³¹ − 1");
        }
        if (dims[3] > Integer.MAX_VALUE) throw new FormatException("its dim[4] is " + dims[3] + ": so many frames are never there");
        return new int[]{(int) dims[0], (int) dims[1], (int) dims[2], (int) dims[3]};
    }

    private static int offset(double offset, int first) {
        if (offset == 0) return first;                                  // left blank by some writers
        if (offset >= first && offset <= MAX_OFFSET && offset == (int) offset) return (int) offset;
        throw new FormatException("its vox_offset is " + offset + ": a whole number from " + first + " to " + MAX_OFFSET + " is needed");
    }

    /// The grid in millimetres: from the sform if there is one, else from the qform, else from the voxel sizes alone (method 3, 2 and 1 of the
    /// standard). An sform of zeros counts as absent. If there are both forms, the other one is kept too.
    private static Geometry geometry(NiftiLayout layout, ByteBuffer b, int[] dims) {
        boolean q = layout.qformCode(b) > 0, s = layout.sformCode(b) > 0 && !(q && isEmpty(layout, b));
        double unit = switch (layout.units(b) & 7) {
            case 1 -> 1000;                                             // metres
            case 3 -> 0.001;                                            // micrometres
            default -> 1;                                               // millimetres, or not said
        };
        double[][] affine = millimetres(s
                ? sform(layout, b)
                : q ? qform(layout, b, sizes(layout, b, dims)) : diagonal(sizes(layout, b, dims)), unit);
        for (double[] row : affine) for (double v : row) if (!Double.isFinite(v)) throw new FormatException("its affine holds " + v);
        List<double[][]> others = new ArrayList<>();
        if (s && q && hasSizes(layout, b, dims)) others.add(millimetres(qform(layout, b, sizes(layout, b, dims)), unit));
        return Geometry.of(dims[0], dims[1], dims[2], affine, new Source(start(b, layout.size), others, q || s, (layout.units(b)
                & 7) != 0));
    }

    private static boolean isEmpty(NiftiLayout layout, ByteBuffer b) {
        for (int i = 0; i < 12; i++) if (i % 4 < 3 && layout.srow(b, i) != 0) return false;
        return true;
    }

    private static double[][] millimetres(double[][] affine, double unit) {
        for (double[] row : affine) for (int c = 0; c < 4; c++) row[c] *= unit;
        return affine;
    }

    private static boolean hasSizes(NiftiLayout layout, ByteBuffer b, int[] dims) {
        for (int a = 0; a < 3; a++) {
            double size = Math.abs(layout.pixdim(b, a + 1));
            if (!(size > 0 || (size == 0 && dims[a] == 1))) return false;
        }
        return true;
    }

    private static double[] sizes(NiftiLayout layout, ByteBuffer b, int[] dims) {
        double[] sizes = new double[3];
        for (int a = 0; a < 3; a++) {
            double size = Math.abs(layout.pixdim(b, a + 1));
            if (!(size > 0 || (size == 0 && dims[a] == 1))) throw new FormatException("its voxel size pixdim[" + (a + 1) + "] is " + size);
            sizes[a] = size == 0 ? 1 : size;                            // a flat picture need not say how thick it is
        }
        return sizes;
    }

    private static double[][] sform(NiftiLayout layout, ByteBuffer b) {
        double[][] m = new double[3][4];
        for (int i = 0; i < 12; i++) m[i / 4][i % 4] = layout.srow(b, i);
        return m;
    }

    private static double[][] diagonal(double[] size) {
        return new double[][]{{size[0], 0, 0, 0}, {0, size[1], 0, 0}, {0, 0, size[2], 0}};
    }

    /// Rotation from the unit quaternion `a + bi + cj + dk` with `a ≥ 0` left out, columns scaled by the voxel sizes, z flipped by `qfac`.
    private static double[][] qform(NiftiLayout layout, ByteBuffer buffer, double[] size) {
        double b = layout.quatern(buffer, 0), c = layout.quatern(buffer, 1), d = layout.quatern(buffer, 2);
        double a = 1 - (b * b + c * c + d * d);
        if (a < 1e-7) {                                                 // a turn by 180°, or rounding: as the reference library does
            double norm = Math.sqrt(b * b + c * c + d * d);
            b /= norm;
            c /= norm;
            d /= norm;
            a = 0;
        }
        a = Math.sqrt(a);
        double dx = size[0], dy = size[1], dz = layout.pixdim(buffer, 0) < 0 ? -size[2] : size[2];
        double x = layout.quatern(buffer, 3), y = layout.quatern(buffer, 4), z = layout.quatern(buffer, 5);
        return new double[][]{
            {(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz, x},
            {2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz, y},
            {2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz, z}};
    }

    /// The header of the file that a geometry was read from; if that was not a NIfTI file, a new one of version 1, or of version 2 if an axis is too
    /// long for that.
    private static byte[] of(Geometry geometry) {
        if (geometry.source() instanceof Source source) return source.bytes;
        int longest = Math.max(geometry.nx(), Math.max(geometry.ny(), geometry.nz()));
        return of(longest <= NiftiLayout.NIFTI_1.longestDim() ? NiftiLayout.NIFTI_1 : NiftiLayout.NIFTI_2, geometry);
    }

    /// A new little-endian header of a float32 volume whose sform is this affine.
    private static byte[] of(NiftiLayout layout, Geometry geometry) {
        ByteBuffer b = ByteBuffer.allocate(layout.size).order(LITTLE_ENDIAN);
        b.putInt(0, layout.size);
        if (layout == NiftiLayout.NIFTI_1) b.put(REGULAR, (byte) 'r');
        layout.putUnits(b, MILLIMETRES);
        layout.putDim(b, 0, 3);
        layout.putPixdim(b, 0, 1);
        for (int a = 0; a < 3; a++) {
            layout.putDim(b, a + 1, geometry.dim(a));
            layout.putPixdim(b, a + 1, geometry.spacing(a));
        }
        for (int i = 4; i < 8; i++) {
            layout.putDim(b, i, 1);
            layout.putPixdim(b, i, 1);
        }
        layout.putSformCode(b, 1);
        for (int i = 0; i < 12; i++) layout.putSrow(b, i, geometry.affine(i / 4, i % 4));
        stamp(layout, b, VoxelType.FLOAT32);
        return b.array();
    }

    /// The header of a file with voxels of this type on this grid, up to where the voxels start. If the grid was read from NIfTI, dimensions, voxel
    /// sizes, units, description, qform and sform are copied as they are, in the same version and byte order; every field about the values is
    /// cleared. For a 4-D source it is the header of one frame.
    static byte[] like(Geometry geometry, VoxelType type) {
        byte[] source = of(geometry);
        ByteBuffer from = ByteBuffer.wrap(source);
        NiftiLayout layout = layout(from);
        ByteBuffer b = ByteBuffer.allocate(layout.size + EXTENSIONS).order(from.order());
        b.putInt(0, layout.size);
        for (int[] range : layout.kept()) b.put(range[0], source, range[0], range[1] - range[0]);
        if (layout.dim(b, 0) >= 4 && (layout.dim(b, 4) > 1 || layout.dim(b, 5) > 1)) {
            layout.putDim(b, 0, 3);
            layout.putDim(b, 4, 1);
            layout.putDim(b, 5, 1);
        }
        stamp(layout, b, type);
        return b.array();
    }

    /// A header for so many frames, one after another.
    ///
    /// @throws FormatException if they are too many for the version of the source
    static byte[] like(Geometry geometry, VoxelType type, int frames) {
        ByteBuffer b = ByteBuffer.wrap(like(geometry, type));
        NiftiLayout layout = layout(b);
        if (frames > layout.longestDim())
            throw new FormatException("a " + layout + " file has up to " + layout.longestDim() + " frames, not " + frames);
        for (int i = (int) layout.dim(b, 0) + 1; i < 4; i++) layout.putDim(b, i, 1);
        layout.putDim(b, 0, 4);
        layout.putDim(b, 4, frames);
        return b.array();
    }

    private static void stamp(NiftiLayout layout, ByteBuffer b, VoxelType type) {
        b.putShort(layout.datatype, type.code).putShort(layout.datatype + 2, (short) (8 * type.bytes));
        layout.putOffset(b, layout.size + EXTENSIONS);
        layout.putSlope(b, 1);
        layout.putMagic(b);
    }
}
