package dev.samovar.models.metrics;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.util.Arrays;
import java.util.List;

/// Whether probabilities mean what they say: of the voxels that were given a class with a probability of 0.8, eight in ten should belong to it.
///
/// Voxels are put into bins of equal width by the probability of the class that they were given. The reliability curve shows the share of right
/// voxels in each bin. The expected calibration error is the mean distance of this share from the bin's mean probability, weighted by the voxels:
/// `ECE = Σ n_b / n · |right_b − sure_b|`.
///
/// Source: Guo and others, *On calibration of modern neural networks*, ICML 2017, equation 5, with 15 bins.
public final class Calibration {
    /// The number of bins, as in the source.
    public static final int BINS = 15;

    private static final double MOST = 1.001;                           // a probability that was rounded

    private final long[] voxels = new long[BINS], right = new long[BINS];
    private final double[] sure = new double[BINS];

    /// A calibration without voxels.
    public Calibration() {}

    /// A bin of the curve.
    ///
    /// @param voxels the number of its voxels
    /// @param sure their mean probability; `NaN` if there are none
    /// @param right the share of them that were right; `NaN` if there are none
    public record Bin(long voxels, double sure, double right) {}

    /// The calibration of a volume's voxels, except those whose truth is ignored.
    ///
    /// @param probabilities of each class, background first, on the grid of the truth
    /// @param foreground whether only those voxels count to which truth or prediction give a class other than the background, because nearly all
    /// others are easy
    /// @throws FormatException if they do not lie on the grid of the truth, or a number is no probability
    public static Calibration of(List<Volume> probabilities, LabelVolume truth, boolean foreground) {
        byte[] real = onGridOf(probabilities, truth).classes();
        List<float[]> all = probabilities.stream().map(Volume::voxels).toList();
        var calibration = new Calibration();
        for (int i = 0; i < real.length; i++) {
            if (real[i] == LabelPair.IGNORED) continue;
            int best = 0;
            for (int c = 0; c < all.size(); c++) {
                if (!(all.get(c)[i] >= 0 && all.get(c)[i] <= MOST))
                    throw new FormatException(
                            "a voxel has the probability " + all.get(c)[i] + " for class " + c + ", and probabilities are from 0 to 1");
                if (all.get(c)[i] > all.get(best)[i]) best = c;
            }
            if (!foreground || best != 0 || real[i] != 0) calibration.add(all.get(best)[i], best == (real[i] & 0xFF));
        }
        return calibration;
    }

    /// The truth on the grid of all the probabilities.
    private static LabelVolume onGridOf(List<Volume> probabilities, LabelVolume truth) {
        Geometry grid = probabilities.getFirst().geometry();
        try {
            for (Volume of : probabilities) Grids.common(grid, of.geometry());
            return Grids.onto(grid, truth);
        } catch (FormatException e) {
            throw new FormatException("probabilities and truth " + e.getMessage(), e);
        }
    }

    /// Counts a voxel.
    ///
    /// @param probability of the predicted class, from 0 to 1
    public void add(double probability, boolean isRight) {
        int bin = Math.clamp((long) Math.ceil(probability * BINS) - 1, 0, BINS - 1);       // bins are (0, 1/15], (1/15, 2/15] …
        voxels[bin]++;
        sure[bin] += probability;
        if (isRight) right[bin]++;
    }

    /// Adds the counts of another calibration.
    public void add(Calibration other) {
        for (int b = 0; b < BINS; b++) {
            voxels[b] += other.voxels[b];
            right[b] += other.right[b];
            sure[b] += other.sure[b];
        }
    }

    /// The number of voxels.
    public long voxels() {
        return Arrays.stream(voxels).sum();
    }

    /// A bin, from 0.
    public Bin bin(int b) {
        return new Bin(voxels[b], sure[b] / voxels[b], (double) right[b] / voxels[b]);
    }

    /// The names of the columns of [#csv].
    public static final String HEADER = "voxels of,from,to,voxels,mean probability,right\n";

    /// The curve, a line for each bin; cells without a value are empty.
    ///
    /// @param of its name in the first column
    public String csv(String of) {
        StringBuilder text = new StringBuilder();
        for (int b = 0; b < BINS; b++) {
            Bin bin = bin(b);
            text.append(of).append(',').append((double) b / BINS).append(',').append((b + 1.0) / BINS).append(',').append(bin.voxels).append(',');
            if (bin.voxels > 0) text.append(bin.sure);
            text.append(',');
            if (bin.voxels > 0) text.append(bin.right);
            text.append('\n');
        }
        return text.toString();
    }

    /// The expected calibration error, from 0 to 1; `NaN` if there are no voxels.
    public double error() {
        double sum = 0;
        for (int b = 0; b < BINS; b++) sum += Math.abs(right[b] - sure[b]);
        return sum / voxels();
    }
}
