package dev.samovar.core.tour;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// ARCHITECTURE.md's walk, step by step: `gelu` from the tensor down to a kernel, and its gradient back up.
class ArchitectureTourTest {
    private static final float[] X = {-3, -1, -0.5f, 0, 0.5f, 1, 3};

    @Test
    void geluFromTheTensorToTheKernelAndBack() {
        Device device = Device.cpu();
        Tensor x = Tensor.parameter(device, X, Shape.of(7), true);                 // a leaf that asks for a gradient
        try (var _ = Scope.open()) {
            // 1. Tensor.gelu() is one line: it applies the operation op.Gelu.
            Tensor y = x.gelu();

            // 2. Gelu.forward saved x, took an empty tensor, and called the kernel. The tensor remembers which operation made it.
            assertTrue(y.toString().contains("from Gelu"), y::toString);
            assertTrue(y.requiresGrad());

            // 3. The kernel knows neither tensors nor gradients, only two buffers of numbers.
            Kernels kernels = device.kernels();
            Buffer out = device.memory().allocate(7);
            kernels.gelu(x.buffer(), out);
            float[] direct = new float[7];
            device.memory().read(out, direct);
            assertArrayEquals(y.toArray(), direct, "the tensor's numbers are the kernel's");

            // 4. Every device implements the same contract; the reference gives the right numbers, in double precision.
            for (Device other : List.of(Device.reference(), Device.scalar(1))) {
                assertArrayEquals(Tensor.of(other, X, 7).gelu().toArray(), y.toArray(), 1e-6f, other.toString());
            }

            // 5. The backward pass visits the nodes behind y, newest first. Gelu.backward reads the saved x and calls geluGrad.
            Gradients gradients = y.backward(Tensor.full(device, 1, 7));
            kernels.geluGrad(x.buffer(), Tensor.full(device, 1, 7).buffer(), out);
            device.memory().read(out, direct);
            assertArrayEquals(gradients.of(x).toArray(), direct, "the gradient is geluGrad's");
            device.memory().release(out);

            // 6. If no gradient is asked for, nothing is recorded or saved.
            assertFalse(Tensor.of(device, X, 7).gelu().requiresGrad());
            assertEquals(0.5, gradients.of(x).toArray()[3], 1e-7, "Φ(0) + 0·φ(0) = ½");
        }
    }
}
