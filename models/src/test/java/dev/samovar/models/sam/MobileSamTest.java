package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.fused.InvertedBottleneck;
import dev.samovar.core.fused.WindowBlock;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.kernel.WindowBlockWeights;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MobileSamTest {
    private static TensorFile checkpoint(SamConfig config) {
        Map<String, Shape> tensors = config.tensors();
        return Formula.file(tensors, name -> Formula.mobile(name, Objects.requireNonNull(tensors.get(name))));
    }

    @Test
    void frozenBiasesHaveTheSamePlacesAsThoseThatLearn() {
        int heads = 2, w = 3;
        float[] table = Formula.signed("table", heads * w * w, 1);
        try (var _ = Scope.open()) {
            Tensor learning = BiasTable.of(Tensor.of(Device.reference(), table, heads, w * w), w);
            assertEquals(Shape.of(heads, w * w, w * w), learning.shape());
            assertArrayEquals(learning.toArray(), BiasTable.of(table, w));
        }
    }

    @Test
    void everyStageAtFullSizeEqualsTheReference() {
        Device device = Device.cpu();
        try (Safetensors golden = Golden.open("mobile-sam/full.safetensors");
                var weights = checkpoint(SamConfig.mobile());
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor image = Tensor.of(device, Formula.signed("input.image", 3 * 1024 * 1024, 2), 1, 3, 1024, 1024);
            Tensor embedding = sam.imageEncoder().forward(image, (stage, x) -> assertSample(stage, golden, x));
            assertSample("embedding", golden, embedding);
            float[] sample = golden.floats("embedding.sample");
            Golden.assertClose("embedding", sample, Golden.sample(embedding.toArray(), sample.length), 5e-5);
            var points = new PromptEncoder.Points(Tensor.of(device, new float[]{300, 420, 700, 111}, 1, 2, 2), List.of(1, 0));
            var decoded = sam.decode(embedding, points, Tensor.of(device, new float[]{100, 150, 800, 900}, 1, 4), null);
            assertSample("low_res_masks", golden, decoded.masks());
            Golden.assertClose("iou", golden.floats("iou"), decoded.iou().toArray(), 2e-5);
        }
    }

    private static void assertSample(String stage, Safetensors golden, Tensor x) {
        float[] expected = golden.floats(stage + ".sample"), actual = Golden.sample(x.toArray(), expected.length);
        double error = Golden.relativeL2(expected, actual);
        assertTrue(error <= 6e-6, stage + ": relative error " + error);
    }

    @Test
    void theOfficialCheckpointHasTheTensorsOfTheReference() {
        SamConfig config = SamConfig.mobile();
        Map<String, Shape> tensors = new LinkedHashMap<>(config.tensors());
        TreeSet<String> needed = new TreeSet<>(tensors.keySet());
        for (Json key : Json.read(Golden.path("mobile-sam/keys.json")).list()) {
            String name = key.at("key").string();
            if (!needed.remove(name)) {
                assertTrue(config.ignores(name), name);
                continue;
            }
            assertArrayEquals(key.at("shape").list().stream().mapToInt(Json::integer).toArray(), Objects.requireNonNull(tensors.get(name))
                    .dims(), name);
        }
        assertTrue(needed.isEmpty(), "the reference has no " + needed);
        assertEquals("vit_t", SamConfig.infer(checkpoint(config)).name());
        assertEquals("lite_medsam", SamConfig.infer(checkpoint(SamConfig.liteMed())).name());
        assertEquals(64, SamConfig.liteMed().grid());
    }

    @Test
    void itTakesAsManyMultiplyAddsAsTheReferenceCounts() {
        assertEquals(38_768_295_424L, SamConfig.mobile().encoder().operations(256));
    }

    @Test
    void picturesOfAnotherSizeMustFitTheMerges() {
        assertEquals(32, SamConfig.mobile().forImages(512).grid());
        assertTrue(assertThrows(FormatException.class, () -> SamConfig.mobile().forImages(1000)).getMessage().contains("multiple of 16"));
        assertThrows(FormatException.class, () -> SamConfig.vitB().forImages(512));
    }

    // ---- the fused blocks

    /// Maps that are not multiples of the window or of a vector's length; a window larger than the map; more hidden units than are held at a time, or few.
    static Stream<TinyVitConfig> sizes() {
        return Stream.of(tiny(64, 8, 12, 2, 3), tiny(96, 16, 20, 5, 7), tiny(32, 8, 16, 1, 14), tiny(112, 4, 44, 11, 4), tiny(80, 12, 24, 3,
                5), tiny(272, 20, 28, 7, 7));
    }

    private static TinyVitConfig tiny(int image, int first, int width, int heads, int window) {
        return new TinyVitConfig(List.of(first, width, width, width), List.of(1, 1, 1, 1), List.of(heads, heads, heads), List.of(window,
                window, window), image, 3, 6, 7, 3);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theFusedBlocksAreTheBlocksAsTheyAreWritten(TinyVitConfig sizes) {
        SamConfig config = new SamConfig(sizes, 8, 16, 8);
        float[] image = Formula.signed("image", 2 * 3 * sizes.imageSize() * sizes.imageSize(), 2);
        Map<String, float[]> expected = stages(config, Device.reference(), image), one = stages(config, Device.cpu(1), image),
                three = stages(config, Device.cpu(3), image);
        expected.forEach((stage, values) -> {
            if (!one.containsKey(stage)) return;                                   // a stage within a block
            double error = Golden.relativeL2(values, one.get(stage));
            assertTrue(error <= 5e-6, () -> stage + " of " + sizes + ": relative error " + error);
            assertArrayEquals(one.get(stage), three.get(stage), "threads do not change a bit of " + stage);
        });
        assertEquals(9, one.size(), one.keySet().toString());
    }

    private static Map<String, float[]> stages(SamConfig config, Device device, float[] image) {
        Map<String, float[]> stages = new LinkedHashMap<>();
        try (var file = checkpoint(config); Params p = Params.load(file, device); var _ = Scope.open()) {
            int side = config.imageSize();
            Tensor y = ImageEncoder.of(p.in("image_encoder").frozen(), config).forward(Tensor.of(device, image, 2, 3, side, side), (stage,
                    x) -> stages.put(stage, x.toArray()));
            stages.put("embedding", y.toArray());
        }
        return stages;
    }

    @Test
    void fusedBlocksRefuseWhatDoesNotFit() {
        Device device = Device.cpu();
        try (var _ = Scope.open()) {
            Tensor x = Tensor.full(device, 1, 1, 4, 5, 5);
            var wrong = new WeightAndBias<>(x, x);
            assertThrows(ShapeException.class, () -> new InvertedBottleneck(1, true).apply(x, new InvertedBottleneckWeights<>(wrong, wrong, wrong)));
            assertThrows(ShapeException.class, () -> new WindowBlock(2, 3, 1e-5f).apply(x, new WindowBlockWeights<>(wrong, x, wrong, wrong,
                    wrong,
                    wrong, wrong, wrong)));
        }
    }
}
