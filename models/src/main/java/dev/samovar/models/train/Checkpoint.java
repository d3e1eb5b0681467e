package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.optim.ReduceOnPlateau;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything that training needs to continue as if nothing had happened, in one sealed file: what learns under its own names, the optimizer's
/// moments under `adam.…`, numbers and the log as text. Random numbers need no state: each stream starts from the seed and the name of its purpose.
///
/// @param epoch the last finished one
/// @param steps of the optimizer
/// @param learningRate of the next step
/// @param plateau what the schedule remembers
/// @param best the loss of the best head so far
/// @param log the losses so far, as `log.csv` has them
/// @param timings the times so far, as `timings.csv` has them
/// @param basis the data that the run depends on
record Checkpoint(int epoch, int steps, double learningRate, ReduceOnPlateau.State plateau, double best, String log, String timings,
        Basis basis) {
    private static final String FORMAT = "samovar-checkpoint-2";

    /// Writes it, with the head and the optimizer's moments, over the previous one.
    void write(Path file, Params head, Optimizer adam) {
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("format", FORMAT);
        metadata.put("epoch", Integer.toString(epoch));
        metadata.put("steps", Integer.toString(steps));
        metadata.put("learningRate", Double.toString(learningRate));
        metadata.put("plateauBest", Double.toString(plateau.best()));
        metadata.put("plateauBad", Integer.toString(plateau.bad()));
        metadata.put("best", Double.toString(best));
        metadata.put("log", log);
        metadata.put("timings", timings);
        metadata.put("basis", basis.json().toString());
        List<Safetensors.Item> items = new ArrayList<>();
        head.all().forEach((name, t) -> items.add(Safetensors.Item.of(name, t.shape(), t::toArray)));
        items.addAll(Moments.items(adam.moments()));
        Safetensors.seal(file, metadata, items);
    }

    /// The contents of a file, except its tensors.
    ///
    /// @throws FormatException if it is not a checkpoint
    static Checkpoint of(Safetensors file) {
        Map<String, String> text = file.metadata();
        if (!FORMAT.equals(text.get("format")))
            throw new FormatException(file + ": it is not a checkpoint of this version (" + FORMAT + ")");
        try {
            return new Checkpoint(Integer.parseInt(of(text, "epoch")), Integer.parseInt(of(text, "steps")), Double.parseDouble(of(text,
                    "learningRate")), new ReduceOnPlateau.State(Double.parseDouble(of(text, "plateauBest")),
                            Integer.parseInt(of(text,
                                    "plateauBad"))),
                    Double.parseDouble(of(text, "best")), of(text, "log"), of(text, "timings"),
                    Basis.of(Json.parse(of(text, "basis"), file + ": its basis")));
        } catch (NumberFormatException e) {
            throw new FormatException(file + ": it is not a checkpoint: " + e.getMessage(), e);
        }
    }

    private static String of(Map<String, String> text, String key) {
        String value = text.get(key);
        if (value == null) throw new NumberFormatException("it does not tell its " + key);
        return value;
    }

    /// Puts a file's moments into an optimizer, for the step after the last one.
    ///
    /// @throws FormatException if they belong to other parameters
    void restore(Safetensors file, Optimizer adam) {
        adam.restore(steps, Moments.of(file, adam.moments()));
        adam.learningRate(learningRate);
    }
}
