package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Resources;
import dev.samovar.models.sam.SamConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceNamesTest {
    private static final String TWIN = "prompt_encoder.shared_embedding.positional_embedding";
    private static final String POSITIONS = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";

    @TempDir
    private Path folder;

    // The state dict of SamModel, module by module: the names there and in the official model -----------------------------------------------

    private static final class Modules {
        final SequencedMap<String, String> names = new LinkedHashMap<>();

        Modules(int depth) {
            names.put("shared_image_embedding.positional_embedding", POSITIONS);
            String there = "vision_encoder.", here = "image_encoder.";
            names.put(there + "pos_embed", here + "pos_embed");
            pair(there + "patch_embed.projection", here + "patch_embed.proj");
            for (int i = 0; i < depth; i++) block(there + "layers." + i + ".", here + "blocks." + i + ".");
            names.put(there + "neck.conv1.weight", here + "neck.0.weight");
            pair(there + "neck.layer_norm1", here + "neck.1");
            names.put(there + "neck.conv2.weight", here + "neck.2.weight");
            pair(there + "neck.layer_norm2", here + "neck.3");
            prompts("prompt_encoder.");
            decoder("mask_decoder.");
        }

        private void pair(String there, String here) {
            for (String part : List.of(".weight", ".bias")) names.put(there + part, here + part);
        }

        private void same(String... modules) {
            for (String module : modules) pair(module, module);
        }

        private void block(String there, String here) {
            for (String part : List.of("attn.rel_pos_h", "attn.rel_pos_w")) names.put(there + part, here + part);
            for (String part : List.of("attn.qkv", "attn.proj", "mlp.lin1", "mlp.lin2")) pair(there + part, here + part);
            for (int n = 1; n <= 2; n++) pair(there + "layer_norm" + n, here + "norm" + n);
        }

        private void prompts(String p) {
            for (int i = 0; i < 4; i++) names.put(p + "point_embed." + i + ".weight", p + "point_embeddings." + i + ".weight");
            for (String one : List.of("no_mask_embed.weight", "not_a_point_embed.weight")) names.put(p + one, p + one);
            pair(p + "mask_embed.conv1", p + "mask_downscaling.0");
            pair(p + "mask_embed.layer_norm1", p + "mask_downscaling.1");
            pair(p + "mask_embed.conv2", p + "mask_downscaling.3");
            pair(p + "mask_embed.layer_norm2", p + "mask_downscaling.4");
            pair(p + "mask_embed.conv3", p + "mask_downscaling.6");
        }

        private void decoder(String d) {
            for (String one : List.of("iou_token.weight", "mask_tokens.weight")) names.put(d + one, d + one);
            for (int i = 0; i < 2; i++) {
                String layer = d + "transformer.layers." + i + ".";
                for (String attention : List.of("self_attn", "cross_attn_token_to_image", "cross_attn_image_to_token"))
                    attention(layer + attention);
                same(layer + "mlp.lin1", layer + "mlp.lin2");
                for (int n = 1; n <= 4; n++) pair(layer + "layer_norm" + n, layer + "norm" + n);
            }
            attention(d + "transformer.final_attn_token_to_image");
            pair(d + "transformer.layer_norm_final_attn", d + "transformer.norm_final_attn");
            pair(d + "upscale_conv1", d + "output_upscaling.0");
            pair(d + "upscale_layer_norm", d + "output_upscaling.1");
            pair(d + "upscale_conv2", d + "output_upscaling.3");
            for (int i = 0; i < 4; i++) layers(d + "output_hypernetworks_mlps." + i + ".");
            layers(d + "iou_prediction_head.");
        }

        private void attention(String name) {
            same(name + ".q_proj", name + ".k_proj", name + ".v_proj", name + ".out_proj");
        }

        private void layers(String mlp) {
            pair(mlp + "proj_in", mlp + "layers.0");
            pair(mlp + "layers.0", mlp + "layers.1");
            pair(mlp + "proj_out", mlp + "layers.2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit_b", "vit_l", "vit_h"})
    void everyOfficialNameHasExactlyOneCounterpart(String model) {
        SamConfig config = switch (model) {
            case "vit_b" -> SamConfig.vitB();
            case "vit_l" -> SamConfig.vitL();
            default -> SamConfig.vitH();
        };
        Map<String, String> names = new Modules(config.vit().depth()).names;
        names.forEach((there, here) -> assertEquals(here, HuggingFaceNames.official(there)));
        assertEquals(config.tensors().keySet(), new HashSet<>(names.values()));
        assertEquals(config.tensors().size(), names.size());
        assertEquals(POSITIONS, HuggingFaceNames.official(TWIN));
    }

    @Test
    void aNameThatOnlyBeginsLikeOneStaysAsItIs() {
        for (String name : List.of("mask_decoder.hf_token.weight", "mask_decoder.upscale_conv10.weight", "vision_encoders.x",
                "prompt_encoder.point_embed.weight", "mask_decoder.transformer.layers.0.layer_normal.weight", "",
                "x.vision_encoder.layers"))
            assertEquals(name, HuggingFaceNames.official(name));
    }

    // Whole files ------------------------------------------------------------------------------------------------------------

    /// The fixture with other names.
    private Path tiny(UnaryOperator<String> rename, String... twins) {
        Path other = folder.resolve("model.safetensors"), fixture = folder.resolve("sam-tiny.safetensors");
        if (!Files.exists(fixture)) Resources.copy("sam-tiny/sam-tiny.safetensors", folder);
        try (Safetensors sam = Safetensors.open(fixture)) {
            List<Safetensors.Item> items = new ArrayList<>();
            for (String name : sam.entries().keySet()) items.add(called(rename.apply(name), Safetensors.Item.of(name, sam)));
            for (String twin : twins) items.add(called(twin, Safetensors.Item.of(POSITIONS, sam)));
            Safetensors.write(other, Map.of("format", "pt"), items);
            return other;
        }
    }

    private static Safetensors.Item called(String name, Safetensors.Item item) {
        return new Safetensors.Item(name, item.dtype(), item.shape(), item.bytes());
    }

    /// Maps each official name of the fixture to the name in a `SamModel`.
    static UnaryOperator<String> huggingFace() {
        Map<String, String> back = new LinkedHashMap<>();
        new Modules(4).names.forEach((there, here) -> back.put(here, there));
        return name -> back.getOrDefault(name, name);
    }

    private void isTheFixture(Path file, String layout) throws IOException {
        Path result = folder.resolve("out.safetensors");
        Converter.Report report = Converter.convert(file, result);
        assertTrue(report.source().keys().complete(), report.toString());
        assertTrue(report.toString().contains("format        safetensors" + layout + "\n"), report.toString());
        try (Safetensors fixture = Safetensors.open(folder.resolve("sam-tiny.safetensors"));
                Safetensors actual = Safetensors.open(result);
                TensorFile open = Checkpoints.open(file)) {
            assertEquals(Map.copyOf(fixture.entries()), Map.copyOf(actual.entries()));
            for (String name : fixture.entries().keySet()) {
                assertEquals(fixture.bytes(name), actual.bytes(name), name);
                assertEquals(fixture.bytes(name), open.bytes(name), name);
            }
            assertEquals(file.toString(), open.toString());
            assertThrows(IllegalArgumentException.class, () -> open.bytes("vision_encoder.pos_embed"));
        }
        Files.delete(result);
    }

    @Test
    void aSamModelComesBackBitForBit() throws IOException {
        String layout = ", names as in Hugging Face's SamModel";
        isTheFixture(tiny(huggingFace()), layout);
        isTheFixture(tiny(huggingFace(), TWIN), layout);
        UnaryOperator<String> theOtherTwin = name -> name.equals(POSITIONS) ? TWIN : huggingFace().apply(name);
        isTheFixture(tiny(theOtherTwin), layout);
    }

    @Test
    void whatAllNamesBeginWithIsDropped() throws IOException {
        isTheFixture(tiny(name -> "module." + name), ", all after \"module.\"");
        isTheFixture(tiny(name -> "net.sam." + name), ", all after \"net.sam.\"");
        isTheFixture(tiny(name -> "model." + huggingFace().apply(name)),
                ", names as in Hugging Face's SamModel, all after \"model.\"");
        isTheFixture(tiny(name -> name), "");
    }

    @Test
    void whatDoesNotBeginLikeTheModelLiesBesideIt() {
        CheckpointInfo info = CheckpointInfo.of(tiny(name -> name.contains("iou_token") ? name : "net." + name));
        assertEquals(List.of("mask_decoder.iou_token.weight"), info.keys().missing());
        assertEquals(List.of("mask_decoder.iou_token.weight"), info.skipped());
    }

    @Test
    void whatIsMissingOrUnexpectedIsNamed() {
        CheckpointInfo info = CheckpointInfo.of(tiny(name -> name.endsWith("iou_token.weight")
                ? "mask_decoder.hf_token.weight"
                : huggingFace().apply(name)));
        assertFalse(info.keys().complete());
        assertTrue(
                info.toString().contains(
                        "missing       1: mask_decoder.iou_token.weight\nunexpected    1: mask_decoder.hf_token.weight\nfamily        SAM-HQ\n"),
                info.toString());
    }

    @Test
    void twoDifferentTensorsOfOneNameAreRefused() {
        Path good = tiny(huggingFace()), bad = folder.resolve("bad.safetensors");
        try (Safetensors sam = Safetensors.open(good)) {
            List<Safetensors.Item> items = new ArrayList<>();
            for (String name : sam.entries().keySet()) items.add(Safetensors.Item.of(name, sam));
            items.add(Safetensors.Item.of(TWIN, Shape.of(2, 16), new float[32]));
            Safetensors.write(bad, Map.of(), items);
        }
        String says = assertThrows(FormatException.class, () -> Checkpoints.open(bad).close()).getMessage();
        assertTrue(says.startsWith(bad + " has two different tensors") && says.contains("\"" + TWIN + "\"") && says.lines().count() == 1, says);
    }

    @Test
    void aPytorchModelBinIsReadToo() throws IOException {
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        for (String name : List.of("shared_image_embedding.positional_embedding", "vision_encoder.patch_embed.projection.weight", TWIN))
            p.text(name).tensor("ShortStorage", "0", 2, 0, new long[]{2}, new long[]{1}).op('s');
        Path file = Files.write(folder.resolve("pytorch_model.bin"), PickleWriter.zip(p.text("step").number(3).op('s').stop(), Map.of("0",
                new byte[]{1, 0, 2, 0})));
        CheckpointInfo info = CheckpointInfo.of(file);
        assertEquals(List.of(POSITIONS, "image_encoder.patch_embed.proj.weight"), List.copyOf(info.tensors().keySet()));
        assertEquals("PyTorch (zip), names as in Hugging Face's SamModel", info.format());
        assertEquals(List.of("step"), info.skipped());
    }
}
