package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SignificanceTest {
    /// Differences between Darwin's cross- and self-fertilised maize, in eighths of an inch: the example of Fisher (1935) and of SciPy's documentation.
    private static final double[] DARWIN = {6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75};

    @Test
    void darwinsMaizeScoresAsPublished() {
        SignedRanks found = SignedRanks.of(DARWIN, new double[DARWIN.length]);
        assertEquals(24, found.statistic());
        assertEquals(0.041259765625, found.p(), 1e-15);
    }

    /// Critical values of the published tables: the largest statistic that is significant at 5 % on both sides.
    @Test
    void criticalValuesAreThoseOfTheTables() {
        int[][] table = {{6, 0}, {7, 2}, {8, 3}, {9, 5}, {10, 8}, {12, 13}, {15, 25}, {20, 52}, {25, 89}, {50, 434}};
        for (int[] row : table) {
            assertTrue(probability(row[0], row[1]) <= 0.05, Arrays.toString(row));
            assertTrue(probability(row[0], row[1] + 1) > 0.05, Arrays.toString(row));
        }
    }

    /// The significance of `n` pairs whose negative ranks add up to `sum`.
    private static double probability(int n, int sum) {
        double[] differences = new double[n];
        int left = sum;
        for (int rank = n; rank > 0; rank--) {
            boolean negative = rank <= left;
            if (negative) left -= rank;
            differences[rank - 1] = negative ? -rank : rank;
        }
        SignedRanks found = SignedRanks.of(differences, new double[n]);
        assertEquals(sum, found.statistic());
        return found.p();
    }

    @Test
    void tiesAndPairsWithoutADifferenceCountAsOverAllSigns() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new SplittableRandom(seed);
            int n = 1 + random.nextInt(9);
            double[] one = new double[n], other = new double[n];
            for (int i = 0; i < n; i++) {
                one[i] = random.nextInt(5);
                other[i] = random.nextInt(5);
            }
            double[] d = IntStream.range(0, n).mapToDouble(i -> one[i] - other[i]).filter(x -> x != 0).toArray();
            double[] ranks = new double[d.length];
            for (int i = 0; i < d.length; i++)
                for (double e : d)
                    ranks[i] += Math.abs(e) < Math.abs(d[i]) ? 1 : Math.abs(e) == Math.abs(d[i]) ? 0.5 : 0;
            double all = 0, positive = 0;
            for (int i = 0; i < d.length; i++) {
                ranks[i] += 0.5;
                all += ranks[i];
                if (d[i] > 0) positive += ranks[i];
            }
            double least = Math.min(positive, all - positive);
            int asSmall = 0;
            for (int signs = 0; signs < 1 << d.length; signs++) {
                double sum = 0;
                for (int i = 0; i < d.length; i++) if ((signs >> i & 1) == 1) sum += ranks[i];
                if (sum <= least) asSmall++;
            }
            assertEquals(Math.min(1, 2.0 * asSmall / (1 << d.length)), SignedRanks.of(one, other).p(), 1e-12, "seed " + seed);
        }
    }

    @Test
    void manyPairsAreJudgedByTheNormalDistribution() {
        double[] d = IntStream.rangeClosed(1, 60).mapToDouble(i -> i % 3 == 0 ? -i : i).toArray();
        SignedRanks found = SignedRanks.of(d, new double[60]);
        double expected = 630, z = (expected - 60 * 61 / 4.0) / Math.sqrt(60 * 61 * 121 / 24.0);      // of the negative ranks 3, 6 … 60
        assertEquals(expected, found.statistic());
        assertEquals(Distributions.normal(z), found.p(), 1e-12);
        assertEquals(new SignedRanks(0, 0, 1), SignedRanks.of(DARWIN, DARWIN));
        assertThrows(IllegalArgumentException.class, () -> SignedRanks.of(DARWIN, d));
    }

    @Test
    void tailsAreThoseOfTheTables() {
        double[][] normal = {{1.959963985, 0.05}, {2.575829304, 0.01}, {0.674489750, 0.5}, {3.290526731, 0.001}, {1.0, 0.317310508}};
        for (double[] row : normal) assertEquals(row[1], Distributions.normal(-row[0]), 1e-9, Arrays.toString(row));
        double[][] student = {{12.706, 1, 0.05}, {2.776, 4, 0.05}, {2.228, 10, 0.05}, {2.750, 30, 0.01}, {0.700, 10, 0.5}, {1.984, 100, 0.05}};
        for (double[] row : student) assertEquals(row[2], Distributions.student(row[0], row[1]), 2e-4, Arrays.toString(row));
        assertEquals(1 - 2 * Math.atan(3) / Math.PI, Distributions.student(3, 1), 1e-9);      // one degree of freedom is Cauchy's
    }

    @Test
    void holmsCorrectionIsTheTextbooks() {
        assertArrayEquals(new double[]{0.03, 0.06, 0.06, 0.02}, SignedRanks.holm(new double[]{0.01, 0.04, 0.03, 0.005}), 1e-15);
        assertArrayEquals(new double[]{0.9, Double.NaN, 0.8}, SignedRanks.holm(new double[]{0.9, Double.NaN, 0.4}), 1e-15);
    }

    /// Compares with the inverse of the matrix of the ranks' correlations, for one control variable and for several.
    @Test
    void partialCorrelationsAreThoseOfTheInverse() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new SplittableRandom(seed);
            int n = 8 + random.nextInt(20), k = 1 + random.nextInt(3);
            List<double[]> all = new ArrayList<>();
            for (int v = 0; v < k + 2; v++) {
                double[] values = new double[n];
                for (int i = 0; i < n; i++) values[i] = random.nextInt(12) + (v > 0 ? all.getFirst()[i] / 2 : 0);
                all.add(values);
            }
            double[][] inverse = inverse(all);
            double expected = -inverse[0][1] / Math.sqrt(inverse[0][0] * inverse[1][1]);
            Spearman found = Spearman.of(all.get(0), all.get(1), all.subList(2, k + 2));
            assertEquals(expected, found.rho(), 1e-9, "seed " + seed);
            assertEquals(found.rho(), Spearman.of(all.get(1), all.get(0), all.subList(2, k + 2)).rho(), 1e-12);
        }
    }

    private static double[][] inverse(List<double[]> variables) {
        int m = variables.size();
        double[][] a = new double[m][2 * m];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < m; j++) a[i][j] = Spearman.of(variables.get(i), variables.get(j)).rho();
            a[i][m + i] = 1;
        }
        for (int p = 0; p < m; p++) {
            double pivot = a[p][p];
            for (int j = 0; j < 2 * m; j++) a[p][j] /= pivot;
            for (int i = 0; i < m; i++) {
                double factor = a[i][p];
                for (int j = 0; j < 2 * m && i != p; j++) a[i][j] -= factor * a[p][j];
            }
        }
        return Arrays.stream(a).map(row -> Arrays.copyOfRange(row, m, 2 * m)).toArray(double[][]::new);
    }

    /// Spearman's own formula, `1 − 6 Σ d² / (n³ − n)`, without ties; the example and its significance are those of Wikipedia's article on it.
    @Test
    void ranksCorrelateAsInTheTextbook() {
        double[] iq = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110}, hours = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
        Spearman found = Spearman.of(iq, hours);
        assertEquals(-29 / 165.0, found.rho(), 1e-12);
        assertEquals(0.627188, found.p(), 1e-6);
    }

    /// Of three observations, a third of all orders agree completely or not at all.
    @Test
    void fewObservationsAreNeverSignificant() {
        double[] three = {1, 2, 3}, five = {1, 2, 3, 4, 5}, control = {1, 3, 2, 5, 4};
        assertEquals(1 / 3.0, Spearman.of(three, new double[]{9, 8, 7}).p(), 1e-12);
        assertEquals(1 / 60.0, Spearman.of(five, five).p(), 1e-12);
        assertTrue(Spearman.of(five, five, List.of(control)).p() >= 1 / 12.0, "one that is kept constant counts as one observation less");
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        double nan = Double.NaN;
        double[] x = {1, 2, nan, 4, 5, 3, 7}, y = {2, 1, 9, 3, nan, 5, 4}, control = {1, 5, 2, 3, 3, nan, 2};
        assertEquals(Spearman.of(new double[]{1, 2, 4, 3, 7}, new double[]{2, 1, 3, 5, 4}), Spearman.of(x, y));
        assertEquals(Spearman.of(new double[]{1, 2, 4, 7}, new double[]{2, 1, 3, 4}, List.of(new double[]{1, 5, 3, 2})),
                Spearman.of(x, y, List.of(control)));
    }

    @Test
    void whatIsConstantHasNoCorrelation() {
        double[] x = {1, 2, 3, 4}, constant = {5, 5, 5, 5};
        assertEquals(Double.NaN, Spearman.of(x, constant).rho());
        assertEquals(Double.NaN, Spearman.of(x, new double[]{1, 3, 2, 4}, List.of(x)).rho());
        assertEquals(1, Spearman.of(x, new double[]{2, 4, 8, 16}, List.of(constant)).rho(), 1e-12);
        assertArrayEquals(new double[]{1.5, 3, 1.5, 4}, Spearman.ranks(new double[]{0, 1, 0, 2}));
    }
}
