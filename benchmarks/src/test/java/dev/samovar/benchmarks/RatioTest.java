package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// The median of ratios and its interval.
class RatioTest {
    @Test
    void theIntervalLeavesOutAsManyAsTheBinomialDistributionAllows() {
        assertEquals(0, Ratio.rank(5));                                            // 2/2⁵ = 6 %: even the whole range is too uncertain
        assertEquals(0, Ratio.rank(6));                                            // 2/2⁶ = 3 %
        assertEquals(0, Ratio.rank(8));
        assertEquals(1, Ratio.rank(9));                                            // 2·10/2⁹ = 4 %
        assertEquals(1, Ratio.rank(11));
        assertEquals(2, Ratio.rank(12));                                           // 2·79/2¹² = 3.9 %
        assertEquals(9, Ratio.rank(30));
    }

    @Test
    void theIntervalHoldsTheTrueMedianInNineteenOfTwentyCases() {
        var random = new Random(5);
        int held = 0;
        for (int i = 0; i < 4000; i++) {
            double[] a = new double[12], b = new double[12];
            for (int j = 0; j < 12; j++) {
                a[j] = Math.exp(random.nextGaussian());
                b[j] = 1;
            }
            Ratio ratio = Ratio.of(a, b);
            if (ratio.low() <= 1 && 1 <= ratio.high()) held++;
        }
        assertTrue(held > 0.95 * 4000, "it held " + held + " of 4000 times");
    }

    @Test
    void theMedianIsTheMiddle() {
        assertEquals(2, Ratio.median(new double[]{3, 1, 2}));
        assertEquals(2.5, Ratio.median(new double[]{4, 1, 3, 2}));
        assertEquals(new Ratio(2, 1, 3, 3), Ratio.of(new double[]{3, 1, 2}, new double[]{1, 1, 1}));
    }
}
