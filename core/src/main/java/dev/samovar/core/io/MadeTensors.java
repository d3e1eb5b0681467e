package dev.samovar.core.io;

import dev.samovar.core.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/// Tensors without a file: their numbers are computed each time they are asked for.
public final class MadeTensors implements TensorFile {
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final Function<String, float[]> values;

    /// Tensors of these shapes, in single precision.
    ///
    /// @param values the numbers of a tensor, by its name
    public MadeTensors(Map<String, Shape> shapes, Function<String, float[]> values) {
        shapes.forEach((name, shape) -> entries.put(name, new Entry(DType.F32, shape)));
        this.values = values;
    }

    @Override
    public SequencedMap<String, Entry> entries() {
        return entries;
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return Collections.emptyNavigableMap();
    }

    @Override
    public float[] floats(String name) {
        return values.apply(name);
    }

    @Override
    public ByteBuffer bytes(String name) {
        float[] made = floats(name);
        ByteBuffer bytes = ByteBuffer.allocate(made.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(made);
        return bytes;
    }

    @Override
    public void close() {}
}
