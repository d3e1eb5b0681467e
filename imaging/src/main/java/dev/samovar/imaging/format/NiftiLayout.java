package dev.samovar.imaging.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;

/// The places and sizes of the fields in the two versions of a NIfTI header: `nifti1.h` and `nifti2.h` of the NIfTI Data Format Working Group. In
/// both, the quaternion is followed by the offset of the qform and the three rows of the sform.
enum NiftiLayout {
    /// 348 bytes: dimensions of 16 bits, numbers of 32.
    NIFTI_1("NIfTI-1", 348, 344, "n+1\0", 40, 70, 76, 108, 112, 123, 252, 256),
    /// 540 bytes: dimensions and numbers of 64 bits. Its magic bytes end in four that a transfer as text would change.
    NIFTI_2("NIfTI-2", 540, 4, "n+2\0\r\n\u001A\n", 16, 12, 104, 168, 176, 500, 344, 352);

    /// The longest header.
    static final int LONGEST = 540;

    final String title;
    final int size;
    final int datatype;
    private final String magic;
    private final int magicAt, dim, pixdim, offset, slope, units, codes, quatern;

    NiftiLayout(String title, int size, int magicAt, String magic, int dim, int datatype, int pixdim, int offset, int slope, int units,
            int codes, int quatern) {
        this.title = title;
        this.size = size;
        this.magicAt = magicAt;
        this.magic = magic;
        this.dim = dim;
        this.datatype = datatype;
        this.pixdim = pixdim;
        this.offset = offset;
        this.slope = slope;
        this.units = units;
        this.codes = codes;
        this.quatern = quatern;
    }

    private boolean wide() {
        return this == NIFTI_2;
    }

    /// The byte ranges of the fields that are kept when other values are written: the place of the voxels, and the picture's description.
    int[][] kept() {
        return wide()
                ? new int[][]{{dim, 80}, {pixdim, offset}, {240, 320}, {codes, 496}, {units, 504}, {524, 525}}
                : new int[][]{{38, 56}, {pixdim, offset}, {units, 124}, {148, 228}, {codes, 328}};
    }

    /// Whether the magic bytes are those of a file that holds header and voxels.
    boolean isSingle(ByteBuffer b) {
        return magic(b).equals(magic);
    }

    /// Whether the magic bytes are those of a header whose voxels are in another file.
    boolean isPair(ByteBuffer b) {
        return magic(b).equals(magic.replace('+', 'i'));
    }

    /// Whether the magic bytes are right, except those that a transfer as text would change.
    boolean isAlmost(ByteBuffer b) {
        return magic.startsWith(magic(b).substring(0, 4).replace('i', '+'));
    }

    private String magic(ByteBuffer b) {
        byte[] found = new byte[magic.length()];
        b.get(magicAt, found);
        return new String(found, ISO_8859_1);
    }

    void putMagic(ByteBuffer b) {
        b.put(magicAt, magic.getBytes(ISO_8859_1));
    }

    /// `dim[i]`: their number (0), voxels along the axes (1 to 3), frames (4).
    long dim(ByteBuffer b, int i) {
        return wide() ? b.getLong(dim + 8 * i) : b.getShort(dim + 2 * i);
    }

    void putDim(ByteBuffer b, int i, int n) {
        if (wide()) b.putLong(dim + 8 * i, n);
        else b.putShort(dim + 2 * i, (short) n);
    }

    /// The largest possible dimension.
    int longestDim() {
        return wide() ? Integer.MAX_VALUE : Short.MAX_VALUE;
    }

    /// `pixdim[i]`: the sign of the qform's third axis (0), voxel sizes (1 to 3).
    double pixdim(ByteBuffer b, int i) {
        return real(b, pixdim, i);
    }

    void putPixdim(ByteBuffer b, int i, double size) {
        putReal(b, pixdim, i, size);
    }

    double offset(ByteBuffer b) {
        return wide() ? (double) b.getLong(offset) : b.getFloat(offset);
    }

    void putOffset(ByteBuffer b, int at) {
        if (wide()) b.putLong(offset, at);
        else b.putFloat(offset, at);
    }

    double slope(ByteBuffer b) {
        return real(b, slope, 0);
    }

    void putSlope(ByteBuffer b, double value) {
        putReal(b, slope, 0, value);
    }

    double inter(ByteBuffer b) {
        return real(b, slope, 1);
    }

    int units(ByteBuffer b) {
        return wide() ? b.getInt(units) : b.get(units);
    }

    void putUnits(ByteBuffer b, int code) {
        if (wide()) b.putInt(units, code);
        else b.put(units, (byte) code);
    }

    int qformCode(ByteBuffer b) {
        return wide() ? b.getInt(codes) : b.getShort(codes);
    }

    int sformCode(ByteBuffer b) {
        return wide() ? b.getInt(codes + 4) : b.getShort(codes + 2);
    }

    void putSformCode(ByteBuffer b, int code) {
        if (wide()) b.putInt(codes + 4, code);
        else b.putShort(codes + 2, (short) code);
    }

    /// The quaternion's `b`, `c`, `d` (0 to 2) and the offset of the qform (3 to 5).
    double quatern(ByteBuffer b, int i) {
        return real(b, quatern, i);
    }

    /// The sform, row by row (0 to 11).
    double srow(ByteBuffer b, int i) {
        return real(b, quatern, 6 + i);
    }

    void putSrow(ByteBuffer b, int i, double value) {
        putReal(b, quatern, 6 + i, value);
    }

    private double real(ByteBuffer b, int at, int i) {
        return wide() ? b.getDouble(at + 8 * i) : b.getFloat(at + 4 * i);
    }

    private void putReal(ByteBuffer b, int at, int i, double value) {
        if (wide()) b.putDouble(at + 8 * i, value);
        else b.putFloat(at + 4 * i, (float) value);
    }

    @Override
    public String toString() {
        return title;
    }
}
