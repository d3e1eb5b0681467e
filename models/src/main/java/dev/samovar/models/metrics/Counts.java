package dev.samovar.models.metrics;

import dev.samovar.models.data.LabelVolume;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How the voxels of one class were met: what overlap scores are made of.
///
/// A class that neither the prediction nor the truth contains has no score: it is `NaN` here, "n/a" in a report, and left out of every
/// mean, but counted there. A class that only one of the two contains scores 0.
///
/// @param tp voxels of the class in both: true positives
/// @param fp voxels predicted as the class that are not: false positives
/// @param fn voxels of the class that were predicted as another: false negatives
public record Counts(long tp, long fp, long fn) {
    /// No voxel at all.
    public static final Counts NONE = new Counts(0, 0, 0);

    /// `2·tp / (2·tp + fp + fn)`, from 0 to 1.
    public double dice() {
        return 2.0 * tp / (2 * tp + fp + fn);
    }

    /// `tp / (tp + fp + fn)`, from 0 to 1.
    public double iou() {
        return (double) tp / (tp + fp + fn);
    }

    /// Whether neither the prediction nor the truth contains the class.
    public boolean isEmpty() {
        return tp + fp + fn == 0;
    }

    /// The counts of all classes up to the highest that occurs, at the index of the class, background first.
    ///
    /// @throws IllegalArgumentException if the two have different numbers of voxels
    public static List<Counts> of(LabelVolume prediction, LabelVolume truth) {
        byte[] p = prediction.classes(), t = truth.classes();
        if (p.length != t.length) throw new IllegalArgumentException("a prediction of " + p.length + " voxels for a truth of " + t.length);
        long[] both = new long[256], predicted = new long[256], real = new long[256];
        int highest = 0;
        for (int i = 0; i < p.length; i++) {
            int a = p[i] & 0xFF, b = t[i] & 0xFF;
            predicted[a]++;
            real[b]++;
            if (a == b) both[a]++;
            highest = Math.max(highest, Math.max(a, b));
        }
        List<Counts> counts = new ArrayList<>();
        for (int c = 0; c <= highest; c++) counts.add(new Counts(both[c], predicted[c] - both[c], real[c] - both[c]));
        return Collections.unmodifiableList(counts);
    }
}
