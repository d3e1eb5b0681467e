package dev.samovar.models.metrics;

import dev.samovar.models.mask.Mask;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The counts of one class's voxels, from which overlap scores are computed.
///
/// @param tp voxels of the class in both: true positives
/// @param fp voxels predicted as the class that are not: false positives
/// @param fn voxels of the class that were predicted as another: false negatives
public record Counts(long tp, long fp, long fn) implements Serializable {
    /// No voxel at all.
    public static final Counts NONE = new Counts(0, 0, 0);

    /// The counts of two masks of the same size, pixel by pixel.
    ///
    /// @throws IllegalArgumentException if their sizes differ
    public static Counts of(Mask prediction, Mask truth) {
        if (prediction.height() != truth.height() || prediction.width() != truth.width())
            throw new IllegalArgumentException("a " + prediction + " beside a " + truth);
        boolean[] p = prediction.pixels(), t = truth.pixels();
        long tp = 0, fp = 0, fn = 0;
        for (int i = 0; i < p.length; i++) {
            if (p[i] && t[i]) tp++;
            else if (p[i]) fp++;
            else if (t[i]) fn++;
        }
        return new Counts(tp, fp, fn);
    }

    /// `2·tp / (2·tp + fp + fn)`, from 0 to 1; `NaN` if the class is absent.
    public double dice() {
        return 2.0 * tp / (2 * tp + fp + fn);
    }

    /// `tp / (tp + fp + fn)`, from 0 to 1; `NaN` if the class is absent.
    public double iou() {
        return (double) tp / (tp + fp + fn);
    }

    /// `tp / (tp + fn)`, from 0 to 1: the share of the class that was found, also called recall; `NaN` if the truth does not contain the class.
    public double sensitivity() {
        return (double) tp / (tp + fn);
    }

    /// `tp / (tp + fp)`, from 0 to 1: the share of the predicted voxels that belong to the class; `NaN` if the prediction does not contain it.
    public double precision() {
        return (double) tp / (tp + fp);
    }

    /// `(predicted − true) / true` volume: 0 at best, -1 if the class was missed, above 0 if it was predicted too large; `NaN` if the truth does not
    /// contain the class.
    public double volumeDifference() {
        return tp + fn == 0 ? Double.NaN : (double) (fp - fn) / (tp + fn);
    }

    /// Whether neither the prediction nor the truth contains the class.
    public boolean isAbsent() {
        return tp + fp + fn == 0;
    }

    /// Whether the truth contains the class and the prediction does not.
    public boolean isMissed() {
        return tp + fp == 0 && fn > 0;
    }

    /// Whether the prediction contains the class and the truth does not.
    public boolean isSpurious() {
        return tp + fn == 0 && fp > 0;
    }

    /// Whether both contain the class.
    boolean isInBoth() {
        return tp + fp > 0 && tp + fn > 0;
    }

    /// The counts of all classes up to the highest that occurs, at the index of the class, background first.
    static List<Counts> of(LabelPair pair) {
        byte[] p = pair.prediction(), t = pair.truth();
        long[] both = new long[256], predicted = new long[256], real = new long[256];
        int highest = 0;
        for (int i = 0; i < p.length; i++) {
            if (t[i] == LabelPair.IGNORED) continue;
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
