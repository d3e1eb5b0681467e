package dev.samovar.models.metrics;

import java.util.Arrays;

/// How well many small things were found, each by itself: nuclei, glands.
///
/// Two pictures, or volumes, number their things from 1, in any order and with gaps; 0 is background.
///
/// - **AJI**, the aggregated Jaccard index: every true thing takes the predicted one whose IoU with it is the highest, which several may take; intersections and
///   unions are summed, predictions that none took are added to the unions, and the one sum is divided by the other. A true thing that nothing overlaps adds its own area.
/// - **Object Dice**: half the mean over the true things of the Dice with the predicted thing that overlaps each most, weighted by area, and half the same the other way round.
///   A thing that nothing overlaps has 0.
///
/// Of several that are equally good the lowest number is taken. Source: Kumar and others, IEEE TMI 36 (2017), algorithm 1; Sirinukunwattana and others, Medical Image Analysis 35 (2017), equation 6.
///
/// @param aji from 0 to 1; `NaN` if there is nothing in either picture
/// @param objectDice from 0 to 1; `NaN` if there is nothing in either picture
public record InstanceScores(double aji, double objectDice) {

    /// Compares predicted with true things.
    ///
    /// @throws IllegalArgumentException if the pictures are not of one size, or a number is below 0
    public static InstanceScores of(int[] prediction, int[] truth) {
        if (prediction.length != truth.length)
            throw new IllegalArgumentException(prediction.length + " predicted pixels for " + truth.length + " true ones");
        int[] p = dense(prediction), t = dense(truth);
        int ps = count(p), ts = count(t);
        long[][] common = new long[ts][ps];
        long[] predicted = new long[ps], real = new long[ts];
        for (int i = 0; i < p.length; i++) {
            if (p[i] > 0) predicted[p[i] - 1]++;
            if (t[i] > 0) real[t[i] - 1]++;
            if (p[i] > 0 && t[i] > 0) common[t[i] - 1][p[i] - 1]++;
        }
        if (ps == 0 && ts == 0) return new InstanceScores(Double.NaN, Double.NaN);
        return new InstanceScores(aji(common, predicted, real), (half(common, real, predicted) + half(transposed(common, ps), predicted,
                real)) / 2);
    }

    private static double aji(long[][] common, long[] predicted, long[] real) {
        boolean[] taken = new boolean[predicted.length];
        long intersections = 0, unions = 0;
        for (int t = 0; t < real.length; t++) {
            int best = -1;
            double highest = 0;
            for (int p = 0; p < predicted.length; p++) {
                double iou = (double) common[t][p] / (real[t] + predicted[p] - common[t][p]);
                if (iou <= highest) continue;
                highest = iou;
                best = p;
            }
            unions += real[t];
            if (best < 0) continue;
            taken[best] = true;
            intersections += common[t][best];
            unions += predicted[best] - common[t][best];
        }
        for (int p = 0; p < predicted.length; p++) if (!taken[p]) unions += predicted[p];
        return (double) intersections / unions;
    }

    /// The mean over the things of one picture, weighted by area, of the Dice with what overlaps each most in the other.
    private static double half(long[][] common, long[] these, long[] those) {
        double sum = 0;
        long all = Arrays.stream(these).sum();
        for (int i = 0; i < these.length; i++) {
            int best = -1;
            for (int k = 0; k < those.length; k++) if (common[i][k] > 0 && (best < 0 || common[i][k] > common[i][best])) best = k;
            if (best >= 0) sum += (double) these[i] / all * (2.0 * common[i][best] / (these[i] + those[best]));
        }
        return sum;
    }

    private static long[][] transposed(long[][] of, int columns) {
        long[][] to = new long[columns][of.length];
        for (int i = 0; i < of.length; i++) for (int k = 0; k < columns; k++) to[k][i] = of[i][k];
        return to;
    }

    /// These things, numbered without gaps in the order of their numbers.
    private static int[] dense(int[] numbers) {
        int[] used = Arrays.stream(numbers).filter(n -> n != 0).sorted().distinct().toArray();
        if (used.length > 0 && used[0] < 0) throw new IllegalArgumentException("a thing with the number " + used[0]);
        return Arrays.stream(numbers).map(n -> n == 0 ? 0 : Arrays.binarySearch(used, n) + 1).toArray();
    }

    private static int count(int[] numbers) {
        return Arrays.stream(numbers).max().orElse(0);
    }
}
