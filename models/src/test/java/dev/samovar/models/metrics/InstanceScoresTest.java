package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InstanceScoresTest {
    @Test
    void aFewThingsScoreAsByHand() {
        int[] truth = {1, 1, 1, 1, 0, 2, 2, 0, 3, 3}, prediction = {7, 7, 7, 0, 0, 5, 5, 5, 0, 0};
        InstanceScores found = InstanceScores.of(prediction, truth);
        assertEquals((3 + 2 + 0) / (4.0 + 3 + 2), found.aji(), 1e-15);             // the third object was missed: its area is added
        double ofTruth = 0.5 * 6 / 7 + 0.25 * 4 / 5, ofPrediction = 0.5 * 6 / 7 + 0.5 * 4 / 5;
        assertEquals((ofTruth + ofPrediction) / 2, found.objectDice(), 1e-15);
    }

    @Test
    void aPredictionThatNoneTookIsAddedToTheUnions() {
        assertEquals(2.0 / (2 + 3), InstanceScores.of(new int[]{1, 1, 0, 2, 2, 2}, new int[]{1, 1, 0, 0, 0, 0}).aji(), 1e-15);
    }

    @Test
    void nothingIsNoScoreAndOneSideAloneIsZero() {
        int[] nothing = new int[4], something = {0, 1, 2, 2};
        assertEquals(new InstanceScores(Double.NaN, Double.NaN), InstanceScores.of(nothing, nothing));
        assertEquals(new InstanceScores(0, 0), InstanceScores.of(nothing, something));
        assertEquals(new InstanceScores(0, 0), InstanceScores.of(something, nothing));
        assertEquals(new InstanceScores(1, 1), InstanceScores.of(new int[]{0, 9, 4, 4}, something));
    }

    @Test
    void numbersBelowZeroAndOtherSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> InstanceScores.of(new int[]{-1}, new int[]{1}));
        assertThrows(IllegalArgumentException.class, () -> InstanceScores.of(new int[]{1}, new int[]{1, 1}));
    }

    /// Compares with the definitions, written out with sets of pixels.
    @Test
    void drawnThingsScoreAsTheDefinitionsSay() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            int[] truth = drawn(random), prediction = drawn(random);
            InstanceScores found = InstanceScores.of(prediction, truth);
            List<List<Integer>> t = things(truth), p = things(prediction);
            if (t.isEmpty() && p.isEmpty()) continue;
            List<List<Integer>> left = new ArrayList<>(p);
            double c = 0, u = 0;
            for (List<Integer> thing : t) {
                List<Integer> best = List.of();
                for (List<Integer> other : p) if (iou(thing, other) > (best.isEmpty() ? 0 : iou(thing, best))) best = other;
                c += common(thing, best);
                u += thing.size() + best.size() - common(thing, best);
                left.remove(best);
            }
            u += left.stream().mapToInt(List::size).sum();
            assertEquals(c / u, found.aji(), 1e-12, "seed " + seed);
            assertEquals((half(t, p) + half(p, t)) / 2, found.objectDice(), 1e-12, "seed " + seed);
        }
    }

    private static double half(List<List<Integer>> these, List<List<Integer>> those) {
        double all = these.stream().mapToInt(List::size).sum(), sum = 0;
        for (List<Integer> thing : these) {
            List<Integer> best = List.of();
            for (List<Integer> other : those) if (common(thing, other) > common(thing, best)) best = other;
            sum += thing.size() / all * 2 * common(thing, best) / (thing.size() + best.size());
        }
        return sum;
    }

    private static int common(List<Integer> one, List<Integer> other) {
        return (int) one.stream().filter(other::contains).count();
    }

    private static double iou(List<Integer> one, List<Integer> other) {
        return (double) common(one, other) / (one.size() + other.size() - common(one, other));
    }

    private static List<List<Integer>> things(int[] numbers) {
        List<List<Integer>> things = new ArrayList<>();
        for (int n = 1; n < 6; n++) {
            List<Integer> pixels = new ArrayList<>();
            for (int i = 0; i < numbers.length; i++) if (numbers[i] == n) pixels.add(i);
            if (!pixels.isEmpty()) things.add(pixels);
        }
        return things;
    }

    private static int[] drawn(SplittableRandom random) {
        int[] numbers = new int[24];
        for (int n = random.nextInt(5); n > 0; n--) {
            int from = random.nextInt(24), to = Math.min(24, from + 1 + random.nextInt(8));
            for (int i = from; i < to; i++) numbers[i] = n;
        }
        return numbers;
    }
}
