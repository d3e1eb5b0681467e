package dev.samovar.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The corners keep their values, and between them the resize is linear, forward and backward.
class AlignedResizeTest {
    @Test
    void cornersStayAndWhatLiesBetweenIsLinear() {
        for (Device device : List.of(Device.reference(), Device.scalar(1), Device.cpu(2))) {
            try (var _ = Scope.open()) {
                Tensor x = Tensor.of(device, new float[]{0, 3, 6, 9, 12, 15}, 1, 1, 2, 3), y = AlignedResize.forward(x, 3, 5);
                assertArrayEquals(new float[]{0, 1.5f, 3, 4.5f, 6, 4.5f, 6, 7.5f, 9, 10.5f, 9, 10.5f, 12, 13.5f, 15}, y.toArray(), 1e-5f);
                assertArrayEquals(new float[]{0, 6, 9, 15}, AlignedResize.forward(x, 2, 2).toArray(), 1e-5f, "smaller");
                assertArrayEquals(new float[]{0}, AlignedResize.forward(x, 1, 1).toArray(), "a single pixel is the first one");
                assertArrayEquals(x.toArray(), AlignedResize.forward(x, 2, 3).toArray(), 0, "the same size gives the same numbers");
            }
        }
    }

    /// The resize is linear, so its gradient is its transpose: `⟨R x, y⟩ = ⟨x, Rᵀ y⟩`.
    @Test
    void theGradientIsTheTransposed() {
        Device device = Device.reference();
        Tensor x = Tensor.parameter(device, numbers(2 * 3 * 5 * 4), Shape.of(2, 3, 5, 4), true);
        try (var _ = Scope.open()) {
            Tensor dy = Tensor.of(device, numbers(2 * 3 * 9 * 3), 2, 3, 9, 3), y = AlignedResize.forward(x, 9, 3);
            assertEquals(y.detach().mul(dy).sum().item(), y.backward(dy).of(x).mul(x.detach()).sum().item(), 1e-9);
        }
    }

    private static float[] numbers(int n) {
        var random = new Random(5, "numbers");
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.normal();
        return x;
    }
}
