package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.fused.EncoderBlock;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The fused block of the vector kernels computes the same as the composed block.
@DisabledIf(value = "dev.samovar.core.testkit.VectorWidth#isOwnAgain", disabledReason = "the processor's own width was tested before")
class EncoderBlockTest extends EncoderBlockContract {

    @Override
    protected Device device() {
        return Device.cpu();                                                       // tests run with vectors
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void threadsDoNotChangeABit(Sizes sizes) {
        assertArrayEquals(run(sizes, Device.cpu(1)), run(sizes, Device.cpu(3)), sizes.toString());
    }

    private static float[] run(Sizes sizes, Device device) {
        try (var _ = Scope.open(); Params p = sizes.load(device)) {
            return sizes.block(p.frozen()).run(sizes.input(device)).toArray();
        }
    }

    @Test
    void whereAGradientIsAskedForTheBlockIsComposed() {
        Sizes sizes = new Sizes(1, 4, 8, 2, 16, 3);
        Device device = Device.cpu();
        try (var _ = Scope.open(); Params p = sizes.load(device)) {
            Tensor x = sizes.input(device);
            Tensor y = sizes.block(p).run(x);
            assertTrue(y.requiresGrad(), "parameters that learn");
            Tensor picture = Tensor.parameter(device, x.toArray(), x.shape(), true);
            assertTrue(sizes.block(p.frozen()).run(picture).requiresGrad(), "a picture that learns");
            var wrong = new WeightAndBias<>(x, x);
            assertThrows(ShapeException.class, () -> new EncoderBlock(2, 3, 1e-6f).apply(x, new EncoderBlockWeights<>(wrong, x, x, wrong,
                    wrong,
                    wrong, wrong, wrong)));
        }
        Device scalar = Device.scalar(1);
        try (var _ = Scope.open(); Params p = sizes.load(scalar)) {
            assertFalse(sizes.block(p.frozen()).run(sizes.input(scalar)).requiresGrad(), "kernels without a fused block");
        }
    }
}
