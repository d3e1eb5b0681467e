package dev.samovar.convert;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// How well a checkpoint's tensors are those of a Segment Anything Model.
///
/// @param config the model's sizes, null if it is of no SAM
/// @param problem why it is of none, empty if it is
/// @param missing the tensors that such a model has and the checkpoint has not
/// @param unexpected the tensors that such a model has not
/// @param misshapen the tensors that have another shape than in such a model, with both
public record SamKeys(@Nullable SamConfig config, String problem, List<String> missing, List<String> unexpected, List<String> misshapen) {

    /// Compares.
    public static SamKeys of(TensorFile checkpoint) {
        SamConfig config;
        try {
            config = SamConfig.infer(checkpoint);
        } catch (FormatException e) {
            return new SamKeys(null, e.getMessage(), List.of(), List.of(), List.of());
        }
        SequencedMap<String, Shape> expected = config.tensors();
        List<String> missing = new ArrayList<>(expected.keySet()), unexpected = new ArrayList<>(), misshapen = new ArrayList<>();
        missing.removeAll(checkpoint.entries().keySet());
        checkpoint.entries().forEach((name, entry) -> {
            Shape shape = expected.get(name);
            if (shape == null && config.ignores(name)) return;
            if (shape == null) unexpected.add(name);
            else if (!shape.equals(entry.shape())) misshapen.add(name + " is " + entry.shape() + ", should be " + shape);
        });
        return new SamKeys(config, "", List.copyOf(missing), List.copyOf(unexpected), List.copyOf(misshapen));
    }

    /// Whether nothing is missing, unexpected or misshapen.
    public boolean complete() {
        return config != null && missing.isEmpty() && unexpected.isEmpty() && misshapen.isEmpty();
    }

    /// The model in a line.
    public String architecture() {
        if (config == null) return "unknown (" + problem + ")";
        return "SAM " + config.name() + ": " + config.encoder().describe() + ", image " + config.imageSize() + ", prompt width " + config
                .promptWidth();
    }

    /// A line for the architecture, and one for each kind of deviation.
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("architecture  ").append(architecture()).append('\n');
        if (config == null) return out.toString();
        line(out, "missing", missing);
        line(out, "unexpected", unexpected);
        if (!misshapen.isEmpty()) line(out, "misshapen", misshapen);
        return out.toString();
    }

    static void line(StringBuilder out, String label, List<String> names) {
        out.append(String.format("%-14s", label)).append(names.isEmpty() ? "none" : names.size() + ": " + plain(String.join(", ", names)))
                .append(
                        '\n');
    }

    /// A name out of a file as a terminal may show it.
    static String plain(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
