package dev.samovar.models.methods;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.models.unet.SimClr;
import dev.samovar.models.unet.UNet;
import dev.samovar.models.unet.UNetEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares learning without labels with the published code.
class SimClrTest {
    private static final int WIDTH = 4;

    static Stream<Device> devices() {
        return Stream.of(Device.scalar(2), Device.cpu(2));
    }

    private static Params formula(Device device) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        try (Params any = Params.random(1, Device.scalar(1))) {
            var _ = new SimClr(any, 3, WIDTH);
            any.all().forEach((name, t) -> shapes.put(name, t.shape()));
        }
        return Params.load(Formula.checkpoint("simclr.", shapes), device);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stagesGradientsLossesAndParametersAreThePublishedOnes(Device device) {
        try (Fixture fixture = Fixture.open("simclr.safetensors"); Params params = formula(device); var _ = Scope.open()) {
            var net = new SimClr(params, 3, WIDTH);
            Tensor i = UNetTest.input(device, "input.viewi", 4, 3, 32, 32), j = UNetTest.input(device, "input.viewj", 4, 3, 32, 32);
            fixture.stage("center", new UNetEncoder(params, 3, WIDTH).forward(i).center());
            fixture.stage("zi", net.project(i));
            fixture.stage("zj", net.project(j));
            double[] trace = fixture.doubles("trace");
            try (Optimizer adam = new Adam(params.trainable(), Pretraining.published().learningRate(), Pretraining.WEIGHT_DECAY)) {
                for (int step = 0; step < trace.length; step++) {
                    try (var _ = Scope.open()) {
                        Tensor loss = net.loss(i, j, Pretraining.TEMPERATURE);
                        assertEquals(trace[step], loss.item(), 2e-6, "loss of step " + step);
                        Gradients gradients = loss.backward();
                        if (step == 0) assertEquals(26, fixture.gradients("", UNetTest.of(gradients, params)));
                        adam.step(gradients);
                        if (step == 0) assertEquals(18, fixture.finals("after1.", params.all(), 1e-4));
                    }
                }
            }
            assertEquals(18, fixture.finals("final.", params.all(), 1e-2));
            handOver(device, fixture, params);
        }
    }

    /// The encoder is copied into a U-Net, the projection is not.
    private static void handOver(Device device, Fixture fixture, Params learnt) {
        try (Params net = UNetTest.formula(device); var _ = Scope.open()) {
            var unet = new UNet(net, 3, WIDTH, 3);
            int copied = 0;
            for (String name : net.all().keySet()) {
                if (!UNetEncoder.has(name)) continue;
                device.memory().write(tensor(learnt, name).toArray(), tensor(net, name).buffer());
                copied++;
            }
            assertEquals(22, copied);
            assertTrue(learnt.all().keySet().stream().anyMatch(name -> !UNetEncoder.has(name)), "there is a projection, which is not copied");
            fixture.like("transfer.logits", unet.forward(UNetTest.input(device, "input.unet", 2, 3, 48, 32)));
        }
    }

    private static Tensor tensor(Params of, String name) {
        return Objects.requireNonNull(of.all().get(name), name);
    }

    @Test
    void theCountAtFullSizeIsThePublishedOne() {
        try (Params params = Params.random(1, Device.scalar(1))) {
            var _ = new SimClr(params, 3, 64);
            assertEquals(21_334_848, params.count());
        }
    }

    @Test
    void theRateFallsAfterTenEpochsDownToNothing() {
        var recipe = new Pretraining(30, 1, 8);
        for (int epoch = 1; epoch <= 11; epoch++) assertEquals(1, recipe.rate(epoch));
        assertEquals(0.5, recipe.rate(21), 1e-12);
        assertTrue(recipe.rate(30) > 0 && recipe.rate(30) < 0.01);
        assertEquals(1, new Pretraining(3, 1, 8).rate(3));
    }
}
