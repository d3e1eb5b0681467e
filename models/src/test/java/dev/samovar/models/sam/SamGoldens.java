package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compares a tiny SAM with the reference implementation, stage by stage, on any device.
public abstract class SamGoldens {
    private static final String ENCODER = "image_encoder";

    protected SamGoldens() {}

    /// The device on which it is computed.
    protected abstract Device device();

    /// The factor on the limits for float32; it is larger for a coarser number format.
    protected double tolerance() {
        return 1;
    }

    @Test
    void everyStageOfTheTinyEncoderEqualsTheReference() {
        Device device = device();
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder.safetensors");
                Params p = Params.load(weights, device);
                var _ = Scope.open()) {
            var encoder = ImageEncoder.of(p.in(ENCODER).frozen(), SamConfig.infer(weights));
            Tensor image = Tensor.of(device, golden.floats("input"), 2, 3, 128, 128);
            Tensor embedding = encoder.forward(image, (stage, x) -> Golden.assertClose(stage, golden.floats(stage), x.toArray(), 1e-5
                    * tolerance()));
            Golden.assertClose("output", golden.floats("output"), embedding.toArray(), 1e-5 * tolerance());
            assertFalse(embedding.requiresGrad(), "a frozen encoder records nothing");
        }
    }

    @Test
    void everyGradientOfTheTinyEncoderEqualsTheReference() {
        Device device = device();
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder-grad.safetensors");
                Params p = Params.load(weights, device);
                var _ = Scope.open()) {
            var encoder = ImageEncoder.of(p.in(ENCODER), SamConfig.infer(weights));
            Tensor image = Tensor.parameter(device, golden.floats("input"), golden.shape("input"), true);
            Gradients g = encoder.forward(image).backward(Tensor.of(device, golden.floats("grad_output"), 2, 32, 8, 8));
            assertGradient("grad_input", golden.floats("grad_input"), g.of(image).toArray());
            assertEquals(golden.entries().size() - 3, p.trainable().size(), "parameters");
            p.trainable().forEach((name, parameter) -> {
                String key = "grad" + name.substring(ENCODER.length());
                assertGradient(key, golden.floats(key), g.of(parameter).toArray());
            });
        }
    }

    @Test
    void everyPromptGivesTheReferencesTokensMasksAndScores() {
        Device device = device();
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/prompts.safetensors");
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor embedding = tensor(device, golden, "image_embedding"), points = tensor(device, golden, "points");
            Golden.assertClose("dense_pe", golden.floats("dense_pe"), sam.promptEncoder().densePe().toArray(), 1e-5 * tolerance());
            for (String name : List.of("points", "boxes", "points_boxes", "mask", "points_mask", "none")) {
                var clicks = name.contains("points") ? new PromptEncoder.Points(points, labels(golden)) : null;
                Tensor boxes = name.contains("boxes") ? tensor(device, golden, "boxes") : null;
                Tensor mask = name.contains("mask") ? tensor(device, golden, "mask") : null;
                var encoded = sam.promptEncoder().forward(clicks, boxes, mask);
                assertEquals(golden.shape(name + ".sparse"), encoded.sparse().shape(), name);
                Golden.assertClose(name + ".sparse", golden.floats(name + ".sparse"), encoded.sparse().toArray(), 1e-5 * tolerance());
                Golden.assertClose(name + ".dense", golden.floats(name + ".dense"), encoded.dense().expand(golden.shape(name + ".dense"))
                        .toArray(), 1e-5 * tolerance());

                var decoded = sam.decode(embedding, clicks, boxes, mask);
                Golden.assertClose(name + ".low_res_masks", golden.floats(name + ".low_res_masks"), decoded.masks().toArray(), 5e-5
                        * tolerance());
                Golden.assertClose(name + ".iou", golden.floats(name + ".iou"), decoded.iou().toArray(), 5e-5 * tolerance());
                Tensor given = tensor(device, golden, name + ".low_res_masks");
                Golden.assertClose(name + ".postprocessed", golden.floats(name + ".postprocessed"), new Zoom(given.dim(3), 128, 128, 96,
                        165, 123).apply(given).toArray(), 1e-5 * tolerance());
            }
        }
    }

    /// Equal up to 1e-5 of the norm. The middle third of a qkv bias belongs to the keys, and its true gradient is zero.
    private void assertGradient(String key, float[] expected, float[] actual) {
        double error = Golden.relativeL2(expected, actual);
        assertTrue(error <= 1e-5 * tolerance(), key + ": relative error " + error);
        if (!key.endsWith("qkv.bias")) return;
        double norm = 0;
        for (float v : expected) norm += v * v;
        for (int i = actual.length / 3; i < actual.length * 2 / 3; i++)
            assertTrue(Math.abs(actual[i]) <= 1e-5 * tolerance() * Math.sqrt(norm), key + ": a key bias moves");
    }

    private static Tensor tensor(Device device, Safetensors file, String name) {
        return Tensor.of(device, file.floats(name), file.shape(name).dims());
    }

    private static List<Integer> labels(Safetensors golden) {
        List<Integer> labels = new ArrayList<>();
        for (float label : golden.floats("labels")) labels.add((int) label);
        return labels;
    }
}
