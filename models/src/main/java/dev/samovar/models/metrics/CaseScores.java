package dev.samovar.models.metrics;

import dev.samovar.core.io.FormatException;
import dev.samovar.models.data.LabelVolume;
import java.util.List;

/// How well one case was segmented.
///
/// @param name the case
/// @param classes the counts at the index of the class, background first; classes beyond the list do not occur
public record CaseScores(String name, List<Counts> classes) {

    /// Takes a copy of the list.
    public CaseScores {
        classes = List.copyOf(classes);
    }

    /// Compares a prediction with the truth.
    ///
    /// @throws FormatException if they do not lie on the same grid
    public static CaseScores of(String name, LabelVolume prediction, LabelVolume truth) {
        prediction.geometry().difference(truth.geometry()).ifPresent(difference -> {
            throw new FormatException(name + ": prediction and truth do not lie on the same grid, but have " + difference);
        });
        return new CaseScores(name, Counts.of(prediction, truth));
    }

    /// The counts of a class.
    public Counts of(int label) {
        return label < classes.size() ? classes.get(label) : Counts.NONE;
    }

    /// The mean over the classes but the background, those without a score left out; `NaN` if none is left.
    public double mean(Metric metric) {
        return classes.stream().skip(1).mapToDouble(metric::of).filter(score -> !Double.isNaN(score)).average().orElse(Double.NaN);
    }
}
