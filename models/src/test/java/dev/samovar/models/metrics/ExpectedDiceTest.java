package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Random;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExpectedDiceTest {
    @Test
    void itIsTheMeanOfTheClassesButTheBackground() {
        float[] one = {0.9f, 0.6f, 0.2f, 0}, other = {0, 0.3f, 0.7f, 0.1f}, rest = {0.1f, 0.1f, 0.1f, 0.9f};
        double ofOne = 2 * (0.9 + 0.6) / (2 + 1.7), ofOther = 2 * 0.7 / (1 + 1.1);
        assertEquals((ofOne + ofOther) / 2, ExpectedDice.of(List.of(rest, one, other), new byte[]{1, 1, 2, 0}), 1e-7);
    }

    @Test
    void aClassThatIsGivenToNoVoxelIsExpectedToBeNowhere() {
        float[] p = {0.1f, 0.5f, 0};
        assertEquals(0.5, ExpectedDice.of(List.of(new float[]{0.9f, 0.5f, 1}, p), new byte[3]), 1e-7);
        float[] hardly = new float[1_000_000], surely = new float[hardly.length];
        Arrays.fill(hardly, 1e-4f);
        Arrays.fill(surely, 1 - 1e-4f);
        assertEquals(1, ExpectedDice.of(List.of(surely, hardly), new byte[hardly.length]), 1e-3, "however large the volume is");
        assertEquals(1, ExpectedDice.of(List.of(new float[]{1, 1}, new float[2]), new byte[2]), "surely nothing");
        assertEquals(0, ExpectedDice.of(List.of(new float[2], new float[]{1, 1}), new byte[2]), "surely wrong");
    }

    @Test
    void whoMissesWhatIsLikelyIsExpectedToBeWorse() {
        float[] p = {0.9f, 0.8f, 0.7f, 0.1f}, rest = {0.1f, 0.2f, 0.3f, 0.9f};
        double all = ExpectedDice.of(List.of(rest, p), new byte[]{1, 1, 1, 0}), some = ExpectedDice.of(List.of(rest, p), new byte[]{1, 0, 0, 0});
        assertTrue(all > some && all == ExpectedDice.highest(p), all + " and " + some);
    }

    @Test
    void theHighestIsThatOfTheBestOfAllSets() {
        var random = new Random(7);
        for (int trial = 0; trial < 20; trial++) {
            float[] p = new float[200];
            double sharpness = 1 + trial;
            for (int i = 0; i < p.length; i++) p[i] = (float) StrictMath.pow(random.uniform(), sharpness);
            double total = IntStream.range(0, p.length).mapToDouble(i -> p[i]).sum(), highest = 0, taken = 0;
            float[] sorted = p.clone();
            Arrays.sort(sorted);
            for (int k = 1; k <= p.length; k++) {                                  // the best set of each size is that of the likeliest voxels
                taken += sorted[p.length - k];
                highest = Math.max(highest, 2 * taken / (k + total));
            }
            assertEquals(highest, ExpectedDice.highest(p), 1e-9, "seed 7, trial " + trial);
        }
        assertEquals(0, ExpectedDice.highest(new float[9]));
    }
}
