package dev.samovar.models.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Formula;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The numbers of parameters of the published models and heads, and of those that are trained.
class ParameterCountTest {
    private static final SamConfig VIT_B = SamConfig.vitB();
    private static final String MATRIX = "pe_layer.positional_encoding_gaussian_matrix";

    private static long count(Map<String, Shape> tensors, Predicate<String> which) {
        return tensors.entrySet().stream().filter(e -> which.test(e.getKey())).mapToLong(e -> e.getValue().size()).sum();
    }

    @ParameterizedTest
    @CsvSource({"89670912, 93735472, 314, vit_b", "308278272, 312342832, 482, vit_l", "637026048, 641090608, 594, vit_h"})
    void checkpointsHaveThePublishedSizes(long encoder, long total, int keys, String name) {
        var tensors = (name.equals("vit_b") ? VIT_B : name.equals("vit_l") ? SamConfig.vitL() : SamConfig.vitH()).tensors();
        assertEquals(encoder, count(tensors, k -> k.startsWith("image_encoder.")));
        assertEquals(6220, count(tensors, k -> k.startsWith("prompt_encoder.") && !k.contains("gaussian_matrix")));
        assertEquals(4058340, count(tensors, k -> k.startsWith("mask_decoder.")));
        assertEquals(total, count(tensors, k -> !k.contains("gaussian_matrix")));
        assertEquals(keys, tensors.size());
    }

    @Test
    void theEncoderAsksForExactlyTheCheckpointsParameters() {
        var small = new SamConfig(new VitConfig(48, 4, 3, 5, List.of(1, 3), 128, 16, 192), 32, 64, 32);
        try (Params p = Params.random(0, Device.cpu())) {
            var _ = ImageEncoder.of(p.in("image_encoder").frozen(), small);
            var expected = small.tensors().entrySet().stream().filter(e -> e.getKey().startsWith("image_encoder."))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            assertEquals(expected, p.all().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().shape())));
            assertTrue(p.trainable().isEmpty(), "frozen");
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 3780002, 3646880", "2, 3778466, 3645856", "14, 3787682, 3652000"})
    void theVitHeadHasThePapersSizes(int classes, long all, long trainable) {
        try (Params p = Params.random(0, Device.cpu())) {
            var _ = new VitHead(p, VIT_B, classes);
            assertEquals(all + 256, p.count(), "with the positional matrix");
            assertEquals(3776930 + 768L * classes, all);
            assertEquals(trainable, Params.count(p.trainable()));
            assertEquals(3644832 + 512L * classes, trainable);
            p.all().keySet().forEach(name -> assertEquals(!name.contains("iou") && !name.equals(MATRIX), p.trainable().containsKey(name), name));
            assertEquals(133122 - 256 * 4 + 256L * classes, count(shapes(p), name -> name.contains("iou")), "these are always frozen");
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 4, 1808132", "2, 14, 1808782", "3, 4, 5184260", "3, 14, 5184910", "4, 4, 20686340", "4, 14, 20686990"})
    void theCnnHeadHasThePapersSizes(int depth, int classes, long count) {
        try (Params p = Params.random(0, Device.cpu())) {
            var _ = new CnnHead(p, 256, classes, depth, 64);
            assertEquals(count, p.count());
            assertEquals(count, Params.count(p.trainable()));
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 75140", "14, 75470"})
    void theLinearHeadHasThePapersSizes(int classes, long count) {
        try (Params p = Params.random(0, Device.cpu())) {
            var _ = new LinearHead(p, 256, classes, true);
            assertEquals(count, p.count());
            assertEquals(count, Params.count(p.trainable()));
        }
    }

    @Test
    void theVitHeadAndItsEncoderTake277OfTheCheckpoints314Keys() {
        var checkpoint = VIT_B.tensors();
        long encoder = checkpoint.keySet().stream().filter(k -> k.startsWith("image_encoder.")).filter(VitHead.FROM_SAM).count();
        try (TensorFile file = Formula.checkpoint("", checkpoint);
                Params p = Params.partial(file, VitHead.FROM_SAM, 1, Device.cpu());
                Params drawn = Params.random(1, Device.cpu())) {
            var _ = new VitHead(p, VIT_B, 4);
            var _ = new VitHead(drawn, VIT_B, 4);
            assertEquals(277, encoder + p.loaded());
            p.all().forEach((name, t) -> {
                boolean copied = checkpoint.containsKey(name) && !name.contains("iou") && !name.contains("mask_tokens");
                float[] expected = copied ? file.floats(name) : Objects.requireNonNull(drawn.all().get(name)).toArray();
                assertArrayEquals(expected, t.toArray(), name);
            });
            assertFalse(checkpoint.containsKey(MATRIX), "SAM's own has another name and is not used");
        }
    }

    private static Map<String, Shape> shapes(Params p) {
        return p.all().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().shape()));
    }
}
