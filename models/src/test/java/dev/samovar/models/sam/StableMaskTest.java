package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Compares the result row by row with that from the logits of the whole picture.
class StableMaskTest {
    private static final int SIDE = 64;

    /// A disc with soft edges, and noise of strength `noise`.
    private static float[] disc(double noise) {
        Random random = new Random(5, "disc");
        float[] logits = new float[SIDE * SIDE];
        for (int i = 0; i < logits.length; i++) {
            int row = i / SIDE, column = i % SIDE;
            logits[i] = (float) (14 - Math.hypot(column - 30, row - 26) + noise * random.normal());
        }
        return logits;
    }

    private static void assertEqualsWhole(Zoom zoom, float[] lowRes, double offset) {
        try (var _ = Scope.open()) {
            float[] whole = zoom.apply(Tensor.of(Device.cpu(), lowRes, 1, 1, zoom.side(), zoom.side())).toArray();
            assertEquals(StableMask.of(zoom.height(), zoom.width(), whole, offset), StableMask.of(zoom, lowRes, offset), zoom + ", "
                    + offset);
        }
    }

    @Test
    void aPictureLargerThanTheSquare() {
        for (double offset : new double[]{0, 1, 5}) assertEqualsWhole(new Zoom(SIDE, 256, 192, 256, 311, 415), disc(0), offset);
    }

    @Test
    void noise() {
        assertEqualsWhole(new Zoom(SIDE, 256, 256, 171, 300, 200), disc(4), 1);
    }

    @Test
    void aPictureSmallerThanTheSquare() {
        assertEqualsWhole(new Zoom(SIDE, 256, 192, 256, 60, 80), disc(0.5), 1);
        assertEqualsWhole(new Zoom(SIDE, 256, 4, 256, 1, 70), disc(0.5), 1);
    }

    @Test
    void inOneStep() {
        assertEqualsWhole(new Zoom(SIDE, SIDE, 50, 64, 222, 284), disc(0.5), 1);
    }

    @Test
    void allAndNothing() {
        float[] all = new float[SIDE * SIDE];
        for (float logit : new float[]{9, -9, 0.5f, 0, -0.5f, 1, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            Arrays.fill(all, logit);
            assertEqualsWhole(new Zoom(SIDE, 256, 256, 171, 300, 200), all, 1);
        }
    }

    @Test
    void numbersThatAreNone() {
        float[] logits = disc(0);
        logits[20 * SIDE + 30] = Float.NaN;
        logits[40 * SIDE + 31] = Float.POSITIVE_INFINITY;
        logits[2 * SIDE + 3] = Float.NEGATIVE_INFINITY;
        assertEqualsWhole(new Zoom(SIDE, 256, 256, 171, 300, 200), logits, 1);
    }
}
