package dev.samovar.core.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdamTest {
    static Stream<Device> devices() {
        return Stream.of(Device.reference(), Device.scalar(1), Device.cpu(2));
    }

    private static void step(Adam adam, Tensor p, float... gradient) {
        try (var _ = Scope.open()) {
            adam.step(p.affine(1, 0).backward(Tensor.of(p.device(), gradient, gradient.length)));
        }
    }

    /// By hand, learning rate 0.1. First step: m = 0.05, v = 0.00025; corrected 0.5 and 0.25; p = 1 − 0.1 · 0.5 / (√0.25 + 1e-8).
    /// Second: m = 0.9 · 0.05 − 0.025 = 0.02, v = 0.999 · 0.00025 + 0.0000625 = 0.00031225; corrected by 0.19 and 0.001999.
    @ParameterizedTest
    @MethodSource("devices")
    void threeStepsByHand(Device device) {
        double tolerance = device.kernels().name().startsWith("reference") ? 1e-9 : 2e-7;
        Tensor p = Tensor.parameter(device, new float[]{1}, Shape.of(1), true);
        try (var adam = new Adam(Map.of("p", p), 0.1)) {
            step(adam, p, 0.5f);
            assertEquals(0.900000002, p.item(), tolerance);
            step(adam, p, -0.25f);
            assertEquals(0.8733662987, p.item(), tolerance);
            step(adam, p, 1);
            assertEquals(0.8075551397, p.item(), tolerance);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void theFirstStepIsTheLearningRateWhateverTheGradient(Device device) {
        Tensor p = Tensor.parameter(device, new float[6], Shape.of(6), true);
        try (var adam = new Adam(Map.of("p", p), 5e-4)) {
            step(adam, p, 1e-3f, -1e-3f, 1, -100, 0, 1e-8f);
            assertArrayEquals(new float[]{-5e-4f, 5e-4f, -5e-4f, 5e-4f, 0, -2.5e-4f}, p.toArray(), 1e-8f);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void parametersOfAllSizesMoveInOneSweep(Device device) {
        int[] sizes = {1, 40_000, 3, 70_001};
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        for (int n : sizes) parameters.put("p" + n, Tensor.parameter(device, new float[n], Shape.of(n), true));
        try (var adam = new Adam(parameters, 0.1); var _ = Scope.open()) {
            Tensor loss = parameters.values().stream().map(p -> p.affine(p.shape().size(), 0).sum()).reduce(Tensor::add).orElseThrow();
            adam.step(loss.backward());
        }
        for (Tensor p : parameters.values()) for (float value : p.toArray()) assertEquals(-0.1, value, 1e-7, "a parameter of " + p.shape());
    }

    @Test
    void parametersMustBeThereAndOfOneDevice() {
        assertThrows(IllegalArgumentException.class, () -> new Adam(Map.of(), 0.1));
        Tensor here = Tensor.parameter(Device.cpu(1), new float[1], Shape.of(1), true);
        Tensor there = Tensor.parameter(Device.reference(), new float[1], Shape.of(1), true);
        assertThrows(IllegalArgumentException.class, () -> new Adam(Map.of("here", here, "there", there), 0.1));
    }

    @Test
    void theLearningRateMayChangeBetweenSteps() {
        Tensor p = Tensor.parameter(Device.reference(), new float[]{0}, Shape.of(1), true);
        try (var adam = new Adam(Map.of("p", p), 0.1)) {
            step(adam, p, 1);
            adam.learningRate(0);
            assertEquals(0, adam.learningRate());
            double before = p.item();
            step(adam, p, 1);
            assertEquals(before, p.item());
        }
    }

    @Test
    void anotherGoesOnWhereItWas() {
        Tensor p = Tensor.parameter(Device.cpu(1), new float[]{1, 2, 3}, Shape.of(3), true);
        Tensor q = Tensor.parameter(Device.cpu(1), new float[]{0, 0, 0}, Shape.of(3), true);
        try (var one = new Adam(Map.of("p", p), 0.1); var other = new Adam(Map.of("p", q), 0.1)) {
            for (int i = 0; i < 5; i++) step(one, p, i, 1 - i, 0.3f);
            q.device().memory().write(p.toArray(), q.buffer());
            Map<String, float[]> moments = new HashMap<>();
            one.moments().forEach((name, t) -> moments.put(name, t.toArray()));
            other.restore(one.steps(), moments);
            step(one, p, 4, 5, 6);
            step(other, q, 4, 5, 6);
            assertArrayEquals(p.toArray(), q.toArray());
            assertThrows(IllegalArgumentException.class, () -> other.restore(1, Map.of()));
        }
    }
}
