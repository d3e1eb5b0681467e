package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// An optimizer's memory of every parameter, which a checkpoint holds under `adam.…`.
public final class Moments {
    private static final String PREFIX = "adam.";

    private Moments() {}

    /// The items to write, with the optimizer's names.
    public static List<Safetensors.Item> items(Map<String, Tensor> moments) {
        return moments.entrySet().stream().map(m -> Safetensors.Item.of(PREFIX + m.getKey(), m.getValue().shape(), m.getValue()::toArray)).toList();
    }

    /// The moments in a checkpoint.
    ///
    /// @param wanted those that the optimizer needs
    /// @throws FormatException if one is missing, or of another shape
    public static Map<String, float[]> of(TensorFile file, Map<String, Tensor> wanted) {
        Map<String, float[]> moments = new HashMap<>();
        wanted.forEach((name, t) -> {
            var entry = file.entries().get(PREFIX + name);
            if (entry == null || !entry.shape().equals(t.shape()))
                throw new FormatException(file + ": it has no moments " + name + " " + t.shape());
            moments.put(name, file.floats(PREFIX + name));
        });
        return moments;
    }
}
