package dev.samovar.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.optim.Adam;
import dev.samovar.core.testkit.GradCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GradientsTest {
    private final Device device = Device.reference();
    private final Tensor x = parameter(1, 2, 3), y = parameter(4, 5, 6);
    private Scope scope = Scope.open();

    @BeforeEach
    void openAScope() {
        scope.close();
        scope = Scope.open();
    }

    @AfterEach
    void closeIt() {
        scope.close();
    }

    private Tensor parameter(float... values) {
        return Tensor.parameter(device, values, Shape.of(values.length), true);
    }

    private static void assertGradient(Tensor of, Tensor leaf, double... expected) {
        assertArrayEquals(expected, of.sum().backward().of(leaf).toDoubles(), 1e-12);
    }

    // ---- a tensor that is used twice

    @Test
    void theGradientOfXPlusXIsTwo() { assertGradient(x.add(x), x, 2, 2, 2); }

    @Test
    void theGradientOfXMinusXIsZero() { assertGradient(x.sub(x), x, 0, 0, 0); }

    @Test
    void theGradientOfXTimesXIsTwiceX() { assertGradient(x.mul(x), x, 2, 4, 6); }

    @Test
    void theGradientOfXCubedIsThriceItsSquare() { assertGradient(x.mul(x).mul(x), x, 3, 12, 27); }

    @Test
    void bothWaysRoundADiamondAddUp() {
        Tensor top = x.affine(2, 1);
        assertGradient(top.mul(y).add(top.affine(3, 0)), x, 2 * (4 + 3), 2 * (5 + 3), 2 * (6 + 3));
    }

    @Test
    void diamondsOnDiamondsDouble() {
        Tensor sum = x;
        for (int i = 0; i < 40; i++) sum = sum.add(sum);
        assertGradient(sum, x, 0x1p40, 0x1p40, 0x1p40);
    }

    @Test
    void wholeAndPartsOfATensorAddUp() {
        Tensor parts = Tensor.concat(0, x.slice(0, 0, 2), x.slice(0, 1, 3), x.reshape(3, 1).permute(1, 0).reshape(3));
        assertGradient(parts.mul(parts), x, 4 * 1, 6 * 2, 4 * 3);
        GradCheck.check("views", xs -> xs[0].reshape(6).slice(0, 1, 5).reshape(2, 2).matmul(xs[0].slice(1, 0, 2), false, true)
                .add(xs[0].sum()).mul(xs[0].select(0, 1).select(0, 2)), Shape.of(2, 3));
    }

    @Test
    void aLongAndAShortWayAddUp() {
        Tensor far = x;
        for (int i = 0; i < 50; i++) far = far.affine(1, 1);
        assertGradient(x.mul(far.add(x)), x, 4 * 1 + 50, 4 * 2 + 50, 4 * 3 + 50);
    }

    // ---- calls of backward

    @Test
    void whatTookNoPartHasNoGradient() {
        Gradients g = x.sum().backward();
        assertFalse(g.reached(y));
        String message = assertThrows(IllegalArgumentException.class, () -> g.of(y)).getMessage();
        assertEquals("no gradient reached this tensor of shape (3): it took no part, or is frozen", message);
    }

    @Test
    void whatIsFrozenHasNoGradient() {
        Tensor frozen = Tensor.parameter(device, new float[]{1, 2, 3}, Shape.of(3), false);
        Gradients g = x.mul(frozen).sum().backward();
        assertFalse(g.reached(frozen));
        assertArrayEquals(new double[]{1, 2, 3}, g.of(x).toDoubles());
    }

    @Test
    void aLeafsGradientCanBeLeftOut() {
        Gradients g = x.mul(y).sum().backward().without(y);
        assertFalse(g.reached(y));
        assertArrayEquals(new double[]{4, 5, 6}, g.of(x).toDoubles());
        assertEquals(Math.sqrt(16 + 25 + 36), g.norm(), 1e-12, "the norm is of what is left");
    }

    @Test
    void noGradientFlowsThroughDetach() { assertGradient(x.mul(x.detach()), x, 1, 2, 3); }

    @Test
    void theGradientOfAParameterByItselfIsOne() {
        Tensor scalar = Tensor.parameter(device, new float[]{5}, Shape.of(), true);
        assertEquals(1, scalar.backward().of(scalar).item());
    }

    @Test
    void aGraphMayBeWalkedTwice() {
        Tensor loss = x.exp().mul(y).sum();
        assertArrayEquals(loss.backward().of(x).toDoubles(), loss.backward().of(x).toDoubles());
    }

    @Test
    void backwardTakesAGradientOfTheTensorsShape() {
        Tensor u = Tensor.of(device, new float[]{1, -1, 2}, 3);
        assertArrayEquals(new double[]{4, -5, 12}, x.mul(y).backward(u).of(x).toDoubles());
        assertArrayEquals(new double[]{1, -1, 2}, u.toDoubles(), "the caller's gradient is not changed");
    }

    @Test
    void theCallersGradientIsLeftAloneEvenWhereItPassesThrough() {
        Tensor u = Tensor.of(device, new float[]{1, -1, 2}, 3);
        Gradients g = x.add(y).add(x).reshape(3, 1).reshape(3).backward(u);
        assertArrayEquals(new double[]{2, -2, 4}, g.of(x).toDoubles());
        assertArrayEquals(new double[]{1, -1, 2}, g.of(y).toDoubles());
        assertArrayEquals(new double[]{1, -1, 2}, u.toDoubles());
    }

    @Test
    void backwardStartsFromAScalarOrTakesAGradient() {
        assertMessage(ShapeException.class, "backward: starts from a scalar, or takes a gradient; this has shape (3)", x.exp()::backward);
        assertMessage(ShapeException.class, "backward: gradient (1, 3) for a tensor of shape (3)",
                () -> x.exp().backward(Tensor.full(device, 1, 1, 3)));
        assertMessage(IllegalStateException.class, "backward: this tensor depends on nothing that asks for a gradient", () -> x.detach()
                .sum().backward());
    }

    @Test
    void gradientsBelongToTheScopeInWhichBackwardWasCalled() {
        Tensor loss = x.exp().sum();
        Gradients g;
        try (var _ = Scope.open()) {
            g = loss.backward();
            assertEquals(Math.E, g.of(x).toDoubles()[0], 1e-12);
        }
        assertThrows(IllegalStateException.class, () -> g.of(x).toArray());
        Gradients kept;
        try (var inner = Scope.open()) {
            kept = loss.backward();
            inner.keep(kept.of(x));
        }
        assertEquals(Math.E, kept.of(x).toDoubles()[0], 1e-12);
    }

    @Test
    void aGradientOfAnotherShapeThanItsInputIsTheOperationsFault() {
        Tensor wrong = Tensor.apply(new Wrong(), x);
        assertMessage(ShapeException.class, "Wrong[]: gradient (1) for an input of shape (3)", () -> wrong.sum().backward());
    }

    private record Wrong() implements Op.Unary {
        @Override
        public Tensor forward(Context ctx, Tensor x) {
            return x.affine(1, 0);
        }

        @Override
        public Tensor backward(Context ctx, Tensor dy) {
            return dy.slice(0, 0, 1);
        }
    }

    @Test
    void gradientsThatShareTheirMemoryCanBeAddedUp() {
        Gradients g = x.sum().backward().addedTo(x.add(y).sum().backward());
        assertArrayEquals(new double[]{2, 2, 2}, g.of(x).toDoubles());
        assertArrayEquals(new double[]{1, 1, 1}, g.of(y).toDoubles(), "it was one tensor with that of x");
    }

    // ---- devices and optimizers

    @Test
    void tensorsOfTwoDevicesDoNotMix() {
        Tensor there = Tensor.of(Device.scalar(1), new float[]{1, 2, 3}, 3);
        for (Runnable mixed : new Runnable[]{() -> x.add(there), () -> x.reshape(1, 3).linear(there.reshape(1, 3), null),
            () -> Tensor.concat(0, x, there), () -> x.mul(there.reshape(3, 1)), () -> x.exp().backward(there)}) {
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, mixed::run).getMessage());
            assertTrue(message.contains(device.toString()) && message.contains(there.device().toString()), message);
        }
        assertFalse(device.toString().equals(there.device().toString()));
    }

    @Test
    void adamRefusesToStepWithoutEveryGradientAndChangesNothing() {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        parameters.put("used", x);
        parameters.put("layer.weight", y);
        try (var adam = new Adam(parameters, 0.1)) {
            assertMessage(IllegalStateException.class, "adam: no gradient reached the parameter layer.weight; freeze it, or use it",
                    () -> adam.step(x.sum().backward()));
        }
        assertArrayEquals(new float[]{1, 2, 3}, x.toArray());
    }

    @Test
    void anOptimizerTakesOnlyMomentsOfItsParametersShapes() {
        Map<String, Tensor> parameters = Map.of("x", x);
        try (var adam = new Adam(parameters, 0.1)) {
            for (int n : new int[]{2, 4})
                assertMessage(IllegalArgumentException.class, "x.v has " + n + " numbers, and shape (3)",
                        () -> adam.restore(5, Map.of("x.m", new float[3], "x.v", new float[n])));
            assertEquals(0, adam.steps());
        }
    }

    @Test
    void aStateFollowsNumbersOfItsShape() {
        Tensor state = Tensor.state(device, new float[]{2, 4}, Shape.of(2));
        for (Tensor other : new Tensor[]{Tensor.full(device, 1, 3), Tensor.full(device, 1, 1)})
            assertMessage(ShapeException.class, "follow: a state of shape (2) and numbers of shape " + other.shape(), () -> state.follow(other, 0.5));
        assertArrayEquals(new double[]{2, 4}, state.toDoubles(), "nothing has changed");
    }

    @Test
    void labelsAreWithinTheirClasses() {
        Labels labels = new Labels(2, 1, 1, new byte[]{3, 0});
        assertMessage(IllegalArgumentException.class, "oneHot: a label of class 3 among 2 classes", () -> labels.oneHot(device, 2));
        assertMessage(IllegalArgumentException.class, "union: a class is a number from 0 to 254, not 256", () -> labels.union(List.of(256)));
        assertMessage(IllegalArgumentException.class, "concat: there is nothing to join", () -> Tensor.concat(0));
    }

    private static void assertMessage(Class<? extends Exception> type, String message, Runnable action) {
        assertEquals(message, assertThrows(type, action::run).getMessage());
    }
}
