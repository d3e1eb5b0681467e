package dev.samovar.convert;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the tensors of a `SamModel` of Hugging Face's library transformers are called in the official checkpoints. Their shapes and numbers are the same.
///
/// | `SamModel` | official |
/// |---|---|
/// | `vision_encoder.pos_embed` | `image_encoder.pos_embed` |
/// | `vision_encoder.patch_embed.projection.*` | `image_encoder.patch_embed.proj.*` |
/// | `vision_encoder.layers.N.layer_normM.*` | `image_encoder.blocks.N.normM.*` |
/// | `vision_encoder.layers.N.attn.*`, `.mlp.*` | `image_encoder.blocks.N.attn.*`, `.mlp.*` |
/// | `vision_encoder.neck.conv1.*`, `layer_norm1`, `conv2`, `layer_norm2` | `image_encoder.neck.0.*`, `1`, `2`, `3` |
/// | `shared_image_embedding.positional_embedding` | `prompt_encoder.pe_layer.positional_encoding_gaussian_matrix` |
/// | `prompt_encoder.shared_embedding.positional_embedding` | the same once more; either may be absent |
/// | `prompt_encoder.point_embed.N.weight` | `prompt_encoder.point_embeddings.N.weight` |
/// | `prompt_encoder.mask_embed.conv1.*`, `layer_norm1`, `conv2`, `layer_norm2`, `conv3` | `prompt_encoder.mask_downscaling.0.*`, `1`, `3`, `4`, `6` |
/// | `mask_decoder.transformer.layers.N.layer_normM.*` | `mask_decoder.transformer.layers.N.normM.*` |
/// | `mask_decoder.transformer.layer_norm_final_attn.*` | `mask_decoder.transformer.norm_final_attn.*` |
/// | `mask_decoder.upscale_conv1.*`, `upscale_layer_norm`, `upscale_conv2` | `mask_decoder.output_upscaling.0.*`, `1`, `3` |
/// | `mask_decoder.output_hypernetworks_mlps.N.proj_in.*`, `layers.0`, `proj_out` | `mask_decoder.output_hypernetworks_mlps.N.layers.0.*`, `1`, `2` |
/// | `mask_decoder.iou_prediction_head.proj_in.*`, `layers.0`, `proj_out` | `mask_decoder.iou_prediction_head.layers.0.*`, `1`, `2` |
/// | `prompt_encoder.not_a_point_embed`, `no_mask_embed`, all else of `mask_decoder` | the same |
///
/// Source: src/transformers/models/sam/convert_sam_to_hf.py @ 95c32a6 and modeling_sam.py @ 31d8948 (huggingface/transformers).
public final class HuggingFaceNames {
    /// A tensor that every SAM has, under its name there, by which such a checkpoint is recognised.
    static final String PATCHES = "vision_encoder.patch_embed.projection.weight";

    private static final List<Rule> RULES = List.of(
            rule("vision_encoder.patch_embed.projection", "image_encoder.patch_embed.proj"),
            rule("vision_encoder.layers.#.layer_norm#", "image_encoder.blocks.$1.norm$2"),
            rule("vision_encoder.layers", "image_encoder.blocks"),
            rule("vision_encoder.neck.conv1", "image_encoder.neck.0"),
            rule("vision_encoder.neck.layer_norm1", "image_encoder.neck.1"),
            rule("vision_encoder.neck.conv2", "image_encoder.neck.2"),
            rule("vision_encoder.neck.layer_norm2", "image_encoder.neck.3"),
            rule("vision_encoder", "image_encoder"),
            rule("shared_image_embedding.positional_embedding", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
            rule("prompt_encoder.shared_embedding.positional_embedding", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
            rule("prompt_encoder.point_embed.#", "prompt_encoder.point_embeddings.$1"),
            rule("prompt_encoder.mask_embed.conv1", "prompt_encoder.mask_downscaling.0"),
            rule("prompt_encoder.mask_embed.layer_norm1", "prompt_encoder.mask_downscaling.1"),
            rule("prompt_encoder.mask_embed.conv2", "prompt_encoder.mask_downscaling.3"),
            rule("prompt_encoder.mask_embed.layer_norm2", "prompt_encoder.mask_downscaling.4"),
            rule("prompt_encoder.mask_embed.conv3", "prompt_encoder.mask_downscaling.6"),
            rule("mask_decoder.transformer.layers.#.layer_norm#", "mask_decoder.transformer.layers.$1.norm$2"),
            rule("mask_decoder.transformer.layer_norm_final_attn", "mask_decoder.transformer.norm_final_attn"),
            rule("mask_decoder.upscale_conv1", "mask_decoder.output_upscaling.0"),
            rule("mask_decoder.upscale_layer_norm", "mask_decoder.output_upscaling.1"),
            rule("mask_decoder.upscale_conv2", "mask_decoder.output_upscaling.3"),
            rule("mask_decoder.output_hypernetworks_mlps.#.proj_in", "mask_decoder.output_hypernetworks_mlps.$1.layers.0"),
            rule("mask_decoder.output_hypernetworks_mlps.#.layers.0", "mask_decoder.output_hypernetworks_mlps.$1.layers.1"),
            rule("mask_decoder.output_hypernetworks_mlps.#.proj_out", "mask_decoder.output_hypernetworks_mlps.$1.layers.2"),
            rule("mask_decoder.iou_prediction_head.proj_in", "mask_decoder.iou_prediction_head.layers.0"),
            rule("mask_decoder.iou_prediction_head.layers.0", "mask_decoder.iou_prediction_head.layers.1"),
            rule("mask_decoder.iou_prediction_head.proj_out", "mask_decoder.iou_prediction_head.layers.2"));

    /// The beginning that replaces this one in a name.
    private record Rule(Pattern from, String to) {}

    private HuggingFaceNames() {}

    /// In a rule `#` is a number, and what it ends with ends a part of the name.
    private static Rule rule(String from, String to) {
        return new Rule(Pattern.compile(from.replace(".", "\\.").replace("#", "(\\d+)") + "(?=\\.|$)"), to);
    }

    /// The official name of a tensor. A name that `SamModel` does not have, or that is the same there, is unchanged.
    public static String official(String name) {
        for (Rule rule : RULES) {
            Matcher matcher = rule.from.matcher(name);
            if (matcher.lookingAt()) return matcher.replaceFirst(rule.to);
        }
        return name;
    }
}
