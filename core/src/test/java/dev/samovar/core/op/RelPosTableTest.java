package dev.samovar.core.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// Numbers of `get_rel_pos` in segment_anything/modeling/image_encoder.py @ dca509f for a table of one value per offset, 0 … 6.
class RelPosTableTest {
    @Test
    void everyPairOfPositionsGetsTheVectorOfItsOffset() {
        assertPairs(4, 3, 2, 1, 0, 4, 3, 2, 1, 5, 4, 3, 2, 6, 5, 4, 3);
    }

    @Test
    void aTableForAnotherSideIsResizedFirst() {
        assertPairs(3, 3, 1.6f, 0.2f, 4.4f, 3, 1.6f, 5.8f, 4.4f, 3);
    }

    private static void assertPairs(int side, float... expected) {
        Device device = Device.cpu();
        try (var _ = Scope.open()) {
            Tensor table = Tensor.of(device, new float[]{0, 1, 2, 3, 4, 5, 6}, 1, 7, 1).resizeBilinear(2 * side - 1, 1).reshape(-1, 1);
            assertArrayEquals(expected, RelPosTable.of(table).toArray(), 1e-6f);
        }
    }
}
