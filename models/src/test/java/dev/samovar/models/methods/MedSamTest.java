package dev.samovar.models.methods;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.AdamW;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.SamConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares MedSAM's training with that of its published code.
class MedSamTest {
    private static final double TRACE = 2e-6;

    static Stream<Device> devices() {
        return Stream.of(Device.scalar(2), Device.cpu(2));
    }

    private static PromptedNetwork network(Params learnt, Safetensors sam) {
        return (PromptedNetwork) new MedSam().network(learnt, sam, SamConfig.infer(sam), 2);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stagesGradientsLossesAndParametersAreThePublishedOnes(Device device) {
        try (Fixture fixture = Fixture.open("medsam-train.safetensors");
                Safetensors sam = Golden.open("sam-tiny/sam-tiny.safetensors");
                Params learnt = new MedSam().initial(sam, 1, device);
                PromptedNetwork network = network(learnt, sam);
                Optimizer optimizer = new MedSam().optimizer(learnt.trainable(), 1e-4)) {
            for (int step = 0; step < 8; step++) {
                try (var _ = Scope.open()) {
                    Tensor losses = losses(fixture, network, device, step == 0);
                    double[] trace = fixture.doubles("trace");
                    assertEquals(trace[3 * step], losses.sum().item(), TRACE, "loss of step " + step);
                    assertEquals(trace[3 * step + 1], losses.select(0, 0).item(), TRACE, "Dice of step " + step);
                    assertEquals(trace[3 * step + 2], losses.select(0, 1).item(), TRACE, "cross entropy of step " + step);
                    Gradients gradients = losses.sum().backward();
                    if (step == 0) assertEquals(179, fixture.gradients("", of(gradients, learnt)));
                    optimizer.step(gradients);
                }
            }
            assertTrue(fixture.finals("final.", learnt.all()) > 170);
        }
    }

    /// With a decay of ½ and a rate of 2e-3, parameters without a gradient do not change, and those with a zero gradient shrink.
    @Test
    void decayIsDecoupledAndReachesWhateverHasAGradient() {
        Device device = Device.cpu(2);
        try (Fixture fixture = Fixture.open("medsam-train.safetensors");
                Safetensors sam = Golden.open("sam-tiny/sam-tiny.safetensors");
                Params learnt = new MedSam().initial(sam, 1, device);
                PromptedNetwork network = network(learnt, sam);
                Optimizer optimizer = new AdamW(learnt.trainable(), 2e-3, 0.5)) {
            double[] trace = fixture.doubles("trace_strong");
            for (int step = 0; step < 8; step++) {
                try (var _ = Scope.open()) {
                    Tensor losses = losses(fixture, network, device, false);
                    assertEquals(trace[3 * step], losses.sum().item(), 2e-5, "loss of step " + step);
                    optimizer.step(losses.sum().backward());
                }
            }
            assertEquals(3, fixture.finals("strong_final.", learnt.all()), "the fourth belongs to the IoU head, which does not learn");
        }
    }

    private static Tensor losses(Fixture fixture, PromptedNetwork network, Device device, boolean compared) {
        Tensor image = Tensor.of(device, fixture.bytes("image", 255), 2, 3, 128, 128);
        Tensor boxes = Tensor.of(device, fixture.file().floats("boxes"), 2, 4), truth = Tensor.of(device, fixture.bytes("gt", 1), 2, 1, 128, 128);
        Tensor embedding = network.embed(image), lowRes = network.decode(embedding, boxes);
        if (compared) {
            fixture.stage("embedding", embedding);
            fixture.stage("low_res", lowRes);
            fixture.stage("logits", lowRes.resizeBilinear(128, 128));
        }
        return PromptedNetwork.losses(lowRes, truth);
    }

    private static Map<String, Tensor> of(Gradients gradients, Params learnt) {
        Map<String, Tensor> all = new HashMap<>();
        learnt.trainable().forEach((name, p) -> all.put(name, gradients.of(p)));
        return all;
    }

    /// The published count is 93,729,252 trainable parameters, of which the IoU head's 132,612 never change.
    @Test
    void theCountAtFullSizeIsThePublishedOne() {
        Map<String, dev.samovar.core.tensor.Shape> tensors = SamConfig.vitB().tensors();
        long learning = tensors.entrySet().stream().filter(e -> new MedSam().learns(e.getKey())).mapToLong(e -> e.getValue().size()).sum();
        assertEquals(93_729_252 - 132_612, learning);
        long decoder = tensors.entrySet().stream().filter(e -> new Decoder().learns(e.getKey())).mapToLong(e -> e.getValue().size()).sum();
        assertEquals(4_058_340 - 132_612, decoder);
    }

    /// B starts at zero, so the network first gives the output of SAM. After training, an update that is added once gives the same as one that is added in every pass.
    @Test
    void anUpdateOfLowRankStartsFromSamAndIsAddedOnceForPrediction() {
        Device device = Device.cpu(2);
        var lora = new Lora(3, 2);
        try (Safetensors sam = Golden.open("sam-tiny/sam-tiny.safetensors");
                Params learnt = lora.initial(sam, 1, device);
                PromptedNetwork network = (PromptedNetwork) lora.network(learnt, sam, SamConfig.infer(sam), 2);
                Params other = new MedSam().initial(sam, 1, device);
                PromptedNetwork plain = network(other, sam);
                var _ = Scope.open()) {
            Tensor image = Tensor.of(device, Formula.signed("image", 3 * 128 * 128, 1), 1, 3, 128, 128);
            Golden.assertClose("embedding", plain.embed(image).toArray(), network.embed(image).toArray(), 1e-5);
            assertEquals(4, learnt.all().keySet().stream().filter(name -> name.contains("lora_")).count(), "two blocks");
            assertFalse(learnt.all().containsKey("image_encoder.blocks.3.attn.qkv.weight"), "only trained parameters are saved");

            Tensor b = Objects.requireNonNull(learnt.all().get("image_encoder.blocks.3.attn.qkv.lora_b"));
            device.memory().write(Formula.signed("b", b.shape().size(), 0.3f), b.buffer());
            float[] summed = network.embed(image).toArray();
            assertTrue(Golden.relativeL2(plain.embed(image).toArray(), summed) > 1e-3, "the update has an effect");
            Gradients g = network.embed(image).sum().backward();
            assertTrue(g.reached(b));
            try (PromptedNetwork frozen = (PromptedNetwork) lora.network(learnt.frozen(), sam, SamConfig.infer(sam), 2)) {
                Golden.assertClose("merged", summed, frozen.embed(image).toArray(), 2e-5);
            }
        }
    }

    @Test
    void whatItIsNotAskedForItDoesNotPaint() {
        Device device = Device.cpu(2);
        var decoder = new Decoder();
        try (Safetensors sam = Golden.open("sam-tiny/sam-tiny-trained.safetensors");
                Params learnt = decoder.initial(sam, 1, device);
                Network network = decoder.network(learnt, sam, SamConfig.infer(sam), 4);
                var _ = Scope.open()) {
            byte[] classes = new byte[32 * 32];
            for (int i = 10; i < 20; i++) for (int j = 5; j < 12; j++) classes[32 * i + j] = 2;
            var asked = new dev.samovar.core.tensor.Labels(1, 32, 32, classes);
            assertArrayEquals(new int[]{2}, Boxes.classes(asked, 0));
            assertArrayEquals(new float[]{20, 40, 44, 76}, Boxes.around(asked, 0, 2, 128, null));
            float[] logits = network.logits(Tensor.full(device, 0.1f, 1, 32, 8, 8), asked).toArray();
            assertEquals(4 * 32 * 32, logits.length);
            for (int i = 0; i < 1024; i++) {
                assertEquals(0, logits[i]);
                assertEquals(-15, logits[1024 + i]);
                assertEquals(-15, logits[3072 + i]);
                assertTrue(Math.abs(logits[2048 + i]) <= 15);
            }
        }
    }

    @Test
    void boxesOnlyGrowAndStayWithinThePicture() {
        byte[] classes = new byte[64 * 64];
        for (int i = 1; i < 60; i++) for (int j = 30; j < 40; j++) classes[64 * i + j] = 1;
        var labels = new dev.samovar.core.tensor.Labels(1, 64, 64, classes);
        float[] tight = Boxes.around(labels, 0, 1, 1024, null);
        assertArrayEquals(new float[]{480, 16, 624, 944}, tight);
        boolean clipped = false;
        for (int seed = 0; seed < 200; seed++) {
            float[] box = Boxes.around(labels, 0, 1, 1024, new dev.samovar.core.nn.Random(seed, "box"));
            for (int i = 0; i < 4; i++) {
                float out = i < 2 ? tight[i] - box[i] : box[i] - tight[i];
                assertTrue(out >= 0 && out <= 20 && box[i] >= 0 && box[i] <= 1024, "side " + i + " moved by " + out);
            }
            clipped |= box[1] == 0;
        }
        assertTrue(clipped, "some boxes would have gone beyond the border");
    }

    /// Ignored pixels take no part: whatever their logits, the losses are those of the other pixels alone, and no gradient reaches them.
    @Test
    void ignoredPixelsHaveNoLossAndNoGradient() {
        Device device = Device.reference();
        byte[] classes = {1, 0, (byte) 255, (byte) 255, 1, 0, (byte) 255, (byte) 255};
        float[] counted = Objects.requireNonNull(Boxes.counted(new dev.samovar.core.tensor.Labels(1, 2, 4, classes), new int[]{0}, 1));
        assertArrayEquals(new float[]{1, 1, 0, 0, 1, 1, 0, 0}, counted);
        Tensor logits = Tensor.parameter(device, new float[]{1, -2, 9, -9, 0.5f, 3, 20, 0}, dev.samovar.core.tensor.Shape.of(1, 1, 2, 4), true);
        try (var _ = Scope.open()) {
            Tensor all = PromptedNetwork.losses(logits, Tensor.of(device, new float[]{1, 0, 0, 0, 1, 0, 0, 0}, 1, 1, 2, 4), counted, 1);
            Tensor rest = PromptedNetwork.losses(Tensor.of(device, new float[]{1, -2, 0.5f, 3}, 1, 1, 2, 2), Tensor.of(device, new float[]{
                1, 0, 1, 0},
                    1, 1, 2, 2));
            assertArrayEquals(rest.toDoubles(), all.toDoubles(), 1e-12);
            float[] g = all.sum().backward().of(logits).toArray();
            for (int i = 0; i < 8; i++) assertEquals(counted[i] == 0, g[i] == 0, "gradient " + i);
        }
    }
}
