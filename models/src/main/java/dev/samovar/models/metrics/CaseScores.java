package dev.samovar.models.metrics;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.models.data.LabelRegion;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// The scores of one case: a volume, or under [Convention#PAPER] all volumes of a patient.
///
/// @param name the case
/// @param scoring how it was scored
/// @param unit of its distances: `"mm"`, or `"px"` if the size of its pixels is not known, or by [Convention#PAPER]
/// @param diagonal of the scored volume, from corner to corner, in this unit: the penalty for a distance that does not exist
/// @param classes the scores at the index of the class, background first; classes beyond the list do not occur
public record CaseScores(String name, Scoring scoring, String unit, double diagonal, List<ClassScores> classes) implements Serializable {

    /// Copies the list.
    public CaseScores {
        classes = List.copyOf(classes);
    }

    /// Compares a prediction with the truth, by [Scoring#DEFAULT].
    ///
    /// @throws FormatException if they do not lie on the same grid
    public static CaseScores of(String name, LabelVolume prediction, LabelVolume truth) {
        return of(name, prediction, truth, Scoring.DEFAULT);
    }

    /// Compares a prediction with the truth.
    ///
    /// @throws FormatException if they do not lie on the same grid
    public static CaseScores of(String name, LabelVolume prediction, LabelVolume truth, Scoring scoring) {
        return of(name, List.of(prediction), List.of(truth), scoring);
    }

    /// Compares the predictions for the volumes of a patient with their truths; one volume only, unless by [Convention#PAPER].
    ///
    /// @throws FormatException if one does not lie on the grid of the other, or there are more slices than can be scored together
    public static CaseScores of(String name, List<LabelVolume> predictions, List<LabelVolume> truths, Scoring scoring) {
        return of(name, predictions, truths, scoring, List.of());
    }

    /// Compares classes, or regions.
    ///
    /// @param regions scored after the background, in place of the classes; empty to score the classes
    /// @throws FormatException if one does not lie on the grid of the other, or there are more slices than can be scored together
    public static CaseScores of(String name, List<LabelVolume> predictions, List<LabelVolume> truths, Scoring scoring,
            List<LabelRegion> regions) {
        if (predictions.size() != truths.size())
            throw new IllegalArgumentException(predictions.size() + " predictions for " + truths.size() + " truths");
        LabelPair pair;
        try {
            pair = scoring.convention().pair(predictions, truths);
        } catch (FormatException e) {
            throw new FormatException(name + ": " + e.getMessage(), e);
        }
        List<ClassScores> classes = new ArrayList<>(classes(pair, scoring, regions.isEmpty() ? 255 : 0));
        for (LabelRegion region : regions) {
            List<ClassScores> its = classes(pair.of(region), scoring, 1);
            classes.add(its.size() > 1 ? its.get(1) : ClassScores.NONE);
        }
        return new CaseScores(name, scoring, pair.unit(), pair.diagonal(), classes);
    }

    /// The scores of the classes that occur: the background and the first `most`.
    private static List<ClassScores> classes(LabelPair pair, Scoring scoring, int most) {
        List<Counts> counts = Counts.of(pair);
        LabelPair.Box[] boxes = pair.boxes();
        List<ClassScores> classes = new ArrayList<>();
        for (int c = 0; c < counts.size() && c <= most; c++)
            classes.add(new ClassScores(counts.get(c), c > 0 && counts.get(c).isInBoth()
                    ? SurfaceDistances.of(pair, c, boxes[c], scoring.tolerance())
                    : SurfaceDistances.NONE,
                    c > 0 && scoring.further() && !counts.get(c).isAbsent()
                            ? FurtherScores.of(pair, c, boxes[c])
                            : FurtherScores.NONE));
        return classes;
    }

    /// These scores with at least `count` classes: those beyond the list are absent, which has a score under some conventions.
    CaseScores withClasses(int count) {
        List<ClassScores> all = new ArrayList<>(classes);
        while (all.size() < count) all.add(ClassScores.NONE);
        return new CaseScores(name, scoring, unit, diagonal, all);
    }

    /// The results of a class.
    public ClassScores of(int label) {
        return label < classes.size() ? classes.get(label) : ClassScores.NONE;
    }

    /// The score of a class, with a penalty if it was missed; `NaN` if there is none.
    public double score(Metric metric, int label) {
        return score(metric, label, Average.PENALISED);
    }

    /// The score of a class as a mean uses it; `NaN` if the mean leaves it out.
    public double score(Metric metric, int label, Average average) {
        ClassScores scores = of(label);
        Convention convention = scoring.convention();
        if (scores.counts().isInBoth()) return metric.of(scores);
        if (scores.counts().isAbsent()) return average == Average.PENALISED ? convention.absent(metric) : Double.NaN;
        return average == Average.PENALISED || !metric.isDistance() ? convention.oneSided(metric, diagonal) : Double.NaN;
    }

    /// The score of a class; `NaN` if there is none.
    public double score(FurtherMetric metric, int label) {
        return metric.of(of(label));
    }

    /// The mean over the classes except the background; `NaN` if none has a score.
    public double mean(FurtherMetric metric) {
        return mean(c -> score(metric, c));
    }

    /// The mean over the classes except the background, penalties included; `NaN` if none has a score. Cases are ranked by it.
    public double mean(Metric metric) {
        return mean(metric, Average.PENALISED);
    }

    /// The mean over the classes except the background; `NaN` if none has a score.
    public double mean(Metric metric, Average average) {
        return mean(c -> score(metric, c, average));
    }

    private double mean(IntToDoubleFunction score) {
        return IntStream.range(1, classes.size()).mapToDouble(score).filter(s -> !Double.isNaN(s)).average().orElse(Double.NaN);
    }
}
