package dev.samovar.models.metrics;

import static java.util.stream.Collectors.joining;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRegion;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Truths;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// The scores of several cases, for each class, each case and as means. If a dataset declares [regions][LabelRegion], these are scored, and "classes"
/// here means regions.
///
/// The mean of a class is over the cases that have a score for it; the mean of all classes is the mean of the classes' means. The background is class
/// 0 and never part of a mean; voxels whose truth is [ignored][LabelCoding#IGNORED] are in no score. The [Convention] and the [Average] decide about
/// a class that is not in the prediction, the truth or both; [#missed(int)], [#spurious(int)], [#absent(int)] and the counts beside each mean tell
/// how often that happened.
///
/// @param classNames the names of the classes, background first
/// @param cases the scores of each case, all by the same [Scoring]
/// @param missing volumes that have a truth but no prediction: they are in no mean, but must be reported
public record Evaluation(List<String> classNames, List<CaseScores> cases, List<String> missing) {
    /// The endings of the names of other files that `predict` writes beside its labels.
    public static final String PROBABILITIES = "_probabilities", OVERLAY = "_overlay", VARIANCE = "_variance", ENTROPY = "_entropy",
            LABELS = "_labels";

    /// Copies the lists.
    ///
    /// @throws IllegalArgumentException if there is no case, one has a class without a name, or not all are scored alike
    public Evaluation {
        classNames = List.copyOf(classNames);
        missing = List.copyOf(missing);
        if (cases.isEmpty()) throw new IllegalArgumentException("there is no case to evaluate");
        int named = classNames.size();
        for (CaseScores scores : cases) {
            if (scores.classes().size() > named)
                throw new IllegalArgumentException(scores.name() + " has " + scores.classes().size() + " classes, and " + named
                        + " have a name");
            if (!scores.scoring().equals(cases.getFirst().scoring()))
                throw new IllegalArgumentException(scores.name() + " is scored by " + scores.scoring() + ", and the first case by "
                        + cases.getFirst().scoring());
        }
        cases = cases.stream().map(scores -> scores.withClasses(named)).toList();
    }

    /// An evaluation of these cases, with classes named after their numbers.
    public static Evaluation of(List<CaseScores> cases) {
        return of(cases, List.of(), List.of());
    }

    /// Scores every prediction of a folder against the truth of the [same name][Truths#named]; the truths may be a whole dataset, by [Scoring#DEFAULT].
    ///
    /// `classNames` has the background first, or is empty if the truths name their classes; classes beyond it are named after their numbers.
    ///
    /// @throws FormatException if there is no prediction, one without a truth, or one that does not lie on the grid of its truth
    public static Evaluation folders(Path predictions, Path truths, List<String> classNames) {
        return folders(predictions, Truths.of(truths, LabelRule.NONE), classNames, Scoring.DEFAULT);
    }

    /// Evaluates by another scoring.
    ///
    /// @throws FormatException as by the default
    public static Evaluation folders(Path predictions, Truths truths, List<String> classNames, Scoring scoring) {
        return scored(Comparison.of(predictions, truths, classNames, scoring), truths);
    }

    /// Evaluates only these volumes, each of which must have a prediction and a truth.
    ///
    /// @throws FormatException naming the predictions or the truths that are missing, or as for all volumes
    public static Evaluation folders(Path predictions, Truths truths, List<String> classNames, Scoring scoring, Collection<String> names) {
        return scored(Comparison.of(predictions, truths, classNames, scoring, names), truths);
    }

    private static Evaluation scored(Comparison comparison, Truths truths) {
        Comparison.Codings codings = comparison.codings();
        List<CaseScores> cases = new ArrayList<>();
        for (Comparison.Subject subject : comparison.subjects())
            cases.add(subject.score(codings, comparison.scoring(), truths::labels,
                    truths::tell));
        return comparison.evaluation(cases, codings);
    }

    /// Classes beyond those that have a name are named after their numbers.
    static Evaluation of(List<CaseScores> cases, List<String> names, List<String> missing) {
        int classes = Math.max(names.size(), cases.stream().mapToInt(c -> c.classes().size()).max().orElse(0));
        List<String> all = new ArrayList<>(names);
        for (int c = names.size(); c < classes; c++) all.add(c == 0 ? "background" : "class " + c);
        return new Evaluation(all, cases, missing);
    }

    /// How all cases are scored.
    public Scoring scoring() {
        return cases.getFirst().scoring();
    }

    /// The unit of distances: `"mm"`, `"px"`, or `"mm or px"` if only of some cases the size of a pixel is known.
    public String unit() {
        return unit(cases);
    }

    /// The unit of distances in several cases, as of [#unit()].
    public static String unit(Collection<CaseScores> cases) {
        return cases.stream().map(CaseScores::unit).distinct().sorted().collect(joining(" or "));
    }

    /// The mean score of a class, penalties included; `NaN` if no case has one.
    public double mean(Metric metric, int label) {
        return mean(metric, label, Average.PENALISED);
    }

    /// The mean score of a class; `NaN` if no case has one.
    public double mean(Metric metric, int label, Average average) {
        return scores(metric, label, average).average().orElse(Double.NaN);
    }

    /// The mean of the classes' means, penalties included, background left out; `NaN` if no class has one.
    public double mean(Metric metric) {
        return mean(metric, Average.PENALISED);
    }

    /// The mean of the classes' means, background left out; `NaN` if no class has one.
    public double mean(Metric metric, Average average) {
        return means(metric, average).average().orElse(Double.NaN);
    }

    /// The number of cases in the mean score of a class.
    public int count(Metric metric, int label, Average average) {
        return (int) scores(metric, label, average).count();
    }

    /// The number of classes in the mean of the classes' means.
    public int count(Metric metric, Average average) {
        return (int) means(metric, average).count();
    }

    private DoubleStream scores(Metric metric, int label, Average average) {
        return cases.stream().mapToDouble(c -> c.score(metric, label, average)).filter(score -> !Double.isNaN(score));
    }

    /// The mean score of a class over the cases that have one; `NaN` if none has.
    public double mean(FurtherMetric metric, int label) {
        return scores(metric, label).average().orElse(Double.NaN);
    }

    /// The mean of the classes' means, background left out; `NaN` if no class has one.
    public double mean(FurtherMetric metric) {
        return means(metric).average().orElse(Double.NaN);
    }

    /// The number of cases in the mean score of a class.
    public int count(FurtherMetric metric, int label) {
        return (int) scores(metric, label).count();
    }

    /// The number of classes in the mean of the classes' means.
    public int count(FurtherMetric metric) {
        return (int) means(metric).count();
    }

    private DoubleStream scores(FurtherMetric metric, int label) {
        return cases.stream().mapToDouble(c -> c.score(metric, label)).filter(score -> !Double.isNaN(score));
    }

    private DoubleStream means(FurtherMetric metric) {
        return IntStream.range(1, classNames.size()).mapToDouble(c -> mean(metric, c)).filter(mean -> !Double.isNaN(mean));
    }

    private DoubleStream means(Metric metric, Average average) {
        return IntStream.range(1, classNames.size()).mapToDouble(c -> mean(metric, c, average)).filter(mean -> !Double.isNaN(mean));
    }

    /// The number of cases in which a class is absent from both prediction and truth.
    public int absent(int label) {
        return count(label, Counts::isAbsent);
    }

    /// The number of cases in which a class is in the truth but not in the prediction.
    public int missed(int label) {
        return count(label, Counts::isMissed);
    }

    /// The number of cases in which a class is in the prediction but not in the truth.
    public int spurious(int label) {
        return count(label, Counts::isSpurious);
    }

    private int count(int label, Predicate<Counts> which) {
        return (int) cases.stream().filter(c -> which.test(c.of(label).counts())).count();
    }

    /// The cases from the best to the worst by their mean over the classes, penalties included; those without a score come last.
    public List<CaseScores> ranked(Metric metric) {
        double sign = metric.higherIsBetter() ? -1 : 1;                     // NaN is the largest in an ascending order
        return cases.stream().sorted(Comparator.comparingDouble(c -> sign * c.mean(metric))).toList();
    }

    /// A table for the terminal: one line per case and class, the means below.
    public String table() {
        return Table.of(this);
    }

    /// CSV for a spreadsheet: a header, one line per case and class, and lines for the means. A score that is not defined is empty.
    public String csv() {
        return Rendering.csv(this);
    }

    /// Everything as JSON. A score that is not defined is null.
    public Json json() {
        return Rendering.json(this);
    }
}
