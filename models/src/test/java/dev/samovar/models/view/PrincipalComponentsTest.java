package dev.samovar.models.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Random;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrincipalComponentsTest {
    private static final int CHANNELS = 6, GRID = 8, PLACES = GRID * GRID;

    /// Three signals of decreasing strength along known directions: columns, rows, and a chequerboard.
    @Test
    void theStrongestDirectionIsRedTheNextGreenTheThirdBlue() {
        float[] embedding = embedding(0);
        BufferedImage picture = PrincipalComponents.of(List.of(embedding), CHANNELS, GRID).picture(embedding);
        for (int i = 0; i < PLACES; i++) {
            int x = i % GRID, y = i / GRID, rgb = picture.getRGB(x, y);
            assertEquals(x < 4, (rgb >> 16 & 0xFF) > 128, "red at " + x + ", " + y);
            assertEquals(y < 4, (rgb >> 8 & 0xFF) > 128, "green at " + x + ", " + y);
            assertEquals((x + y) % 2 == 0, (rgb & 0xFF) > 128, "blue at " + x + ", " + y);
        }
    }

    @Test
    void likePlacesOfDifferentEmbeddingsHaveLikeColours() {
        float[] one = embedding(0), other = embedding(0.01);
        PrincipalComponents colours = PrincipalComponents.of(List.of(one, other), CHANNELS, GRID);
        for (int shift = 0; shift <= 16; shift += 8)
            assertTrue(Math.abs((colours.picture(one).getRGB(2, 3) >> shift & 0xFF) - (colours.picture(other).getRGB(2, 3) >> shift
                    & 0xFF)) < 12);
    }

    @Test
    void constantEmbeddingsAreGreyAndOthersThanEmbeddingsAreRefused() {
        float[] flat = new float[CHANNELS * PLACES];
        assertEquals(0xFF808080, PrincipalComponents.of(List.of(flat), CHANNELS, GRID).picture(flat).getRGB(0, 0));
        assertThrows(IllegalArgumentException.class, () -> PrincipalComponents.of(List.of(), CHANNELS, GRID));
        assertThrows(IllegalArgumentException.class, () -> PrincipalComponents.of(List.of(new float[7]), CHANNELS, GRID));
    }

    private static float[] embedding(double noise) {
        var random = new Random(5);
        float[] e = new float[CHANNELS * PLACES];
        for (int i = 0; i < PLACES; i++) {
            int x = i % GRID, y = i / GRID;
            double a = x < 4 ? 9 : -9, b = y < 4 ? 5 : -5, c = (x + y) % 2 == 0 ? 2 : -2;
            double[] values = {0.9 * a, 0.3 * a + 1, b, 0.9 * c, 0.3 * c, 0};
            for (int d = 0; d < CHANNELS; d++) e[d * PLACES + i] = (float) (values[d] + noise * random.normal());
        }
        return e;
    }
}
