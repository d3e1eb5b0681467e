package dev.samovar.core.io;

import dev.samovar.core.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Objects;
import java.util.SequencedMap;

/// Named tensors in a file, such as a checkpoint, whatever its format.
///
/// Contents are read only when asked for. A file stays open until it is closed.
public interface TensorFile extends AutoCloseable {

    /// What is known of a tensor without reading it: how its numbers are stored, and its shape.
    record Entry(DType dtype, Shape shape) {}

    /// Every tensor by name, in the file's order.
    SequencedMap<String, Entry> entries();

    /// The shape of a tensor.
    ///
    /// @throws IllegalArgumentException if there is no such tensor
    default Shape shape(String name) {
        Entry entry = entries().get(name);
        if (entry == null) throw new IllegalArgumentException("there is no tensor \"" + name + "\"");
        return entry.shape();
    }

    /// Tensors that are in the file but cannot be read, by name, with the reason as the second half of a sentence. They have no [entry][#entries()].
    default SequencedMap<String, String> unread() {
        return Collections.emptyNavigableMap();
    }

    /// Why there is no entry of this name, as the rest of a sentence that begins with the file.
    default String lacks(String name) {
        String why = unread().get(name);
        return why == null
                ? "has no tensor " + FormatException.shown(name)
                : "its tensor " + FormatException.shown(name) + " is needed, but " + why;
    }

    /// Free text by key, empty if the format has none.
    SequencedMap<String, String> metadata();

    /// The elements of a tensor, row-major, widened or rounded to `float`.
    ///
    /// @throws IllegalArgumentException if there is no such tensor
    default float[] floats(String name) {
        ByteBuffer stored = bytes(name);
        Entry entry = Objects.requireNonNull(entries().get(name));
        float[] values = entry.dtype().floats(stored);
        MemorySegment mapped = MemorySegment.ofBuffer(stored);
        if (mapped.isMapped()) mapped.unload();                                    // else a large file takes memory twice: as a file, and as the numbers made from it
        return values;
    }

    /// The elements of a tensor for a network to compute with: [#floats], after a check that they are no codes of a quantized network, and finite.
    ///
    /// @throws FormatException if they are whole numbers, or one is not finite, naming the tensor
    /// @throws IllegalArgumentException if there is no such tensor
    default float[] weights(String name) {
        float[] values = floats(name);
        DType type = Objects.requireNonNull(entries().get(name)).dtype();
        if (!type.isFloating())
            throw new FormatException(this + ": the tensor " + FormatException.shown(name) + " holds whole numbers (" + type
                    + "), as that of a quantized network; save the checkpoint with floating-point weights");
        for (int i = 0; i < values.length; i++)
            if (!Float.isFinite(values[i]))
                throw new FormatException(this + ": the tensor " + FormatException.shown(name) + " holds " + values[i] + " (its element "
                        + i
                        + "), with which nothing can be computed; fetch or save the checkpoint again");
        return values;
    }

    /// The bytes of a tensor as they are stored, row-major and little-endian.
    ///
    /// @throws IllegalArgumentException if there is no such tensor
    ByteBuffer bytes(String name);

    @Override
    void close();
}
