package dev.samovar.models.pretrain;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.train.RunFolder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Everything that determines the results of pretraining: the contents of `pretrain.json`.
///
/// @param sam the network's sizes; its encoder is SAM's own
/// @param recipe how it learns
/// @param sources what it learns from
/// @param every the number of steps from one line of the log, and one checkpoint, to the next
/// @param kernels the kernels that compute; other kernels give other last bits
public record PretrainConfig(SamConfig sam, Recipe recipe, Sources sources, int every, String kernels) {
    private static final String FORMAT = "samovar-pretrain-1";

    /// Checks the sizes.
    ///
    /// @throws FormatException if one is out of range
    public PretrainConfig {
        VitConfig vit = sam.vit();
        if (vit.patch() % 4 != 0 || vit.imageSize() % vit.patch() != 0)
            throw new FormatException("patches of " + vit.patch() + " in a picture of " + vit.imageSize()
                    + " pixels: a patch has 4, 8, 12 … pixels and divides the side, as a mask has four cells to a patch");
        if (vit.width() % vit.heads() != 0)
            throw new FormatException(vit.width() + " channels do not divide into " + vit.heads() + " heads");
        if (sam.promptWidth() % 16 != 0)
            throw new FormatException("an embedding of " + sam.promptWidth() + " channels: the decoder needs a multiple of 16");
        try {
            sam.tensors();
        } catch (ShapeException e) {
            throw new FormatException("a network of these sizes is impossible, choose smaller ones: " + e.getMessage(), e);
        }
        if (every < 1) throw new FormatException("the interval between checkpoints is 1 step or more, not " + every);
    }

    /// The mini model's sizes: 160 pixels in patches of 8, six blocks of 128 channels, an embedding of 128, 2.2 million parameters.
    public static SamConfig mini() {
        return new SamConfig(new VitConfig(128, 6, 4, 10, List.of(2, 5), 160, 8, 512), 128, 512, 128);
    }

    /// As JSON.
    public Json json() {
        VitConfig vit = sam.vit();
        Json sizes = Json.object().with("width", vit.width()).with("depth", vit.depth()).with("heads", vit.heads()).with("window", vit.window())
                .with("globalBlocks", vit.globalBlocks()).with("side", vit.imageSize()).with("patch", vit.patch()).with("mlp", vit.mlp())
                .with("embedding", sam.promptWidth()).with("decoderMlp", sam.decoderMlp()).with("iouHidden", sam.iouHidden())
                .with("decoderHeads", sam.decoderHeads());
        return Json.object().with("format", FORMAT).with("sam", sizes).with("recipe", recipe.json()).with("sources", sources.json())
                .with("every", every).with("kernels", kernels);
    }

    static PretrainConfig of(Json json, Path file) {
        RunFolder.requireFormat(json, file, FORMAT, "a pretraining");
        Json s = json.at("sam");
        try {
            VitConfig vit = new VitConfig(s.at("width").integer(), s.at("depth").integer(), s.at("heads").integer(), s.at("window").integer(),
                    Arrays.stream(s.at("globalBlocks").integers()).boxed().toList(), s.at("side").integer(), s.at("patch").integer(),
                    s.at("mlp").integer());
            int decoderHeads = s.has("decoderHeads") ? s.at("decoderHeads").integer() : SamConfig.DECODER_HEADS;
            SamConfig sam = new SamConfig(vit, s.at("embedding").integer(), s.at("decoderMlp").integer(), s.at("iouHidden").integer(), decoderHeads);
            return new PretrainConfig(sam, Recipe.of(json.at("recipe")), Sources.of(json.at("sources")), json.at("every").integer(),
                    json.at("kernels").string());
        } catch (InvalidPathException e) {
            throw new FormatException(file + ": it holds the impossible path " + FormatException.shown(e.getInput()), e);
        }
    }
}
