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
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Compares a tiny MobileSAM with the reference implementation, stage by stage, on any device.
public abstract class MobileSamGoldens {
    private static final String ENCODER = "image_encoder";

    protected MobileSamGoldens() {}

    /// The device on which it is computed.
    protected abstract Device device();

    /// The factor on the limits for float32; it is larger for a coarser number format.
    protected double tolerance() {
        return 1;
    }

    static Safetensors checkpoint() {
        return Golden.open("mobile-sam/tiny-checkpoint.safetensors");
    }

    static SamConfig config(Safetensors checkpoint) {
        return SamConfig.infer(checkpoint).forImages(128);
    }

    @Test
    void everyStageOfAFrozenEncoderEqualsTheReference() {
        stages(true);
    }

    @Test
    void everyStageOfAnEncoderThatLearnsEqualsTheReference() {
        stages(false);
    }

    private void stages(boolean frozen) {
        Device device = device();
        try (Safetensors weights = checkpoint();
                Safetensors golden = Golden.open("mobile-sam/tiny.safetensors");
                Params p = Params.load(weights, device);
                var _ = Scope.open()) {
            Params below = p.in(ENCODER);
            var encoder = ImageEncoder.of(frozen ? below.frozen() : below, config(weights));
            Tensor image = Tensor.of(device, golden.floats("input"), 2, 3, 128, 128);
            var missing = new TreeSet<>(golden.entries().keySet());
            missing.removeAll(List.of("input", "embedding", "low_res_masks", "iou"));
            if (frozen) missing.removeAll(List.of("layers.1.blocks.0.attn", "layers.1.blocks.0.local_conv"));
            Tensor embedding = encoder.forward(image, (stage, x) -> {
                if (!golden.entries().containsKey(stage)) return;
                assertEquals(golden.shape(stage), x.shape(), stage);
                double error = Golden.relativeL2(golden.floats(stage), x.toArray());
                assertTrue(error <= 6e-6 * tolerance(), stage + ": relative error " + error);
                missing.remove(stage);
            });
            assertTrue(missing.isEmpty(), "not shown: " + missing);
            Golden.assertClose("embedding", golden.floats("embedding"), embedding.toArray(), 2e-5 * tolerance());
            assertEquals(!frozen, embedding.requiresGrad(), "a frozen encoder records nothing");
        }
    }

    @Test
    void everyGradientOfTheTinyEncoderEqualsTheReference() {
        Device device = device();
        try (Safetensors weights = checkpoint();
                Safetensors input = Golden.open("mobile-sam/tiny.safetensors");
                Safetensors golden = Golden.open("mobile-sam/tiny-grad.safetensors");
                Params p = Params.load(weights, device);
                var _ = Scope.open()) {
            var encoder = ImageEncoder.of(p.in(ENCODER), config(weights));
            Tensor image = Tensor.parameter(device, input.floats("input"), input.shape("input"), true);
            Gradients g = encoder.forward(image).backward(Tensor.of(device, golden.floats("grad_output"), 2, 32, 8, 8));
            assertGradient("grad_input", golden.floats("grad_input"), g.of(image).toArray());
            var missing = new TreeSet<>(golden.entries().keySet());
            missing.removeAll(List.of("grad_output", "grad_input"));
            p.trainable().forEach((name, parameter) -> {
                String key = "grad" + name.substring(ENCODER.length());
                assertTrue(missing.remove(key), key + " has no gradient");
                float[] expected = golden.floats(key), actual = g.of(parameter).toArray();
                if (key.endsWith("qkv.bias")) assertQkvBias(weights, key, expected, actual);
                else assertGradient(key, expected, actual);
            });
            assertTrue(missing.isEmpty(), "no gradient of " + missing);
        }
    }

    private void assertGradient(String key, float[] expected, float[] actual) {
        double error = Golden.relativeL2(expected, actual);
        assertTrue(error <= 3e-5 * tolerance(), key + ": relative error " + error);
    }

    /// The true gradient of the keys' third of each head is zero.
    private void assertQkvBias(Safetensors weights, String key, float[] expected, float[] actual) {
        String table = ENCODER + key.substring("grad".length()).replace("qkv.bias", "attention_biases");
        int heads = weights.shape(table).dim(0), d = actual.length / 3 / heads;
        float[] without = expected.clone(), others = actual.clone();
        for (int i = 0; i < actual.length; i++) {
            if (i % (3 * d) / d != 1) continue;
            assertTrue(Math.abs(actual[i]) <= 1e-4 * tolerance(), key + ": a key bias moves by " + actual[i]);
            without[i] = others[i] = 0;
        }
        assertGradient(key, without, others);
    }

    @Test
    void aPromptGivesTheReferencesMasksAndScores() {
        Device device = device();
        try (Safetensors weights = checkpoint();
                Safetensors golden = Golden.open("mobile-sam/tiny.safetensors");
                Params p = Params.load(weights, device).frozen();
                var _ = Scope.open()) {
            var sam = new Sam(p, config(weights));
            Tensor image = Tensor.of(device, golden.floats("input"), 2, 3, 128, 128).slice(0, 0, 1);
            var points = new PromptEncoder.Points(Tensor.of(device, new float[]{40, 52, 90, 14}, 1, 2, 2), List.of(1, 0));
            var decoded = sam.forward(image, points, Tensor.of(device, new float[]{12, 20, 100, 112}, 1, 4), null);
            Golden.assertClose("low_res_masks", golden.floats("low_res_masks"), decoded.masks().toArray(), 2e-5 * tolerance());
            Golden.assertClose("iou", golden.floats("iou"), decoded.iou().toArray(), 2e-5 * tolerance());
            assertFalse(decoded.masks().requiresGrad());
        }
    }
}
