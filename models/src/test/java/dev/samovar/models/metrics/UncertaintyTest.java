package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UncertaintyTest {
    @Test
    void equalAnswersLeaveNoneHoweverUnsureTheyAre() {
        var uncertainty = new Uncertainty(3, 4);
        for (int n = 0; n < 5; n++)
            uncertainty.add(List.of(new float[]{0.3f, 0.1f, 0.7f, 1}, new float[]{0.4f, 0.8f, 0.2f, 0}, new float[]{0.3f, 0.1f, 0.1f, 0}),
                    new byte[]{
                        1, 1, 0, 0});
        assertArrayEquals(new float[4], uncertainty.variance());
        assertArrayEquals(new float[4], uncertainty.entropy());
        assertEquals(0, uncertainty.disagreement());
        assertArrayEquals(new byte[]{1, 1, 0, 0}, uncertainty.labels());
        assertArrayEquals(new float[]{0.4f, 0.8f, 0.2f, 0}, uncertainty.mean(1));
    }

    @Test
    void twoMasksDifferAsByHand() {
        var uncertainty = new Uncertainty(2, 4);
        uncertainty.add(new float[]{50, 50, 50, -50});
        uncertainty.add(new float[]{50, -50, -50, -50});
        assertArrayEquals(new float[]{0, 0.25f, 0.25f, 0}, uncertainty.variance(), 1e-7f);       // of 0 and 1: the largest possible
        assertArrayEquals(new float[]{0, 1, 1, 0}, uncertainty.entropy(), 1e-7f);
        assertEquals(1 - 2.0 / 4, uncertainty.disagreement(), 1e-15);
        assertArrayEquals(new float[]{1, 0.5f, 0.5f, 0}, uncertainty.mean(1), 1e-7f);
    }

    @Test
    void oneAnswerAgreesWithItselfAndEmptyMasksWithEachOther() {
        var uncertainty = new Uncertainty(2, 3);
        uncertainty.add(new float[]{1, 2, -3});
        assertEquals(0, uncertainty.disagreement());
        var nothing = new Uncertainty(2, 3);
        nothing.add(new float[]{-1, -2, -3});
        nothing.add(new float[]{-4, -4, -4});
        assertEquals(0, nothing.disagreement());
        nothing.add(new float[]{-4, -4, 4});
        assertEquals(2.0 / 3, nothing.disagreement(), 1e-15);                      // two pairs of three have nothing in common
    }

    @Test
    void meansAndVariancesAreThoseOfTheDefinition() {
        var random = new SplittableRandom(7);
        var uncertainty = new Uncertainty(3, 5);
        List<List<float[]>> all = new ArrayList<>();
        for (int n = 0; n < 6; n++) {
            List<float[]> one = new ArrayList<>();
            for (int c = 0; c < 3; c++) one.add(new float[5]);
            for (int i = 0; i < 5; i++) {
                double a = random.nextDouble(), b = random.nextDouble() * (1 - a);
                one.get(0)[i] = (float) a;
                one.get(1)[i] = (float) b;
                one.get(2)[i] = (float) (1 - a - b);
            }
            all.add(one);
            uncertainty.add(one, new byte[]{0, 1, 2, (byte) (n % 3), (byte) (n / 3)});
        }
        for (int i = 0; i < 5; i++) {
            double sum = 0;
            for (int c = 0; c < 3; c++) {
                int label = c, voxel = i;
                double mean = all.stream().mapToDouble(p -> p.get(label)[voxel]).average().orElseThrow();
                assertEquals(mean, uncertainty.mean(c)[i], 1e-6);
                sum += all.stream().mapToDouble(p -> Math.pow(p.get(label)[voxel] - mean, 2)).average().orElseThrow();
            }
            assertEquals(sum / 3, uncertainty.variance()[i], 1e-6);
        }
        assertArrayEquals(new float[]{0, 0, 0, 1, (float) (Math.log(2) / Math.log(3))}, uncertainty.entropy(), 1e-6f);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Uncertainty(1, 3));
        assertThrows(IllegalArgumentException.class, () -> new Uncertainty(3, 3).add(new float[3]));
        assertThrows(IllegalArgumentException.class, () -> new Uncertainty(2, 3).add(List.of(new float[3]), new byte[3]));
    }
}
