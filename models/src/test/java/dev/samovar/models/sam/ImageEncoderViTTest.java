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
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ImageEncoderViTTest {
    private static final String ENCODER = "image_encoder";

    static Stream<Device> devices() {
        return Stream.of(Device.reference(), Device.scalar(2), Device.cpu());
    }

    @ParameterizedTest
    @MethodSource("devices")
    void everyStageOfTheTinyEncoderEqualsTheReference(Device device) {
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder.safetensors");
                Params p = Params.load(weights, device);
                var _ = Scope.open()) {
            var encoder = new ImageEncoderViT(p.in(ENCODER).frozen(), SamConfig.infer(weights));
            Tensor image = Tensor.of(device, golden.floats("input"), 2, 3, 128, 128);
            Tensor embedding = encoder.forward(image, (stage, x) -> Golden.assertClose(stage, golden.floats(stage), x.toArray(), 1e-5));
            Golden.assertClose("output", golden.floats("output"), embedding.toArray(), 1e-5);
            assertFalse(embedding.requiresGrad(), "a frozen encoder records nothing");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void everyGradientOfTheTinyEncoderEqualsTheReference(Device device) {
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder-grad.safetensors");
                Params p = Params.load(weights, device);
                var _ = Scope.open()) {
            var encoder = new ImageEncoderViT(p.in(ENCODER), SamConfig.infer(weights));
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

    /// To 1e-5 of the norm; the middle third of a qkv bias belongs to the keys, whose true gradient is zero.
    private static void assertGradient(String key, float[] expected, float[] actual) {
        double error = Golden.relativeL2(expected, actual);
        assertTrue(error <= 1e-5, key + ": relative error " + error);
        if (!key.endsWith("qkv.bias")) return;
        double norm = 0;
        for (float v : expected) norm += v * v;
        for (int i = actual.length / 3; i < actual.length * 2 / 3; i++)
            assertTrue(Math.abs(actual[i]) <= 1e-5 * Math.sqrt(norm), key + ": a key bias moves");
    }
}
