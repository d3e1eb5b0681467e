package dev.samovar.models.sam;

import static dev.samovar.core.io.FormatException.shown;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Compares a checkpoint's tensors with those of a Segment Anything Model.
///
/// @param config the model's sizes, null if it is not a SAM
/// @param problem why it is not a SAM, empty if it is
/// @param missing tensors of such a model that the checkpoint does not have
/// @param unexpected tensors of the checkpoint that such a model does not have
/// @param misshapen tensors with another shape than in such a model, with both shapes
public record SamKeys(@Nullable SamConfig config, String problem, List<String> missing, List<String> unexpected, List<String> misshapen) {

    /// Compares.
    public static SamKeys of(TensorFile checkpoint) {
        SamConfig config;
        try {
            config = SamConfig.infer(checkpoint);
        } catch (FormatException e) {
            List<String> all = Stream.concat(checkpoint.entries().keySet().stream(), checkpoint.unread().keySet().stream()).toList();
            String problem = CheckpointFamily.of(all).map(family -> e.getMessage().replace(SamConfig.NOT_A_SAM, family.instead()))
                    .orElse(e.getMessage());
            return new SamKeys(null, problem, List.of(), List.of(), List.of());
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
        checkpoint.unread().keySet().stream().filter(name -> !expected.containsKey(name) && !config.ignores(name)).forEach(unexpected::add);
        return new SamKeys(config, "", List.copyOf(missing), List.copyOf(unexpected), List.copyOf(misshapen));
    }

    /// Whether nothing is missing, unexpected or misshapen.
    public boolean complete() {
        return config != null && missing.isEmpty() && unexpected.isEmpty() && misshapen.isEmpty();
    }

    /// The unexpected tensors that are within one of the model's networks, and so were trained together with it.
    public List<String> inside() {
        Stream<String> networks = config != null && config.hasDecoder()
                ? Stream.of("image_encoder.", "prompt_encoder.", "mask_decoder.")
                : Stream.of("image_encoder.");
        List<String> starts = networks.toList();
        return unexpected.stream().filter(name -> starts.stream().anyMatch(name::startsWith)).toList();
    }

    /// The sizes, if this is a SAM without other tensors within its networks.
    ///
    /// @param name the beginning of errors
    /// @throws FormatException otherwise
    SamConfig require(String name) {
        if (config == null) throw new FormatException(name + ": " + problem);
        List<String> inside = inside();
        if (inside.isEmpty()) return config;
        String family = CheckpointFamily.of(inside).map(CheckpointFamily::title).orElse("something else than a plain SAM");
        throw new FormatException(name + ": the checkpoint is " + family + ": " + (inside.size() == 1
                ? "a tensor within its networks has"
                : inside.size() + " tensors within its networks have") + " no place in a SAM, "
                + (inside.size() == 1
                        ? ""
                        : "the first of them ")
                + shown(inside.getFirst()) + "; without them it would compute something else than it was trained for"
                + " (--ignore-unknown-weights leaves them out)");
    }

    /// The model in a line.
    public String architecture() {
        if (config == null) return "unknown (" + problem + ")";
        return (config.hasDecoder() ? "SAM " : "image encoder of SAM ") + config.name() + ": " + config.encoder().describe() + ", image "
                + config.imageSize() + ", prompt width " + config.promptWidth()
                + (config.decoderHeads() == SamConfig.DECODER_HEADS ? "" : ", decoder heads " + config.decoderHeads());
    }
}
