package dev.samovar.core.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How a file stores a number. Names are those of the safetensors format.
public enum DType {
    /// One byte, 0 or 1.
    BOOL(1),
    /// Unsigned byte.
    U8(1),
    /// Signed byte.
    I8(1),
    /// Unsigned 16-bit integer.
    U16(2),
    /// Signed 16-bit integer.
    I16(2),
    /// Unsigned 32-bit integer.
    U32(4),
    /// Signed 32-bit integer.
    I32(4),
    /// Unsigned 64-bit integer.
    U64(8),
    /// Signed 64-bit integer.
    I64(8),
    /// IEEE half precision.
    F16(2),
    /// The upper half of a `float`.
    BF16(2),
    /// IEEE single precision.
    F32(4),
    /// IEEE double precision.
    F64(8);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// Whether it is not one of whole numbers.
    public boolean isFloating() {
        return this == F16 || this == BF16 || this == F32 || this == F64;
    }

    /// Bytes per element.
    public int bytes() {
        return bytes;
    }

    /// The numbers in the rest of a buffer, one for every [#bytes()] bytes, widened or rounded to `float`. The buffer's position does not change.
    public float[] floats(ByteBuffer stored) {
        ByteBuffer in = stored.slice().order(ByteOrder.LITTLE_ENDIAN);
        float[] out = new float[in.remaining() / bytes];
        switch (this) {
            case BOOL -> { for (int i = 0; i < out.length; i++) out[i] = in.get(i) == 0 ? 0 : 1; }
            case U8 -> { for (int i = 0; i < out.length; i++) out[i] = Byte.toUnsignedInt(in.get(i)); }
            case I8 -> { for (int i = 0; i < out.length; i++) out[i] = in.get(i); }
            case U16 -> { for (int i = 0; i < out.length; i++) out[i] = Short.toUnsignedInt(in.getShort(2 * i)); }
            case I16 -> { for (int i = 0; i < out.length; i++) out[i] = in.getShort(2 * i); }
            case U32 -> { for (int i = 0; i < out.length; i++) out[i] = Integer.toUnsignedLong(in.getInt(4 * i)); }
            case I32 -> { for (int i = 0; i < out.length; i++) out[i] = in.getInt(4 * i); }
            case U64 -> { for (int i = 0; i < out.length; i++) out[i] = unsigned(in.getLong(8 * i)); }
            case I64 -> { for (int i = 0; i < out.length; i++) out[i] = in.getLong(8 * i); }
            case F16 -> { for (int i = 0; i < out.length; i++) out[i] = Float.float16ToFloat(in.getShort(2 * i)); }
            case BF16 -> { for (int i = 0; i < out.length; i++) out[i] = Float.intBitsToFloat(in.getShort(2 * i) << 16); }
            case F32 -> in.asFloatBuffer().get(out);
            case F64 -> { for (int i = 0; i < out.length; i++) out[i] = (float) in.getDouble(8 * i); }
        }
        return out;
    }

    /// An unsigned 64-bit number as a float. It is halved, with the lost bit kept as a sticky bit, so that it is rounded as the whole number would
    /// be.
    private static float unsigned(long bits) {
        return bits >= 0 ? bits : 2 * (float) (bits >>> 1 | (bits & 1));
    }
}
