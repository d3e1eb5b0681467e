package dev.samovar.core.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("it counts the memory of the whole process")
class CheckpointTest {
    private static final int WIDE = 400, ROWS = 500;

    private static Tensor parameter(Device device, String name, int... shape) {
        var random = new Random(5, name);
        Shape s = Shape.of(shape);
        float[] x = new float[s.size()];
        for (int i = 0; i < x.length; i++) x[i] = (float) random.normal() / 20;
        return Tensor.parameter(device, x, s, true);
    }

    /// Six layers whose inner tensors are several times as large as those passed from layer to layer.
    private static float[][] run(Device device, boolean checkpointed, long[] kept) {
        Tensor w = parameter(device, "w", WIDE, 40), v = parameter(device, "v", 40, WIDE), x = parameter(device, "x", ROWS, 40);
        UnaryOperator<Tensor> layer = t -> t.add(t.linear(w, null).gelu().linear(v, null));
        try (var _ = Scope.open()) {
            Tensor y = x;
            for (int i = 0; i < 6; i++) y = checkpointed ? y.checkpoint(layer, List.of(w, v)) : layer.apply(y);
            kept[0] = device.memory().bytesInUse();
            Gradients g = y.mul(y).sum().backward();
            return new float[][]{y.toArray(), g.of(x).toArray(), g.of(w).toArray(), g.of(v).toArray()};
        }
    }

    @Test
    void theSameBitsInAFractionOfTheMemory() {
        for (Device device : new Device[]{Device.reference(), Device.scalar(2), Device.cpu(2)}) {
            long[] plainly = new long[1], again = new long[1];
            float[][] plain = run(device, false, plainly), recomputed = run(device, true, again);
            for (int i = 0; i < plain.length; i++) assertArrayEquals(plain[i], recomputed[i]);
            assertTrue(3 * again[0] < plainly[0], again[0] + " bytes kept, " + plainly[0] + " without checkpoints");
        }
    }

    /// Otherwise its gradient would be lost without a word.
    @Test
    void aParameterThatWasNotGivenIsAnError() {
        Device device = Device.reference();
        Tensor x = parameter(device, "x", 3), a = parameter(device, "a", 3);
        try (var _ = Scope.open()) {
            Tensor computed = a.mul(a);
            assertEquals(
                    "checkpoint: a parameter of shape (3) was computed; give the leaves that it was computed from, and compute it inside the function",
                    assertThrows(IllegalArgumentException.class, () -> x.checkpoint(t -> t.mul(computed), List.of(computed))).getMessage());
            for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(t -> t.mul(computed), t -> t.mul(a)))
                assertEquals("checkpoint: the function uses a parameter of shape (3) that it was not given", assertThrows(IllegalStateException.class,
                        () -> x.checkpoint(f, List.of()).sum().backward()).getMessage());
            assertArrayEquals(a.mul(a).mul(x).sum().backward().of(a).toArray(), x.checkpoint(t -> t.mul(a.mul(a)), List.of(a)).sum().backward().of(a)
                    .toArray());
        }
    }
}
