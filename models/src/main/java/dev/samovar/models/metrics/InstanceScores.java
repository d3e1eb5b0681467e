package dev.samovar.models.metrics;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How well many small things were found, each by itself: nuclei, glands.
///
/// Two pictures, or volumes, number their things from 1, in any order and with gaps; 0 is background.
///
/// - **AJI**, the aggregated Jaccard index: every true thing takes the predicted one with the highest IoU, and several may take the same one.
///   Intersections and unions are summed, predictions that none took are added to the unions, and the sum of intersections is divided by that of
///   unions. A true thing that nothing overlaps adds its own area to the unions.
/// - **Object Dice**: the mean, weighted by area, over the true things of the Dice with the predicted thing that overlaps each most; the same with
///   the roles exchanged; and the mean of these two. A thing that nothing overlaps has a Dice of 0.
///
/// If several are equally good, the one with the lowest number is taken. Source: Kumar and others, IEEE TMI 36 (2017), algorithm 1; Sirinukunwattana
/// and others, Medical Image Analysis 35 (2017), equation 6.
///
/// @param aji from 0 to 1; `NaN` if there is nothing in either picture
/// @param objectDice from 0 to 1; `NaN` if there is nothing in either picture
public record InstanceScores(double aji, double objectDice) implements Serializable {
    /// The scores if there is nothing in either picture.
    public static final InstanceScores NONE = new InstanceScores(Double.NaN, Double.NaN);

    /// Compares predicted with true things.
    ///
    /// @throws IllegalArgumentException if the sizes of the pictures differ, or a number is below 0
    public static InstanceScores of(int[] prediction, int[] truth) {
        if (prediction.length != truth.length)
            throw new IllegalArgumentException(prediction.length + " predicted pixels for " + truth.length + " true ones");
        int[] p = dense(prediction), t = dense(truth);
        long[] predicted = sizes(p), real = sizes(t);
        if (predicted.length == 0 && real.length == 0) return NONE;
        List<Overlap> ofTruth = overlaps(t, p);
        return new InstanceScores(aji(ofTruth, predicted, real), (half(ofTruth, real, predicted) + half(overlaps(p, t), predicted, real))
                / 2);
    }

    /// The pixels that two things have in common.
    private record Overlap(int one, int other, long pixels) {}

    /// All overlaps of things in one picture with things in another, in the order of their numbers.
    private static List<Overlap> overlaps(int[] one, int[] other) {
        SortedMap<Long, Long> pixels = new TreeMap<>();
        for (int from = 0, to; from < one.length; from = to) {
            for (to = from + 1; to < one.length && one[to] == one[from] && other[to] == other[from];) to++;
            if (one[from] > 0 && other[from] > 0) pixels.merge((long) one[from] << 32 | other[from], (long) to - from, Long::sum);
        }
        List<Overlap> overlaps = new ArrayList<>();
        pixels.forEach((pair, n) -> overlaps.add(new Overlap((int) (pair >> 32) - 1, pair.intValue() - 1, n)));
        return overlaps;
    }

    private static double aji(List<Overlap> overlaps, long[] predicted, long[] real) {
        @Nullable
        Overlap[] best = new Overlap[real.length];
        double[] highest = new double[real.length];
        for (Overlap o : overlaps) {
            double iou = (double) o.pixels / (real[o.one] + predicted[o.other] - o.pixels);
            if (iou <= highest[o.one]) continue;
            highest[o.one] = iou;
            best[o.one] = o;
        }
        boolean[] taken = new boolean[predicted.length];
        long intersections = 0, unions = Arrays.stream(real).sum();
        for (Overlap o : best) {
            if (o == null) continue;
            taken[o.other] = true;
            intersections += o.pixels;
            unions += predicted[o.other] - o.pixels;
        }
        for (int p = 0; p < predicted.length; p++) if (!taken[p]) unions += predicted[p];
        return (double) intersections / unions;
    }

    /// The mean over the things of one picture, weighted by area, of the Dice with the thing that overlaps each most in the other.
    private static double half(List<Overlap> overlaps, long[] these, long[] those) {
        @Nullable
        Overlap[] best = new Overlap[these.length];
        for (Overlap o : overlaps) if (best[o.one] == null || o.pixels > best[o.one].pixels) best[o.one] = o;
        double sum = 0;
        long all = Arrays.stream(these).sum();
        for (Overlap o : best) if (o != null) sum += (double) these[o.one] / all * (2.0 * o.pixels / (these[o.one] + those[o.other]));
        return sum;
    }

    /// These things, numbered without gaps in the order of their numbers.
    private static int[] dense(int[] numbers) {
        int[] used = Arrays.stream(numbers).filter(n -> n != 0).sorted().distinct().toArray();
        if (used.length > 0 && used[0] < 0) throw new IllegalArgumentException("a thing with the number " + used[0]);
        return Arrays.stream(numbers).map(n -> n == 0 ? 0 : Arrays.binarySearch(used, n) + 1).toArray();
    }

    private static long[] sizes(int[] numbers) {
        long[] sizes = new long[Arrays.stream(numbers).max().orElse(0)];
        for (int n : numbers) if (n > 0) sizes[n - 1]++;
        return sizes;
    }
}
