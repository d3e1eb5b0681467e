package dev.samovar.core.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Weight decay, momentum, schedules, and the summing and clipping of gradients, each compared with numbers computed by hand.
class OptimizersTest {
    static Stream<Device> devices() {
        return Stream.of(Device.reference(), Device.scalar(1), Device.cpu(2));
    }

    private static float[] after(Device device, Function<Map<String, Tensor>, Optimizer> optimizer, float... gradients) {
        Tensor p = Tensor.parameter(device, new float[]{2}, Shape.of(1), true);
        float[] values = new float[gradients.length];
        try (Optimizer o = optimizer.apply(Map.of("p", p))) {
            for (int i = 0; i < gradients.length; i++) {
                try (var _ = Scope.open()) {
                    o.step(p.affine(1, 0).backward(Tensor.of(device, new float[]{gradients[i]}, 1)));
                    values[i] = (float) p.item();
                }
            }
        }
        return values;
    }

    /// First step: 2 · (1 − 0.1 · 0.5) = 1.9, minus 0.1 for Adam's first step. Second, with a zero gradient: 1.8 · 0.95, and Adam moves on by its momentum.
    @ParameterizedTest
    @MethodSource("devices")
    void decoupledDecayTakesAShareOfTheParameterFirst(Device device) {
        float[] p = after(device, ps -> new AdamW(ps, 0.1, 0.5), 3, 0);
        assertEquals(1.8f, p[0], 1e-6f);
        double m = 0.9 * 0.3, v = 0.999 * 0.009, step = 0.1 * (m / (1 - 0.81)) / (Math.sqrt(v / (1 - 0.999 * 0.999)) + 1e-8);
        assertEquals(1.8 * 0.95 - step, p[1], 1e-6);
    }

    /// If the gradient is zero, decay alone makes one: 0.5 · 2 = 1. Adam's first step is the learning rate, whatever the gradient.
    @ParameterizedTest
    @MethodSource("devices")
    void decayInTheGradientIsAGradient(Device device) {
        assertEquals(1.9f, after(device, ps -> new Adam(ps, 0.1, 0.5), 0)[0], 1e-6f);
        assertEquals(2, after(device, ps -> new Adam(ps, 0.1), 0)[0]);
    }

    /// b = 3, then 0.9 · 3 + 1 = 3.7; with decay 0.5: b = 3 + 1 = 4, p = 1.6, then b = 3.6 + 1 + 0.8 = 5.4.
    @ParameterizedTest
    @MethodSource("devices")
    void momentumGathers(Device device) {
        assertArrayEquals(new float[]{1.7f, 1.33f}, after(device, ps -> new Sgd(ps, 0.1, 0.9, 0), 3, 1), 1e-6f);
        assertArrayEquals(new float[]{1.6f, 1.06f}, after(device, ps -> new Sgd(ps, 0.1, 0.9, 0.5), 3, 1), 1e-6f);
    }

    @Test
    void anotherSgdGoesOnWhereItWas() {
        Device device = Device.cpu(1);
        Tensor p = Tensor.parameter(device, new float[]{1, 2}, Shape.of(2), true), q = Tensor.parameter(device, new float[2], Shape.of(2), true);
        try (var one = new Sgd(Map.of("p", p), 0.1, 0.9, 0.01); var other = new Sgd(Map.of("p", q), 0.1, 0.9, 0.01)) {
            step(one, p);
            device.memory().write(p.toArray(), q.buffer());
            Map<String, float[]> moments = new HashMap<>();
            one.moments().forEach((name, t) -> moments.put(name, t.toArray()));
            other.restore(one.steps(), moments);
            step(one, p);
            step(other, q);
            assertArrayEquals(p.toArray(), q.toArray());
        }
    }

    private static void step(Optimizer o, Tensor p) {
        try (var _ = Scope.open()) {
            o.step(p.mul(p).sum().backward());
        }
    }

    @Test
    void ratesByStepsCosinesAndAfterAWarmUp() {
        assertEquals(1, new RateSchedule.Constant().factor(99));
        RateSchedule steps = new RateSchedule.Step(10, 0.5);
        assertArrayEquals(new double[]{1, 1, 0.5, 0.25}, new double[]{steps.factor(0), steps.factor(9), steps.factor(10), steps.factor(29)});
        RateSchedule cosine = new RateSchedule.Cosine(8, 0.2);
        assertArrayEquals(new double[]{1, 0.6, 0.2, 0.2}, new double[]{cosine.factor(0), cosine.factor(4), cosine.factor(8), cosine.factor(12)},
                1e-15);
        RateSchedule warm = new RateSchedule.WarmUp(4, cosine);
        assertArrayEquals(new double[]{0.25, 0.5, 1, 1, 0.6}, new double[]{warm.factor(0), warm.factor(1), warm.factor(3), warm.factor(4),
            warm.factor(8)}, 1e-15);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void gradientsAreSummedAndCutToALength(Device device) {
        Tensor p = Tensor.parameter(device, new float[]{1, 1}, Shape.of(2), true), q = Tensor.parameter(device, new float[]{1}, Shape.of(1), true);
        try (var _ = Scope.open()) {
            Gradients first = p.sum().affine(3, 0).backward(), second = p.sum().add(q.affine(2, 0).sum()).backward();
            Gradients both = first.plus(second);
            assertArrayEquals(new float[]{4, 4}, both.of(p).toArray());
            assertArrayEquals(new float[]{2}, both.of(q).toArray());
            assertEquals(6, both.norm(), 1e-6);
            assertArrayEquals(new float[]{2, 2}, both.clip(3).of(p).toArray(), 1e-5f);
            assertArrayEquals(new float[]{1}, both.clip(3).of(q).toArray(), 1e-5f);
            assertEquals(both, both.clip(7), "they are short enough already");
        }
    }
}
