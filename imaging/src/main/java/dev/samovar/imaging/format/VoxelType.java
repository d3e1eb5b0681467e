package dev.samovar.imaging.format;

import java.nio.ByteBuffer;
import java.util.Locale;

/// How a file stores one number of a voxel: its code in a NIfTI header, its size in bytes, and how to read it.
enum VoxelType {
    UINT8(2, 1),
    INT8(256, 1),
    INT16(4, 2),
    UINT16(512, 2),
    INT32(8, 4),
    UINT32(768, 4),
    INT64(1024, 8),
    UINT64(1280, 8),
    FLOAT32(16, 4),
    FLOAT64(64, 8);

    final short code;
    final int bytes;

    VoxelType(int code, int bytes) {
        this.code = (short) code;
        this.bytes = bytes;
    }

    boolean isFloating() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /// Reads `n` numbers, the first at byte `at` and each `step` bytes after the one before, as `stored · slope + inter`, into `to` from `first` on: in
    /// `double`, rounded once at the end. One loop for each type, so that the compiler can make it fast.
    void decode(ByteBuffer b, int at, int step, int n, double slope, double inter, float[] to, int first) {
        switch (this) {
            case UINT8 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) ((b.get(at + i * step) & 0xFF) * slope + inter);
            }
            case INT8 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.get(at + i * step) * slope + inter);
            }
            case INT16 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.getShort(at + i * step) * slope + inter);
            }
            case UINT16 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.getChar(at + i * step) * slope + inter);
            }
            case INT32 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.getInt(at + i * step) * slope + inter);
            }
            case UINT32 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) ((b.getInt(at + i * step) & 0xFFFF_FFFFL) * slope + inter);
            }
            case INT64 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.getLong(at + i * step) * slope + inter);
            }
            case UINT64 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (unsigned(b.getLong(at + i * step)) * slope + inter);
            }
            case FLOAT32 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.getFloat(at + i * step) * slope + inter);
            }
            case FLOAT64 -> {
                for (int i = 0; i < n; i++) to[first + i] = (float) (b.getDouble(at + i * step) * slope + inter);
            }
        }
    }

    private static double unsigned(long v) {
        return v >= 0 ? v : ((v >>> 1) | (v & 1)) * 2.0;                // the lowest bit stays sticky: rounded once
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
