package dev.samovar.convert;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.samovar.core.io.DType;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The types of numbers that PyTorch stores, by the names that a pickle has for them: of a storage, `torch.FloatStorage`, and of a tensor, `torch.float32`.
///
/// Those without a [#dtype] are not read here; a tensor of such a type is only listed.
enum TorchType {
    FLOAT32("Float", 4, DType.F32),
    FLOAT64("Double", 8, DType.F64),
    FLOAT16("Half", 2, DType.F16),
    BFLOAT16("BFloat16", 2,
            DType.BF16),
    INT64("Long", 8, DType.I64),
    INT32("Int", 4, DType.I32),
    INT16("Short", 2, DType.I16),
    INT8("Char", 1,
            DType.I8),
    UINT8("Byte", 1, DType.U8),
    BOOL("Bool", 1, DType.BOOL),
    UINT16("", 2, DType.U16),
    UINT32("", 4,
            DType.U32),
    UINT64("", 8, DType.U64),
    COMPLEX32("", 4, null),
    COMPLEX64("ComplexFloat", 8, null),
    COMPLEX128(
            "ComplexDouble", 16, null),
    QINT8("QInt8", 1, null),
    QUINT8("QUInt8", 1, null),
    QINT32("QInt32", 4,
            null),
    QUINT4X2("QUInt4x2", 1, null),
    QUINT2X4("QUInt2x4", 1, null),
    FLOAT8_E4M3FN("", 1,
            null),
    FLOAT8_E5M2("", 1, null),
    FLOAT8_E4M3FNUZ("", 1, null),
    FLOAT8_E5M2FNUZ("", 1,
            null),
    FLOAT8_E8M0FNU("", 1, null),
    FLOAT4_E2M1FN_X2("", 1, null),
    /// Of a storage that does not say what it holds; its tensors do.
    UNTYPED("Untyped", 1, null);

    private static final Map<String, TorchType> STORAGES = Stream.of(values()).filter(type -> !type.storage.isEmpty())
            .collect(toUnmodifiableMap(type -> "torch." + type.storage + "Storage", Function.identity()));
    private static final Map<String, TorchType> TYPES = Stream.of(values()).filter(type -> type != UNTYPED)
            .collect(toUnmodifiableMap(type -> "torch." + type, Function.identity()));

    private final String storage;
    /// Bytes of an element.
    final int bytes;
    /// How it is read; null if it is not.
    final @Nullable DType dtype;

    TorchType(String storage, int bytes, @Nullable DType dtype) {
        this.storage = storage;
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /// The type that a storage of this name holds, null if there is no such name.
    static @Nullable TorchType ofStorage(String python) {
        return python.equals("torch.storage.UntypedStorage") ? UNTYPED : STORAGES.get(python);
    }

    /// The type of this name, null if there is none.
    static @Nullable TorchType of(String python) {
        return TYPES.get(python);
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
