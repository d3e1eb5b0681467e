package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The fused block of the vector kernels is the block as it is written down.
class EncoderBlockTest {

    /// A grid may be no multiple of the window, nor of a vector's length; the hidden units may be more than are held at a time.
    record Sizes(int batch, int grid, int width, int heads, int mlp, int window) {
        SamConfig config() {
            return new SamConfig(width, 1, heads, window, window == 0 ? List.of(0) : List.of(), 4 * grid, 4, mlp, 16, 16, 16);
        }

        ImageEncoderViT.Block block(Params p) {
            return new ImageEncoderViT.Block(p.in("image_encoder").in("blocks").in(0), config(), 0);
        }

        Params load(Device device) {
            return Params.load(Formula.checkpoint("", config().tensors()), device);
        }

        Tensor input(Device device) {
            return Tensor.of(device, Formula.signed("block.input", batch * grid * grid * width, 2), batch, grid, grid, width);
        }
    }

    static Stream<Sizes> sizes() {
        return Stream.of(new Sizes(1, 8, 32, 2, 64, 0), new Sizes(2, 8, 32, 4, 64, 3), new Sizes(1, 5, 12, 3, 20, 0), new Sizes(3, 5, 12, 1,
                7, 2), new Sizes(1, 3, 6, 1, 5, 4), new Sizes(1, 16, 16, 2, 800, 14), new Sizes(2, 17, 20, 4, 40, 0), new Sizes(1, 1, 4, 2,
                        4,
                        0));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theFusedBlockIsTheBlockAsItIsWritten(Sizes sizes) {
        Device device = Device.cpu();
        assertTrue(device.kernels().hasEncoderBlock(), "tests run with vectors");
        try (var _ = Scope.open(); Params p = sizes.load(device)) {
            ImageEncoderViT.Block block = sizes.block(p.frozen());
            Tensor x = sizes.input(device), fused = block.run(x), composed = block.forward(x);
            assertEquals(composed.shape(), fused.shape());
            double error = Golden.relativeL2(composed.toArray(), fused.toArray());
            assertTrue(error < 1e-6, sizes + ": relative error " + error);
            assertArrayEquals(fused.toArray(), block.run(x).toArray(), "the same again");
        }
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
            List<Tensor> parameters = List.copyOf(p.all().values());
            assertThrows(ShapeException.class, () -> x.encoderBlock(2, 3, 1e-6f, parameters.subList(0, 5)));
        }
        Device scalar = Device.scalar(1);
        try (var _ = Scope.open(); Params p = sizes.load(scalar)) {
            assertFalse(sizes.block(p.frozen()).run(sizes.input(scalar)).requiresGrad(), "kernels without a fused block");
        }
    }
}
