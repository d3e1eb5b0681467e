package dev.samovar.convert;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What the files beside a checkpoint tell about it: `config.json` of Hugging Face's transformers, and `adapter_config.json` of peft. Both are optional.
///
/// @param folder their folder
/// @param scale the factor of low-rank updates, if the user gave one
record Settings(Path folder, @Nullable Double scale) {
    /// The factor of low-rank updates: the user's; else `lora_alpha / r`, or `lora_alpha / √r` with `use_rslora`, of peft; else 1.
    double loraScale() {
        if (scale != null) return scale;
        Json peft = json("adapter_config.json");
        if (peft == null || !peft.has("lora_alpha") || !peft.has("r")) return 1;
        for (String each : List.of("rank_pattern", "alpha_pattern"))
            if (peft.has(each) && peft.at(each).isObject() && !peft.at(each).keys().isEmpty())
                throw new FormatException(folder.resolve("adapter_config.json") + ": with " + each
                        + ", low-rank updates have factors of their own, which are not read; merge them by peft's merge_and_unload, and save the model");
        double rank = peft.at("r").number(), alpha = peft.at("lora_alpha").number();
        double factor = alpha / (peft.has("use_rslora") && peft.at("use_rslora").truth() ? Math.sqrt(rank) : rank);
        if (Double.isFinite(factor)) return factor;
        throw new FormatException(folder.resolve("adapter_config.json") + ": lora_alpha " + alpha + " and r " + rank
                + " make no factor of low-rank updates");
    }

    /// The factor of low-rank updates, and its origin.
    String loraScaleInWords() {
        double factor = loraScale();
        if (scale != null) return Double.toString(factor);
        return json("adapter_config.json") == null
                ? factor + ", for nothing beside the file tells another factor"
                : factor + ", as adapter_config.json tells";
    }

    private @Nullable Json json(String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? Json.read(file) : null;
    }

    /// Compares the shapes of a `SamModel` with `config.json`, and takes from it the settings that no shape shows.
    ///
    /// @param entries the tensors by their official names
    /// @param metadata receives the number of the decoder's attention heads
    /// @throws FormatException naming the setting that contradicts a shape, or that is not computed here
    void apply(Map<String, TensorFile.Entry> entries, Map<String, String> metadata) {
        Json config = json("config.json");
        if (config == null || (config.has("model_type") && !config.at("model_type").string().startsWith("sam"))) return;
        Check check = new Check(folder.resolve("config.json"), entries);
        Json vision = check.part(config, "vision_config"), prompts = check.part(config, "prompt_encoder_config"),
                decoder = check.part(config, "mask_decoder_config");
        check.vision(vision);
        check.prompts(prompts);
        check.decoder(decoder);
        if (decoder.has("num_attention_heads"))
            metadata.put(SamConfig.DECODER_HEADS_KEY, Integer.toString(decoder.at("num_attention_heads").integer()));
    }

    private record Check(Path file, Map<String, TensorFile.Entry> entries) {
        Json part(Json config, String name) {
            return config.has(name) ? config.at(name) : Json.object();
        }

        void vision(Json vision) {
            size(vision, "hidden_size", "image_encoder.patch_embed.proj.weight", 0);
            size(vision, "patch_size", "image_encoder.patch_embed.proj.weight", 2);
            size(vision, "num_channels", "image_encoder.patch_embed.proj.weight", 1);
            size(vision, "output_channels", "image_encoder.neck.0.weight", 0);
            size(vision, "mlp_dim", "image_encoder.blocks.0.mlp.lin1.weight", 0);
            is(vision, "hidden_act", "gelu");
            is(vision, "layer_norm_eps", 1e-6);
            is(vision, "qkv_bias", true);
            is(vision, "use_abs_pos", true);
            is(vision, "use_rel_pos", true);
            long blocks = entries.keySet().stream().filter(name -> name.matches("image_encoder\\.blocks\\.\\d+\\.attn\\.qkv\\.weight")).count();
            same(vision, "num_hidden_layers", blocks);
            Shape proj = shape("image_encoder.patch_embed.proj.weight"), position = shape("image_encoder.pos_embed");
            if (proj != null && proj.rank() == 4 && position != null && position.rank() == 4)
                same(vision, "image_size", (long) position.dim(1) * proj.dim(2));
            Shape relative = shape("image_encoder.blocks.0.attn.rel_pos_h");
            if (proj != null && relative != null && relative.rank() == 2 && relative.dim(1) > 0)
                same(vision, "num_attention_heads", proj.dim(0) / relative.dim(1));
            windows(vision, (int) blocks, position);
        }

        /// Checks the windows: a block whose table has fewer distances than the whole picture is not global.
        private void windows(Json vision, int blocks, @Nullable Shape position) {
            if (position == null || position.rank() != 4) return;
            int whole = 2 * position.dim(1) - 1;
            int[] reach = IntStream.range(0, blocks).map(i -> {
                Shape shape = shape("image_encoder.blocks." + i + ".attn.rel_pos_h");
                return shape == null ? whole : shape.dim(0);
            }).toArray();
            int window = IntStream.of(reach).filter(r -> r != whole).map(r -> (r + 1) / 2).findFirst().orElse(0);
            if (window > 0) same(vision, "window_size", window);
            if (window == 0 || !vision.has("global_attn_indexes")) return;
            List<Integer> told = vision.at("global_attn_indexes").list().stream().map(Json::integer).sorted().toList();
            List<Integer> found = IntStream.range(0, blocks).filter(i -> reach[i] == whole).boxed().toList();
            if (!told.equals(found)) throw wrong("global_attn_indexes", told.toString(), "the tensors' shapes tell " + found);
        }

        void prompts(Json prompts) {
            size(prompts, "hidden_size", "prompt_encoder.no_mask_embed.weight", 1);
            size(prompts, "mask_input_channels", "prompt_encoder.mask_downscaling.3.weight", 0);
            is(prompts, "hidden_act", "gelu");
            is(prompts, "layer_norm_eps", 1e-6);
            is(prompts, "num_point_embeddings", 4);
        }

        void decoder(Json decoder) {
            size(decoder, "hidden_size", "mask_decoder.iou_token.weight", 1);
            size(decoder, "mlp_dim", "mask_decoder.transformer.layers.0.mlp.lin1.weight", 0);
            size(decoder, "iou_head_hidden_dim", "mask_decoder.iou_prediction_head.layers.0.weight", 0);
            is(decoder, "hidden_act", "relu");
            is(decoder, "attention_downsample_rate", SamConfig.DECODER_NARROWING);
            is(decoder, "num_hidden_layers", SamConfig.DECODER_DEPTH);
            is(decoder, "num_multimask_outputs", SamConfig.MASK_TOKENS - 1);
            is(decoder, "iou_head_depth", 3);
        }

        private @Nullable Shape shape(String tensor) {
            TensorFile.Entry entry = entries.get(tensor);
            return entry == null ? null : entry.shape();
        }

        private void size(Json part, String key, String tensor, int axis) {
            Shape shape = shape(tensor);
            if (shape != null && axis < shape.rank()) same(part, key, shape.dim(axis));
        }

        private void same(Json part, String key, long found) {
            if (part.has(key) && part.at(key).number() != found)
                throw wrong(key, part.at(key).toString(), "the tensors' shapes tell " + found);
        }

        private void is(Json part, String key, Object wanted) {
            if (!part.has(key)) return;
            Json told = part.at(key);
            boolean same = switch (wanted) {
                case Boolean truth -> told.truth() == truth;
                case Number number -> told.number() == number.doubleValue();
                default -> told.string().equals(wanted);
            };
            if (!same) throw wrong(key, told.toString(), "only " + wanted + " is computed here");
        }

        private FormatException wrong(String key, String told, String instead) {
            return new FormatException(file + ": " + key + " is " + told + ", but " + instead);
        }
    }
}
