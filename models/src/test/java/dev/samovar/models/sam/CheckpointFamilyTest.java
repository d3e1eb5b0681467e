package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointFamilyTest {

    @ParameterizedTest
    @CsvSource({"SAM_HQ, mask_decoder.hf_token.weight", "SAM_HQ, mask_decoder.hq_mask_mlp.proj_in.weight",
        "SAM_2, image_encoder.trunk.pos_embed", "SAM_2, memory_attention.layers.0.norm1.weight",
        "SAM_2, vision_encoder.backbone.pos_embed",
        "SAM_3, detector.backbone.language_backbone.encoder.ln_final.weight", "SAM_3, detr_encoder.layers.0.mlp.fc1.weight",
        "MOBILE_SAM, image_encoder.patch_embed.seq.0.c.weight", "EFFICIENT_SAM, prompt_encoder.invalid_points.weight",
        "EFFICIENT_SAM, mask_decoder.transformer.layers.0.mlp.fc.weight",
        "EFFICIENTVIT_SAM, image_encoder.backbone.input_stem.op_list.0.conv.weight",
        "ADAPTERS, image_encoder.blocks.0.MLP_Adapter.D_fc1.weight", "ADAPTERS, image_encoder.prompt_generator.shared_mlp.weight",
        "LORA, image_encoder.blocks.0.attn.qkv.lora_A.default.weight", "LORA, w_a_000", "TIMM, blocks.0.mlp.fc1.weight"})
    void aFamilyIsToldByItsTensors(CheckpointFamily family, String tensor) {
        assertEquals(Optional.of(family), CheckpointFamily.of(List.of("mask_decoder.iou_token.weight", tensor)));
    }

    @Test
    void aPlainSamIsOfNone() {
        assertEquals(Optional.empty(), CheckpointFamily.of(SamConfig.vitB().tensors().keySet()));
    }
}
