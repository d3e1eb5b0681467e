package dev.samovar.models.train;

import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.metrics.ExpectedDice;
import dev.samovar.models.metrics.Uncertainty;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/// How the labels of a volume follow from the probabilities of its voxels.
///
/// A network that sees one slice at a time may miss in a slice what it finds in those beside it. So the probabilities in slice `s` can be averaged
/// with those of its `n` neighbours on either side, the slice `s ± d` with the weight `n + 1 − d`; at the ends of the volume with those that are
/// there. Then a [Rule] chooses the classes.
///
/// @param neighbours slices on either side, `n`; 0 leaves the probabilities as they are
public record Decision(int neighbours, Rule rule) {
    /// Each slice by itself, and each voxel's likeliest class.
    public static final Decision PLAIN = new Decision(0, Rule.LIKELIEST);

    /// How a voxel's class is chosen.
    public enum Rule {
        /// The class with the highest probability, the first of several.
        LIKELIEST,

        /// The labels whose [expected Dice][ExpectedDice] is the highest, class by class.
        ///
        /// That is highest if exactly those voxels get the class whose probability is above half of that very Dice, which is less than 1/2: where a
        /// network is unsure, more voxels are taken than by the first rule. A voxel that two classes would take gets the likelier one, and a class
        /// that is nowhere the likeliest is not given at all, because few unsure voxels would otherwise become many.
        DICE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Checks the number.
    ///
    /// @throws IllegalArgumentException if it is negative
    public Decision {
        if (neighbours < 0) throw new IllegalArgumentException(neighbours + " neighbours");
    }

    /// Whether each slice is by itself, and each voxel gets its likeliest class.
    public boolean isPlain() {
        return equals(PLAIN);
    }

    /// What it does, as a sentence without a full stop; empty if it is plain.
    public String words() {
        if (isPlain()) return "";
        String rules = rule == Rule.DICE ? "labels are those of the highest expected Dice" : "each voxel has its likeliest class";
        if (neighbours == 0) return rules;
        return rules + ", from probabilities averaged with those of " + neighbours + (neighbours == 1 ? " slice" : " slices") + " on either side";
    }

    /// What was found, with labels that follow in this way.
    ///
    /// @param found with its probabilities, unless this is plain
    public Segmenter.Segmentation of(Segmenter.Segmentation found) {
        return isPlain() ? found : of(found.probabilities());
    }

    /// The labels, with the probabilities that they were chosen by.
    ///
    /// @param probabilities of each class at every voxel, one volume per class on one grid, background first
    public Segmenter.Segmentation of(List<Volume> probabilities) {
        Orientation orientation = Orientation.of(probabilities.getFirst().geometry());
        Slices slices = Slices.of(orientation.canonical());
        List<float[]> all = probabilities.stream().map(one -> averaged(slices, orientation.toCanonical(one).voxels())).toList();
        var likeliest = new LabelVolume(slices.geometry(), Uncertainty.likeliest(all));
        LabelVolume labels = rule == Rule.DICE ? new LabelVolume(slices.geometry(), highestDice(all, likeliest.foreground())) : likeliest;
        return new Segmenter.Segmentation(orientation.toOriginal(labels),
                all.stream().map(one -> orientation.toOriginal(new Volume(slices.geometry(), one))).toList());
    }

    private float[] averaged(Slices slices, float[] p) {
        if (neighbours == 0) return p;
        int count = slices.count(), pixels = slices.height() * slices.width();
        float[] averaged = new float[p.length];
        for (int s = 0; s < count; s++) {
            int first = Math.max(0, s - neighbours), last = (int) Math.min(count - 1L, (long) s + neighbours);
            double[] sums = new double[pixels];
            double weights = 0;
            for (int t = first; t <= last; t++) {
                double weight = neighbours + 1.0 - Math.abs(t - s);
                weights += weight;
                for (int i = 0; i < pixels; i++) sums[i] += weight * p[slices.index(t, i)];
            }
            for (int i = 0; i < pixels; i++) averaged[slices.index(s, i)] = (float) (sums[i] / weights);
        }
        return averaged;
    }

    /// @param given the classes that a voxel may get
    private static byte[] highestDice(List<float[]> all, BitSet given) {
        double[] thresholds = new double[all.size()];
        for (int c = 1; c < thresholds.length; c++) thresholds[c] = given.get(c) ? ExpectedDice.highest(all.get(c)) / 2 : Double.POSITIVE_INFINITY;
        byte[] labels = new byte[all.getFirst().length];
        for (int i = 0; i < labels.length; i++) {
            float highest = 0;
            for (int c = 1; c < thresholds.length; c++) {
                float p = all.get(c)[i];
                if (p > thresholds[c] && p > highest) {
                    highest = p;
                    labels[i] = (byte) c;
                }
            }
        }
        return labels;
    }
}
