package dev.samovar.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.optim.Adam;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("it counts the memory of the whole process")
class ScopeTest {
    private static final int BYTES = 8 * 6;                                        // of six numbers on the reference device

    private final Device device = Device.reference();
    private final Tensor p = Tensor.parameter(device, new float[]{1, 2, 3, 4, 5, 6}, Shape.of(2, 3), true);

    @AfterEach
    void memoryReturnsToTheBaseline() {
        assertEquals(BYTES, device.memory().bytesInUse(), "only the parameter's bytes are in use");
        assertArrayEquals(new float[]{1, 2, 3, 4, 5, 6}, p.toArray(), "the parameter keeps its values");
    }

    @Test
    void aTensorUsedAfterItsScopeClosedSaysSo() {
        Tensor y;
        try (var _ = Scope.open()) {
            y = p.exp();
        }
        String sentence = "this tensor was freed, because its scope or the model that it belongs to was closed: keep it with Scope.keep, or use it before";
        assertEquals(sentence, assertThrows(IllegalStateException.class, y::toArray).getMessage());
        try (var _ = Scope.open()) {
            assertEquals(sentence, assertThrows(IllegalStateException.class, () -> y.add(p)).getMessage());
            assertEquals(sentence, assertThrows(IllegalStateException.class, () -> y.reshape(6).toArray()).getMessage());
        }
    }

    @Test
    void withoutAnOpenScopeNothingIsComputed() {
        String message = assertThrows(IllegalStateException.class, p::exp).getMessage();
        assertEquals("no scope is open on this thread: wrap the computation in try (var scope = Scope.open()) { … }", message);
        assertThrows(IllegalStateException.class, () -> Tensor.of(device, new float[1], 1));
        assertThrows(IllegalStateException.class, () -> p.detach().add(p));
    }

    @Test
    void whatIsKeptOutlivesTheScopeAndAllElseIsFreed() {
        try (var _ = Scope.open()) {
            Tensor kept, gone;
            try (var inner = Scope.open()) {
                gone = p.detach().affine(2, 0);
                kept = inner.keep(gone.affine(1, 1));
            }
            assertArrayEquals(new float[]{3, 5, 7, 9, 11, 13}, kept.toArray());
            assertTrue(Graph.released(gone));
            assertEquals(2 * BYTES, device.memory().bytesInUse());
        }
    }

    @Test
    void aTensorMustBeKeptByEveryScopeItLeaves() {
        try (var _ = Scope.open()) {
            Tensor y;
            try (var _ = Scope.open()) {
                try (var innermost = Scope.open()) {
                    y = innermost.keep(p.exp());
                }
                assertFalse(Graph.released(y));
            }
            assertTrue(Graph.released(y));
        }
    }

    @Test
    void whatAnOuterScopeKeepsTheInnerOnesDoNotFree() {
        try (var _ = Scope.open()) {
            Tensor y, saved;
            try (var outer = Scope.open()) {
                try (var _ = Scope.open()) {
                    saved = p.exp();
                    y = outer.keep(saved.mul(saved));
                }
            }
            assertFalse(Graph.released(y));
            assertFalse(Graph.released(saved), "its gradient needs it");
            assertEquals(2 * Math.exp(2), y.sum().backward().of(p).toDoubles()[0], 1e-12);
        }
    }

    @Test
    void whatIsKeptWhereNoScopeIsAroundBelongsToWhoeverHoldsIt() {
        Tensor y;
        try (var scope = Scope.open()) {
            y = scope.keep(p.detach().affine(2, 0));
        }
        assertArrayEquals(new float[]{2, 4, 6, 8, 10, 12}, y.toArray());
        y.release();
    }

    @Test
    void keepingAViewKeepsTheNumbers() {
        try (var _ = Scope.open()) {
            Tensor view, twice;
            try (var inner = Scope.open()) {
                twice = p.detach().affine(2, 0);
                view = inner.keep(twice.reshape(6));
            }
            assertArrayEquals(new float[]{2, 4, 6, 8, 10, 12}, view.toArray());
            assertArrayEquals(new float[]{2, 4, 6, 8, 10, 12}, twice.toArray(), "the same numbers");
        }
    }

    @Test
    void keepingAParameterOrATensorFromOutsideChangesNothing() {
        try (var _ = Scope.open()) {
            Tensor outside = p.exp();
            try (var inner = Scope.open()) {
                assertSame(outside, inner.keep(outside));
                assertSame(p, inner.keep(p));
                assertSame(p, Scope.tidy(x -> x, p));
            }
            assertFalse(Graph.released(outside));
        }
    }

    @Test
    void tidyFreesAllButTheResult() {
        try (var _ = Scope.open()) {
            Tensor y = Scope.tidy(x -> x.affine(2, 0).affine(1, 1).affine(3, 0), p.detach());
            assertArrayEquals(new float[]{9, 15, 21, 27, 33, 39}, y.toArray());
            assertEquals(2 * BYTES, device.memory().bytesInUse());
        }
    }

    @Test
    void gradientsFlowThroughTidyAndWhatTheyNeedSurvives() {
        try (var _ = Scope.open()) {
            Tensor plain = function(p), tidy = Scope.tidy(x -> Scope.tidy(ScopeTest::function, x), p);
            assertArrayEquals(plain.backward(plain).of(p).toDoubles(), tidy.backward(tidy).of(p).toDoubles());
        }
    }

    private static Tensor function(Tensor x) {
        return x.affine(0.3, 1).gelu().mul(x.reshape(3, 2).permute(1, 0)).softmax(1).log();
    }

    @Test
    void tidyInTrainingKeepsOnlyWhatTheGradientNeeds() {
        try (var _ = Scope.open()) {
            long before = device.memory().bytesInUse();
            Tensor y = Scope.tidy(x -> x.affine(2, 0).add(x).sub(x.affine(3, 1)).exp(), p);
            assertEquals(BYTES, device.memory().bytesInUse() - before, "exp saves its result, the others nothing");
            assertEquals(0, y.sum().backward().of(p).toDoubles()[0], 1e-12);
        }
    }

    @Test
    void whatOnlyMovesNumbersNeedsNoneOfThemForItsGradient() {
        try (var _ = Scope.open()) {
            long before = device.memory().bytesInUse();
            Tensor y = Scope.tidy(x -> Tensor.concat(0, x.affine(2, 0).slice(0, 0, 1).pad(0, 1, 1), x.affine(3, 0)).permute(1, 0)
                    .affine(1, 1).reshape(1, 3, 5).resizeBilinear(1, 2).expand(Shape.of(3, 1, 2)).sum(0).reshape(-1), p);
            assertEquals(8 * 2, device.memory().bytesInUse() - before);
            y.backward(Tensor.full(device, 1, 2)).of(p).toArray();
        }
    }

    @Test
    void memoryReturnsAfterABackwardPass() {
        try (var _ = Scope.open()) {
            Tensor loss = function(p).mul(p).sum();
            long forward = device.memory().bytesInUse();
            loss.backward();
            assertEquals(BYTES + 8, device.memory().bytesInUse() - forward, "the gradient, and the 1 it began with");
        }
    }

    @Test
    void aBackwardPassFreesEachGradientAsSoonAsItWasPassedOn() {
        try (var _ = Scope.open()) {
            Tensor x = p;
            for (int i = 0; i < 100; i++) x = x.affine(1.01, 0);
            Tensor loss = x.sum();
            long forward = device.memory().bytesInUse();
            loss.backward();
            assertTrue(device.memory().peakBytes() - forward <= 4L * BYTES, "peak of the backward pass: " + (device.memory().peakBytes()
                    - forward));
        }
    }

    @Test
    void memoryReturnsAfterAnException() {
        assertThrows(ShapeException.class, () -> {
            try (var _ = Scope.open(); var _ = Scope.open()) {
                Scope.tidy(x -> x.exp().add(Tensor.full(device, 1, 7)), p);
            }
        });
        assertThrows(ArithmeticException.class, () -> {
            try (var _ = Scope.open()) {
                Tensor.apply(new Failing(), p.exp()).gelu().sum().backward();
            }
        });
        assertThrows(IllegalStateException.class, p::exp, "all scopes are closed");
    }

    private record Failing() implements Op.Unary {
        @Override
        public Tensor forward(Context ctx, Tensor x) {
            return x.affine(1, 1);
        }

        @Override
        public Tensor backward(Context ctx, Tensor dy) {
            Objects.requireNonNull(dy.affine(2, 0));
            throw new ArithmeticException("the backward pass fails");
        }
    }

    @Test
    void memoryReturnsAfterAStepOfTraining() {
        Tensor weight = Tensor.parameter(device, new float[]{1, 2, 3}, Shape.of(1, 3), true);
        try (var adam = new Adam(Map.of("weight", weight), 0.1)) {
            long before = device.memory().bytesInUse();
            for (int i = 0; i < 3; i++) {
                try (var _ = Scope.open()) {
                    adam.step(p.detach().linear(weight, null).gelu().sum().backward());
                }
                assertEquals(before, device.memory().bytesInUse());
            }
        }
        weight.release();
    }

    @Test
    void frozenParametersRecordNothing() {
        Tensor frozen = Tensor.parameter(device, new float[]{1, 2, 3}, Shape.of(3), false);
        try (var _ = Scope.open()) {
            Tensor y = Scope.tidy(x -> x.exp().mul(frozen).gelu(), p.detach());
            assertFalse(y.requiresGrad());
            assertTrue(Graph.operations(y).isEmpty());
            assertEquals(BYTES + BYTES / 2 + BYTES, device.memory().bytesInUse());
            assertThrows(IllegalStateException.class, () -> y.sum().backward());
        }
        frozen.release();
    }

    @Test
    void scopesCloseInTheReverseOrderOfOpening() {
        try (var _ = Scope.open()) {
            var outer = Scope.open();
            try (var _ = Scope.open()) {
                assertThrows(IllegalStateException.class, outer::close);
            }
            outer.close();
            outer.close();                                                         // closing twice does no harm
            assertEquals(6, p.exp().shape().size());
        }
    }

    @Test
    void scopesOfTwoThreadsHaveNothingToDoWithEachOther() throws InterruptedException {
        try (var _ = Scope.open()) {
            Tensor shared = p.exp();
            var failure = new Throwable[1];
            Thread other = Thread.ofPlatform().start(() -> {
                try (var scope = Scope.open()) {
                    scope.keep(shared);
                    shared.mul(p).sum().backward();
                } catch (Throwable t) {
                    failure[0] = t;
                }
            });
            other.join();
            assertEquals(null, failure[0]);
            assertEquals(Math.E, shared.toDoubles()[0], 1e-12);
        }
    }

    /// With one thread on a device that has no others, and with more threads than pieces.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void piecesSideBySideKeepWhatTheyWantAndFreeTheRest(int threads) {
        Device there = threads == 0 ? device : Device.cpu(threads);
        long before = there.memory().bytesInUse();
        try (var _ = Scope.open()) {
            Tensor x = Tensor.of(there, new float[]{1, 2, 3}, 3).leaf(true);
            List<Tensor> gone = Collections.synchronizedList(new ArrayList<>());
            long size = there.memory().bytesInUse() - before;
            List<Gradients> all = Scope.sideBySide(there, 2, (i, scope) -> {
                Tensor y = x.affine(i + 1, 0);
                gone.add(y);
                return y.mul(y).sum().backward().keptBy(scope);
            });
            for (int i = 0; i < 2; i++) {
                int factor = 2 * (i + 1) * (i + 1);
                assertArrayEquals(new double[]{factor, 2 * factor, 3 * factor}, all.get(i).of(x).toDoubles());
                assertTrue(Graph.released(gone.get(i)));
            }
            assertEquals(3 * size, there.memory().bytesInUse() - before, "the leaf and its two gradients");
            assertFalse(Graph.released(x.exp()), "the caller's scope is the innermost one again");
        }
        assertEquals(before, there.memory().bytesInUse(), "what the pieces kept belonged to the caller's scope");
    }

    @Test
    void aPieceThatFailsFailsTheCallAndNothingStays() {
        Device there = Device.cpu(2);
        long before = there.memory().bytesInUse();
        try (var _ = Scope.open()) {
            assertThrows(ArithmeticException.class, () -> Scope.sideBySide(there, 3, (i, scope) -> {
                scope.keep(Tensor.full(there, 1, 5).exp());
                if (i == 1) throw new ArithmeticException("this piece fails");
                return i;
            }));
        }
        assertEquals(before, there.memory().bytesInUse());
        assertThrows(IllegalStateException.class, () -> Scope.sideBySide(there, 1, (i, _) -> i), "there is no scope to move things to");
    }
}
