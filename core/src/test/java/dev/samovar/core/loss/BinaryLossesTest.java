package dev.samovar.core.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.GradCheck;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Compares each loss with its definition, written out in double precision, and its gradient with two forward passes.
class BinaryLossesTest {
    private static final double[] LOGITS = {-3, 0.5, 2, -0.25, 1, -1, 4, 0.1}, TARGETS = {0, 1, 1, 0, 0, 1, 1, 0};

    private static double of(BinaryOperator<Tensor> loss, double[] x) {
        try (var _ = Scope.open()) {
            Device device = Device.reference();
            return loss.apply(Tensor.of(device, x, 2, 1, 2, 2), Tensor.of(device, TARGETS, 2, 1, 2, 2)).item();
        }
    }

    private static double sigma(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double[] probabilities() {
        return java.util.Arrays.stream(LOGITS).map(BinaryLossesTest::sigma).toArray();
    }

    @Test
    void crossEntropyOfLogitsWeighsTheObject() {
        for (double weight : new double[]{1, 2, 0.3}) {
            double sum = 0;
            for (int i = 0; i < 8; i++)
                sum -= weight * TARGETS[i] * Math.log(sigma(LOGITS[i])) + (1 - TARGETS[i]) * Math.log(1 - sigma(LOGITS[i]));
            assertEquals(sum / 8, of((x, t) -> BinaryLosses.bceWithLogits(x, t, weight), LOGITS), 1e-12);
        }
        assertEquals(1000 / 8.0, of((x, t) -> BinaryLosses.bceWithLogits(x, t, 1), new double[]{-1000, 1000, 1000, -1000, 1000, 1000, 1000,
            -1000}),
                1e-9, "for large logits it is the logit itself");
    }

    @Test
    void crossEntropyOfProbabilitiesStopsAtAHundred() {
        assertEquals(of((x, t) -> BinaryLosses.bceWithLogits(x, t, 1), LOGITS), of(BinaryLosses::bce, probabilities()), 1e-12);
        assertEquals(2 * 100 / 8.0, of(BinaryLosses::bce, new double[]{0, 0, 1, 0, 1, 1, 1, 0}), 1e-12);
    }

    @Test
    void itsGradientIsFiniteAtZeroAndOne() {
        for (Device device : new Device[]{Device.reference(), Device.scalar(1), Device.cpu(1)}) {
            Tensor p = Tensor.parameter(device, new float[]{0, 0, 1, 1, 0.25f}, Shape.of(1, 5), true);
            try (var _ = Scope.open()) {
                float[] g = p.binaryCrossEntropy(Tensor.of(device, new float[]{0, 1, 0, 1, 1}, 1, 5)).sum().backward().of(p).toArray();
                assertEquals(0, g[0]);
                assertEquals(-1e12f, g[1], 1e6f);
                assertEquals(1e12f, g[2], 1e6f);
                assertEquals(0, g[3]);
                assertEquals(-4, g[4], 1e-5f);
            }
        }
    }

    @Test
    void diceOfEachPictureByItself() {
        double[] p = probabilities();
        for (boolean squares : new boolean[]{false, true}) {
            double sum = 0;
            for (int b = 0; b < 2; b++) {
                double both = 0, size = 0;
                for (int i = 4 * b; i < 4 * b + 4; i++) {
                    both += p[i] * TARGETS[i];
                    size += squares ? p[i] * p[i] + TARGETS[i] : p[i] + TARGETS[i];
                }
                sum += 1 - (2 * both + 0.3) / (size + 0.3);
            }
            assertEquals(sum / 2, of((x, t) -> BinaryLosses.dice(x, t, squares, 0.3), p), 1e-7);
        }
        assertEquals(0, of((x, t) -> BinaryLosses.dice(x, t, true, 1e-5), TARGETS), 1e-12, "perfect");
    }

    @Test
    void intersectionOverUnion() {
        double[] p = probabilities();
        double sum = 0;
        for (int b = 0; b < 2; b++) {
            double both = 0, size = 0;
            for (int i = 4 * b; i < 4 * b + 4; i++) {
                both += p[i] * TARGETS[i];
                size += p[i] + TARGETS[i];
            }
            sum += 1 - (both + 1) / (size - both + 1);
        }
        assertEquals(sum / 2, of(BinaryLosses::iou, p), 1e-12);
    }

    @Test
    void focalLossTurnsToWhatIsHard() {
        double sum = 0;
        for (int i = 0; i < 8; i++) {
            double p = TARGETS[i] == 1 ? sigma(LOGITS[i]) : 1 - sigma(LOGITS[i]), alpha = TARGETS[i] == 1 ? 0.25 : 0.75;
            sum -= alpha * Math.pow(1 - p, 2) * Math.log(p);
        }
        assertEquals(sum / 8, of((x, t) -> BinaryLosses.focal(x, t, 0.25, 2), LOGITS), 1e-12);
        double half = of((x, t) -> BinaryLosses.focal(x, t, 0.5, 0), LOGITS);
        assertEquals(of((x, t) -> BinaryLosses.bceWithLogits(x, t, 1), LOGITS) / 2, half, 1e-12, "with γ = 0 it is the cross entropy");
    }

    @Test
    void squaredErrorIsTheMean() {
        double sum = 0;
        for (int i = 0; i < 8; i++) sum += Math.pow(LOGITS[i] - TARGETS[i], 2);
        assertEquals(sum / 8, of(BinaryLosses::squaredError, LOGITS), 1e-12);
    }

    @TestFactory
    Stream<DynamicTest> gradientsAreTheDerivatives() {
        record Case(String name, BinaryOperator<Tensor> loss) {}
        return Stream
                .of(new Case("bceWithLogits", (x, t) -> BinaryLosses.bceWithLogits(x, t, 2)),
                        new Case("dice", (x, t) -> BinaryLosses.dice(x.sigmoid(), t, false, 2)),
                        new Case("dice of squares", (x, t) -> BinaryLosses.dice(x.sigmoid(), t, true, 1e-5)),
                        new Case("iou", (x, t) -> BinaryLosses.iou(x.sigmoid(), t)), new Case("focal", (x, t) -> BinaryLosses.focal(x, t, 0.25, 2)),
                        new Case("squaredError", BinaryLosses::squaredError))
                .map(c -> dynamicTest(c.name, () -> GradCheck.check(c.name, xs -> c.loss.apply(xs[0], Tensor.of(xs[0].device(), TARGETS, 2, 1, 2, 2)),
                        Shape.of(2, 1, 2, 2))));
    }

    @Test
    void shapesMustAgree() {
        try (var _ = Scope.open()) {
            Tensor x = Tensor.full(Device.reference(), 0, 1, 1, 2, 2), t = Tensor.full(Device.reference(), 0, 1, 1, 2);
            String says = String.valueOf(assertThrows(ShapeException.class, () -> BinaryLosses.dice(x, t, true, 1)).getMessage());
            assertTrue(says.contains("dice") && says.contains("(1, 1, 2, 2)") && says.contains("(1, 1, 2)"), says);
        }
    }
}
