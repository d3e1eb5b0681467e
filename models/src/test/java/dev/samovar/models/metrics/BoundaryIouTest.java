package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.models.mask.Mask;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BoundaryIouTest {
    @Test
    void twoSquaresAPixelApartShareWhatTheirRingsShare() {
        Mask one = square(2, 2, 6), other = square(3, 2, 6);
        int ring = 36 - 16, common = 2 * 5;                                        // of rings a pixel wide: their upper and lower rows
        assertEquals((double) common / (2 * ring - common), BoundaryIou.of(one, other, 1), 1e-15);
        assertEquals(30 / 42.0, BoundaryIou.of(one, other, 3), 1e-15);             // as wide as the squares: plain IoU
        assertEquals(1, BoundaryIou.of(one, one));
    }

    @Test
    void anEmptyMaskScoresNothingAndTwoHaveNoScore() {
        Mask empty = new Mask(10, 10, new boolean[100]);
        assertEquals(0, BoundaryIou.of(empty, square(2, 2, 3)));
        assertEquals(Double.NaN, BoundaryIou.of(empty, empty));
        assertThrows(IllegalArgumentException.class, () -> BoundaryIou.of(empty, new Mask(5, 20, new boolean[100])));
    }

    /// Compares with erosions pixel by pixel, one for each pixel of the boundary's width.
    @Test
    void aBoundaryIsWhatErosionsTakeAway() {
        for (int seed = 0; seed < 100; seed++) {
            var random = new SplittableRandom(seed);
            int h = 1 + random.nextInt(9), w = 1 + random.nextInt(9), width = 1 + random.nextInt(3);
            boolean[] pixels = new boolean[h * w], eroded;
            for (int i = 0; i < pixels.length; i++) pixels[i] = random.nextInt(6) > 0;
            eroded = pixels.clone();
            for (int n = 0; n < width; n++) {
                boolean[] before = eroded.clone();
                for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) for (int k = 0; k < 9; k++) {
                    int row = y + k / 3 - 1, column = x + k % 3 - 1;
                    if (row < 0 || column < 0 || row >= h || column >= w || !before[row * w + column]) eroded[y * w + x] = false;
                }
            }
            boolean[] found = BoundaryIou.boundary(new Mask(h, w, pixels), width);
            for (int i = 0; i < pixels.length; i++) assertEquals(pixels[i] && !eroded[i], found[i], "seed " + seed + ", pixel " + i);
        }
    }

    private static Mask square(int left, int top, int side) {
        boolean[] pixels = new boolean[100];
        for (int y = top; y < top + side; y++) for (int x = left; x < left + side; x++) pixels[y * 10 + x] = true;
        return new Mask(10, 10, pixels);
    }
}
