package dev.samovar.models.methods;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.models.unet.UNet;
import dev.samovar.models.unet.UNetEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares the U-Net with that of the published code.
class UNetTest {
    private static final int WIDTH = 4, CLASSES = 3, H = 48, W = 32;
    private static final double TRACE = 2e-6;

    static Stream<Device> devices() {
        return Stream.of(Device.scalar(2), Device.cpu(2));
    }

    /// Parameters by the fixtures' formula.
    static Params formula(Device device) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        try (Params any = Params.random(1, Device.scalar(1))) {
            var _ = new UNet(any, 3, WIDTH, CLASSES);
            any.all().forEach((name, t) -> shapes.put(name, t.shape()));
        }
        TensorFile weights = Formula.checkpoint("unet.", shapes);
        return Params.load(weights, device);
    }

    static Tensor input(Device device, String name, int... shape) {
        float[] values = Formula.signed(name, Shape.of(shape).size(), 0.5f);
        for (int i = 0; i < values.length; i++) values[i] += 0.5f;
        return Tensor.of(device, values, shape);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stagesGradientsLossesAndParametersAreThePublishedOnes(Device device) {
        try (Fixture fixture = Fixture.open("unet.safetensors"); Params params = formula(device); var _ = Scope.open()) {
            var net = new UNet(params, 3, WIDTH, CLASSES);
            Tensor x = input(device, "input.unet", 2, 3, H, W);
            byte[] classes = new byte[2 * H * W];
            fixture.file().bytes("label").get(classes);
            var labels = new Labels(2, H, W, classes);
            UNetEncoder.Features seen = new UNetEncoder(params, 3, WIDTH).forward(x);
            for (int level = 0; level < 4; level++) fixture.stage("contr_" + (level + 1) + "_2", seen.skips().get(level));
            fixture.stage("center", seen.center());
            fixture.stage("logits", net.forward(x));
            fixture.like("odd.logits", net.forward(input(device, "input.odd", 1, 3, 40, 36)));
            double[] trace = fixture.doubles("trace"), parts = fixture.doubles("loss_parts");
            try (Optimizer adam = new Adam(params.trainable(), 5e-4)) {
                for (int step = 0; step < trace.length; step++) {
                    try (var _ = Scope.open()) {
                        Tensor losses = net.forward(x).crossEntropyAndDice(labels);
                        assertEquals(trace[step], losses.sum().item(), TRACE, "loss of step " + step);
                        Gradients gradients = losses.sum().backward();
                        if (step == 0) {
                            for (int i = 0; i < 2; i++) assertEquals(parts[i], losses.select(0, i).item(), TRACE, "part " + i);
                            assertEquals(46, fixture.gradients("", of(gradients, params)));
                        }
                        adam.step(gradients);
                    }
                }
            }
            assertEquals(38, fixture.finals("final.", params.all()), "all but 8 biases before a norm");
            fixture.like("after.logits", net.forward(x));
        }
    }

    static Map<String, Tensor> of(Gradients gradients, Params learnt) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        learnt.trainable().forEach((name, p) -> all.put(name, gradients.of(p)));
        return all;
    }

    @Test
    void theCountAtFullSizeIsThePublishedOne() {
        try (Params params = Params.random(1, Device.scalar(1))) {
            var _ = new UNet(params, 3, 64, 4);
            assertEquals(31_031_940, params.count());
        }
    }
}
