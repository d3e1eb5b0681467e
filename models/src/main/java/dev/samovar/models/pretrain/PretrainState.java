package dev.samovar.models.pretrain;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.models.train.Moments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Everything that pretraining needs to continue as if nothing had happened, in one sealed file: the network, the optimizer's moments, and the log.
/// Random numbers need no state: each stream starts from the seed and the name of its purpose.
///
/// @param step the last finished step
/// @param log as `log.csv` has it
/// @param timings as `timings.csv` has them
record PretrainState(int step, String log, String timings) {
    private static final String FORMAT = "samovar-pretrain-checkpoint-1";

    void write(Path file, Params params, LayerRates optimizer) {
        List<Safetensors.Item> items = new ArrayList<>();
        params.all().forEach((name, t) -> items.add(Safetensors.Item.of(name, t.shape(), t::toArray)));
        items.addAll(Moments.items(optimizer.moments()));
        Safetensors.seal(file, Map.of("format", FORMAT, "step", Integer.toString(step), "log", log, "timings", timings), items);
    }

    /// The contents of a file, except its tensors.
    ///
    /// @throws FormatException if it is not a checkpoint of pretraining
    static PretrainState of(TensorFile file) {
        Map<String, String> text = file.metadata();
        String step = text.getOrDefault("step", "");
        if (!FORMAT.equals(text.get("format")) || !step.matches("\\d{1,9}"))
            throw new FormatException(file + ": it is not a checkpoint of this version (" + FORMAT + ")");
        return new PretrainState(Integer.parseInt(step), text.getOrDefault("log", ""), text.getOrDefault("timings", ""));
    }
}
