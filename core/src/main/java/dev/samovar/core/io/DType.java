package dev.samovar.core.io;

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

    /// Bytes per element.
    public int bytes() {
        return bytes;
    }
}
