package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.util.Locale;

/// How a NIfTI file stores one voxel: its code in the header, its size in bytes, and how to read it.
enum VoxelType {
    UINT8(2, 1), INT8(256, 1), INT16(4, 2), UINT16(512, 2), INT32(8, 4), UINT32(768, 4), INT64(1024, 8), UINT64(1280, 8), FLOAT32(16,
            4), FLOAT64(64, 8);

    final short code;
    final int bytes;

    VoxelType(int code, int bytes) {
        this.code = (short) code;
        this.bytes = bytes;
    }

    /// Reads `n` voxels from the start of `from`, as `stored · slope + inter`, into `to` at `at`: in `double`, rounded once at the end.
    void decode(ByteBuffer from, int n, double slope, double inter, float[] to, int at) {
        for (int i = 0; i < n; i++) to[at + i] = (float) (stored(from, i * bytes) * slope + inter);
    }

    private double stored(ByteBuffer b, int at) {
        return switch (this) {
            case UINT8 -> b.get(at) & 0xFF;
            case INT8 -> b.get(at);
            case INT16 -> b.getShort(at);
            case UINT16 -> b.getChar(at);
            case INT32 -> b.getInt(at);
            case UINT32 -> b.getInt(at) & 0xFFFF_FFFFL;
            case INT64 -> b.getLong(at);
            case UINT64 -> unsigned(b.getLong(at));
            case FLOAT32 -> b.getFloat(at);
            case FLOAT64 -> b.getDouble(at);
        };
    }

    /// The type with this code.
    ///
    /// @throws FormatException if there is none, or its voxels are not single numbers
    static VoxelType of(int code) {
        for (VoxelType type : values()) if (type.code == code) return type;
        String name = switch (code) {
            case 1 -> "1-bit voxels";
            case 32 -> "complex64 voxels";
            case 128 -> "RGB24 voxels";
            case 1536 -> "float128 voxels";
            case 1792 -> "complex128 voxels";
            case 2048 -> "complex256 voxels";
            case 2304 -> "RGBA32 voxels";
            default -> "voxels of the unknown type " + code;
        };
        throw new FormatException("it holds " + name + ", and only 8- to 64-bit integers, float32 and float64 are read");
    }

    private static double unsigned(long v) {
        return v >= 0 ? v : ((v >>> 1) | (v & 1)) * 2.0;                // the lowest bit stays sticky: rounded once
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
