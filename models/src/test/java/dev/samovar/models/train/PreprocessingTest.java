package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
    private static final Device DEVICE = Device.cpu();

    @Test
    void thePapersStretchesEachSliceToZeroAndOne() {
        try (var _ = Scope.open()) {
            float[] x = Preprocessing.PAPER.prepare(DEVICE, new Picture(1, 2, 2, new float[]{-3, 1, 5, 13}), 2, 2).toArray();
            assertArrayEquals(new float[]{0, 0.25f, 0.5f, 1, 0, 0.25f, 0.5f, 1, 0, 0.25f, 0.5f, 1}, x, 1e-7f);
        }
    }

    @Test
    void aConstantSliceGivesZeros() {
        try (var _ = Scope.open()) {
            assertArrayEquals(new float[3 * 16],
                    Preprocessing.PAPER.prepare(DEVICE, new Picture(1, 2, 3, new float[]{7, 7, 7, 7, 7, 7}), 4, 4).toArray());
        }
    }

    @Test
    void aSliceHasFiniteNumbersOfAnyRange() {
        assertArrayEquals(new float[]{0, 0.5f, 1, 0, 0.5f, 1, 0, 0.5f, 1},
                Preprocessing.unit(new Picture(1, 1, 3, new float[]{-3e38f, 0, 3e38f})).pixels());
        for (float strange : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Picture slice = new Picture(1, 1, 4, new float[]{0, 100, strange, 200});
            assertEquals("a slice with the number " + strange + "; replace it",
                    assertThrows(IllegalArgumentException.class, () -> Preprocessing.stretched(slice)).getMessage());
        }
    }

    @Test
    void samsKeepsTheAspectNormalisesAndFillsWithTheMeanColour() {
        try (var _ = Scope.open()) {
            Tensor x = Preprocessing.SAM.prepare(DEVICE, new Picture(1, 4, 2, new float[]{0, 1, 0, 1, 0, 1, 0, 1}), 4, 4);  // 4 × 2 in a square of 4
            float[] red = x.select(1, 0).toArray();
            float black = -123.675f / 58.395f, white = (255 - 123.675f) / 58.395f;
            for (int row = 0; row < 4; row++) {
                assertArrayEquals(new float[]{black, white, 0, 0}, new float[]{red[4 * row], red[4 * row + 1], red[4 * row + 2], red[4 * row
                        + 3]}, 1e-6f);
            }
        }
    }

    @Test
    void logitsComeBackToTheSlice() {
        try (var _ = Scope.open()) {
            float[] square = new float[64];
            for (int i = 0; i < 64; i++) square[i] = i % 8;                        // rises along the columns
            Tensor logits = Tensor.of(DEVICE, square, 1, 1, 8, 8);
            assertArrayEquals(new float[]{1.5f, 5.5f}, Preprocessing.PAPER.restore(logits, 1, 2, 8).toArray(), 1e-6f, "the whole square");
            assertArrayEquals(new float[]{0.5f, 2.5f}, row(Preprocessing.SAM.restore(logits, 4, 2, 8), 2), 1e-6f, "its left half");
        }
    }

    private static float[] row(Tensor x, int w) {
        float[] row = new float[w];
        System.arraycopy(x.toArray(), 0, row, 0, w);
        return row;
    }

    @Test
    void labelsKeepTheirClassesAndPlaces() {
        byte[] classes = {0, 1, 2, 2};
        byte[] square = Preprocessing.PAPER.labels(classes, 2, 2, 4);
        assertArrayEquals(new byte[]{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2}, square);
        assertArrayEquals(new byte[]{1, 0, 0, 0}, Preprocessing.SAM.labels(new byte[]{1, 0}, 2, 1, 2), "beside the slice there is background");
        assertEquals(16, Preprocessing.PAPER.labels(new byte[9], 3, 3, 4).length);
    }
}
