package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LabelResizeTest {
    @Test
    void aClassThatReachesOneHalfIsKept() {
        assertArrayEquals(new byte[]{0}, LabelResize.apply(new byte[]{1, 2, 3, 4}, 2, 2, 1, 1), "no class reaches one half");
        assertArrayEquals(new byte[]{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2}, LabelResize.apply(new byte[]{0, 1, 2, 2}, 2, 2, 4, 4));
        assertArrayEquals(new byte[]{7}, LabelResize.apply(new byte[]{0, 7}, 1, 2, 1, 1), "exactly one half");
        assertArrayEquals(new byte[]{9}, LabelResize.apply(new byte[]{9, 7}, 1, 2, 1, 1), "the last of two classes that reach it");
        assertArrayEquals(new byte[]{(byte) 255}, LabelResize.apply(new byte[]{(byte) 255, 1}, 2, 1, 1, 1), "classes are unsigned");
    }

    @Test
    void itEqualsOneBilinearPicturePerClass() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int h = 1 + random.nextInt(9), w = 1 + random.nextInt(9), toH = 1 + random.nextInt(12), toW = 1 + random.nextInt(12);
            byte[] classes = new byte[h * w];
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) random.nextInt(4);
            byte[] resized = LabelResize.apply(classes, h, w, toH, toW);
            for (int i = 0; i < resized.length; i++) {
                int expected = 0;
                for (int k = 0; k < 4; k++) if (bilinear(classes, k, h, w, i / toW, i % toW, toH, toW) >= 0.5 - 1e-9) expected = k;
                assertEquals(expected, resized[i], "seed " + seed + ", pixel " + i);
            }
        }
    }

    private static double bilinear(byte[] classes, int k, int h, int w, int r, int c, int toH, int toW) {
        double y = (r + 0.5) * h / toH - 0.5, x = (c + 0.5) * w / toW - 0.5, sum = 0;
        for (int i = -1; i <= h; i++) for (int j = -1; j <= w; j++) {
            double weight = Math.max(0, 1 - Math.abs(y - i)) * Math.max(0, 1 - Math.abs(x - j));
            if (classes[Math.clamp(i, 0, h - 1) * w + Math.clamp(j, 0, w - 1)] == k) sum += weight;
        }
        return sum;
    }

    @Test
    void theSameSizeChangesNothing() {
        byte[] classes = {3, 0, 2, 1, 1, 5};
        assertArrayEquals(classes, LabelResize.apply(classes, 2, 3, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> LabelResize.apply(classes, 2, 2, 4, 4));
        assertThrows(IllegalArgumentException.class, () -> LabelResize.apply(classes, 2, 3, 0, 4));
    }
}
