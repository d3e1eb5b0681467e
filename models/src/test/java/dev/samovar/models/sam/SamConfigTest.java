package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamConfigTest {
    private static final SamConfig TINY = new SamConfig(new VitConfig(48, 4, 3, 5, List.of(1, 3), 128, 16, 192), 32, 64, 32);

    @ParameterizedTest
    @ValueSource(strings = {"vit_b", "vit_l", "vit_h"})
    void theOfficialModelsHaveTheReferencesKeysAndShapesInItsOrder(String name) throws IOException {
        SequencedMap<String, Shape> reference = reference(name);
        SamConfig config = switch (name) {
            case "vit_b" -> SamConfig.vitB();
            case "vit_l" -> SamConfig.vitL();
            default -> SamConfig.vitH();
        };
        assertEquals(new ArrayList<>(reference.entrySet()), new ArrayList<>(config.tensors().entrySet()));
        assertEquals(config, SamConfig.infer(new Shapes(reference)));
        assertEquals(name, config.name());
    }

    @Test
    void aCustomModelIsInferredFromItsShapes() {
        assertEquals(TINY, SamConfig.infer(new Shapes(TINY.tensors())));
        assertEquals("custom", TINY.name());
        assertEquals(8, TINY.grid());
        assertEquals(16, TINY.vit().headWidth());
    }

    @Test
    void allBlocksMayBeGlobalOrWindowed() {
        for (List<Integer> globals : List.of(List.of(0, 1, 2, 3), List.<Integer>of())) {
            SamConfig config = new SamConfig(new VitConfig(48, 4, 3, globals.isEmpty() ? 5 : 0, globals, 128, 16, 192), 32, 64, 32);
            assertEquals(config, SamConfig.infer(new Shapes(config.tensors())));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"image_encoder.pos_embed", "image_encoder.patch_embed.proj.weight", "image_encoder.blocks.0.attn.rel_pos_h",
        "image_encoder.blocks.0.mlp.lin1.weight", "image_encoder.neck.0.weight", "mask_decoder.transformer.layers.0.mlp.lin1.weight",
        "mask_decoder.iou_prediction_head.layers.0.weight"})
    void whatIsMissingIsNamed(String key) {
        SequencedMap<String, Shape> shapes = new LinkedHashMap<>(TINY.tensors());
        shapes.remove(key);
        var e = assertThrows(FormatException.class, () -> SamConfig.infer(new Shapes(shapes)));
        assertEquals("the checkpoint is not a SAM: it has no tensor \"" + key + "\"", e.getMessage());
    }

    @Test
    void impossibleShapesAreRefused() {
        refused("image_encoder.pos_embed", 1, 8, 9, 48);
        refused("image_encoder.pos_embed", 1, 8, 8, 50);
        refused("image_encoder.pos_embed", 64, 48);
        refused("image_encoder.pos_embed", 0, 2_000_000_000, 2_000_000_000, 48);
        refused("image_encoder.pos_embed", 1, 1, 1, 16 << 24);
        refused("image_encoder.patch_embed.proj.weight", 48, 3, 16, 8);
        refused("image_encoder.blocks.0.attn.rel_pos_h", 9, 0);
        refused("image_encoder.blocks.2.attn.rel_pos_h", 11, 16);
    }

    private static void refused(String key, int... dims) {
        SequencedMap<String, Shape> shapes = new LinkedHashMap<>(TINY.tensors());
        shapes.put(key, Shape.of(dims));
        assertThrows(FormatException.class, () -> SamConfig.infer(new Shapes(shapes)));
    }

    private static SequencedMap<String, Shape> reference(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(SamConfigTest.class.getResourceAsStream("sam_state_dict_keys.json"))) {
            SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
            for (Json pair : Json.parse(ByteBuffer.wrap(in.readAllBytes()), "keys").at(name).list())
                shapes.put(pair.list().getFirst().string(), Shape.of(pair.list().getLast().integers()));
            return shapes;
        }
    }

    /// A file of shapes only.
    private record Shapes(SequencedMap<String, Shape> shapes) implements TensorFile {
        @Override
        public SequencedMap<String, Entry> entries() {
            SequencedMap<String, Entry> entries = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> entries.put(name, new Entry(DType.F32, shape)));
            return entries;
        }

        @Override
        public SequencedMap<String, String> metadata() {
            return new LinkedHashMap<>();
        }

        @Override
        public ByteBuffer bytes(String name) {
            throw new AssertionError("only shapes may be read");
        }

        @Override
        public void close() {}
    }
}
