package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The fused block computes the same as the composed block, on any device that has one.
public abstract class EncoderBlockContract {

    protected EncoderBlockContract() {}

    /// The device on which it is computed.
    protected abstract Device device();

    /// The allowed distance, relative to the norm, from the composed block in double precision.
    protected double tolerance() {
        return 1e-6;
    }

    /// The grid may not be a multiple of the window or of a vector's length, and there may be more hidden units than are held at a time.
    record Sizes(int batch, int grid, int width, int heads, int mlp, int window) {
        SamConfig config() {
            return new SamConfig(new VitConfig(width, 1, heads, window, window == 0 ? List.of(0) : List.of(), 4 * grid, 4, mlp), 16, 16, 16);
        }

        ImageEncoderViT.Block block(Params p) {
            return new ImageEncoderViT.Block(p.in("image_encoder").in("blocks").in(0), config().vit(), 0);
        }

        Params load(Device device) {
            return Params.load(Formula.checkpoint("", config().tensors()), device);
        }

        Tensor input(Device device) {
            return Tensor.of(device, Formula.signed("block.input", batch * grid * grid * width, 2), batch, grid, grid, width);
        }
    }

    /// The last ones have heads that fit tensor cores, with windows that extend beyond the grid, and hidden units that do not fill a row.
    static Stream<Sizes> sizes() {
        return Stream.of(new Sizes(1, 8, 32, 2, 64, 0), new Sizes(2, 8, 32, 4, 64, 3), new Sizes(1, 5, 12, 3, 20, 0), new Sizes(3, 5, 12, 1,
                7, 2), new Sizes(1, 3, 6, 1, 5, 4), new Sizes(1, 16, 16, 2, 800, 14), new Sizes(2, 17, 20, 4, 40, 0),
                new Sizes(1, 1, 4, 2,
                        4,
                        0),
                new Sizes(2, 3, 8, 1, 5, 2), new Sizes(1, 10, 64, 1, 36, 7), new Sizes(1, 5, 80, 1, 20, 0), new Sizes(1, 4, 128, 1, 16, 3));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theFusedBlockIsTheBlockAsItIsWritten(Sizes sizes) {
        Device device = device();
        assertTrue(device.has(EncoderBlockKernel.class), device + " has no fused block");
        float[] expected = composed(sizes);
        try (var _ = Scope.open(); Params p = sizes.load(device)) {
            ImageEncoderViT.Block block = sizes.block(p.frozen());
            Tensor x = sizes.input(device), fused = block.run(x);
            assertEquals(x.shape(), fused.shape());
            double error = Golden.relativeL2(expected, fused.toArray());
            assertTrue(error < tolerance(), () -> sizes + " on " + device + ": relative error " + error);
        }
    }

    private static float[] composed(Sizes sizes) {
        Device device = Device.reference();
        try (var _ = Scope.open(); Params p = sizes.load(device)) {
            return sizes.block(p.frozen()).forward(sizes.input(device)).toArray();
        }
    }
}
