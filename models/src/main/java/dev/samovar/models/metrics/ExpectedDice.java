package dev.samovar.models.metrics;

import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.util.List;

/// The Dice that labels may be expected to have with a truth that nobody knows, from the probabilities of the network that found them.
///
/// If the voxels `S` get a class of probability `p`, it is `2·Σ_S p / (|S| + Σ p)`, with the expectations of numerator and denominator. If no voxel
/// gets the class, it is the probability that none has it, `1 − max p`, as if the voxels of a thing were there together or not at all: that does not
/// depend on the size of the volume.
///
/// A network trained on few cases is surer than it is right, so the number itself is too high; what it tells is which cases are worse than others.
///
/// Source: Lipton, Elkan and Naryanaswamy, *Optimal Thresholding of Classifiers to Maximize F1 Measure*, ECML PKDD 2014, arXiv 1402.1892.
public final class ExpectedDice {
    private ExpectedDice() {}

    /// The mean over all classes but the background.
    ///
    /// @param probabilities of each class, background first
    public static double of(List<Volume> probabilities, LabelVolume labels) {
        return of(probabilities.stream().map(Volume::voxels).toList(), labels.classes());
    }

    /// The same, of numbers.
    ///
    /// @param probabilities of each class at every voxel, background first
    /// @param labels the class that was given to each voxel
    static double of(List<float[]> probabilities, byte[] labels) {
        double sum = 0;
        for (int c = 1; c < probabilities.size(); c++) sum += of(probabilities.get(c), labels, c);
        return sum / (probabilities.size() - 1);
    }

    private static double of(float[] p, byte[] labels, int label) {
        double total = 0, taken = 0;
        long count = 0;
        for (int i = 0; i < p.length; i++) {
            total += p[i];
            if ((labels[i] & 0xFF) != label) continue;
            taken += p[i];
            count++;
        }
        return count == 0 ? nowhere(p) : 2 * taken / (count + total);
    }

    private static double nowhere(float[] p) {
        float most = 0;
        for (float v : p) most = Math.max(most, v);
        return 1 - most;
    }

    /// The highest that any labels can have: of those voxels whose probability is above half of it. 0 if all probabilities are 0.
    ///
    /// Each round takes the voxels above half of what the round before found; it only rises, and where it stays it is the highest (Dinkelbach, *On
    /// Nonlinear Fractional Programming*, Management Science 13, 1967).
    ///
    /// @param p the probability of a class at every voxel
    public static double highest(float[] p) {
        double total = 0;
        for (float v : p) total += v;
        double highest = 0;
        while (true) {
            double taken = 0;
            long count = 0;
            for (float v : p) {
                if (v > highest / 2) {
                    taken += v;
                    count++;
                }
            }
            double dice = 2 * taken / (count + total);
            if (!(dice > highest)) return highest;
            highest = dice;
        }
    }
}
