package dev.samovar.models.metrics;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Nifti;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// How well a number of cases were segmented: per class, case and mean.
///
/// The mean of a class is over the cases that have a score for it; the mean of all is that of the classes' means. The background is class 0
/// and never part of a mean. A class that is absent from both prediction and truth has no score in that case ([Counts]): it is left
/// out, and [#absent(int)] says how often.
///
/// @param classNames the names of the classes, background first
/// @param cases the scores of each case
/// @param missing cases that have a truth and no prediction: not part of any mean, but never to be passed over in silence
public record Evaluation(List<String> classNames, List<CaseScores> cases, List<String> missing) {

    /// Takes copies of the lists.
    ///
    /// @throws IllegalArgumentException if there is no case, or one has a class without a name
    public Evaluation {
        classNames = List.copyOf(classNames);
        cases = List.copyOf(cases);
        missing = List.copyOf(missing);
        if (cases.isEmpty()) throw new IllegalArgumentException("there is no case to evaluate");
        int named = classNames.size();
        for (CaseScores scores : cases)
            if (scores.classes().size() > named)
                throw new IllegalArgumentException(scores.name() + " has " + scores.classes().size() + " classes, and " + named
                        + " have a name");
    }

    /// Of these cases, the classes named after their numbers.
    public static Evaluation of(List<CaseScores> cases) {
        return of(cases, List.of(), List.of());
    }

    /// Scores every prediction of a folder against the truth of the same name ([Nifti#name]).
    ///
    /// `classNames` has the background first; classes beyond it are named after their numbers.
    ///
    /// @throws FormatException if there is no prediction, one without a truth, or one that does not lie on the grid of its truth
    public static Evaluation folders(Path predictions, Path truths, List<String> classNames) {
        SortedMap<String, Path> predicted = Nifti.list(predictions), real = Nifti.list(truths);
        if (predicted.isEmpty()) throw new FormatException(predictions + ": there is no NIfTI file in it");
        List<String> missing = real.keySet().stream().filter(name -> !predicted.containsKey(name)).toList();
        return of(score(predicted, real, predicted.keySet(), truths), classNames, missing);
    }

    /// The same for these cases alone, each of which must have a prediction and a truth.
    ///
    /// @throws FormatException naming the predictions or the truths that are missing, or as for all cases
    public static Evaluation folders(Path predictions, Path truths, List<String> classNames, Collection<String> names) {
        SortedMap<String, Path> predicted = Nifti.list(predictions);
        List<String> missing = names.stream().filter(name -> !predicted.containsKey(name)).sorted().toList();
        if (!missing.isEmpty()) throw new FormatException(predictions + ": there is no prediction of " + String.join(", ", missing));
        return of(score(predicted, Nifti.list(truths), new TreeSet<>(names), truths), classNames, List.of());
    }

    private static List<CaseScores> score(Map<String, Path> predicted, Map<String, Path> real, Collection<String> names, Path truths) {
        List<String> unknown = names.stream().filter(name -> !real.containsKey(name)).toList();
        if (!unknown.isEmpty()) throw new FormatException(truths + ": there is no truth for " + String.join(", ", unknown));
        List<CaseScores> cases = new ArrayList<>();
        for (String name : names) {
            Path prediction = requireNonNull(predicted.get(name)), truth = requireNonNull(real.get(name));
            cases.add(CaseScores.of(name, Nifti.readLabels(prediction), Nifti.readLabels(truth)));
        }
        return cases;
    }

    private static Evaluation of(List<CaseScores> cases, List<String> names, List<String> missing) {
        int classes = Math.max(names.size(), cases.stream().mapToInt(c -> c.classes().size()).max().orElse(0));
        List<String> all = new ArrayList<>(names);
        for (int c = names.size(); c < classes; c++) all.add(c == 0 ? "background" : "class " + c);
        return new Evaluation(all, cases, missing);
    }

    /// The mean score of a class; `NaN` if no case has one.
    public double mean(Metric metric, int label) {
        return average(cases.stream().mapToDouble(c -> metric.of(c.of(label))));
    }

    /// The mean of the classes' means, background left out; `NaN` if no class has one.
    public double mean(Metric metric) {
        return average(IntStream.range(1, classNames.size()).mapToDouble(c -> mean(metric, c)));
    }

    /// In how many cases a class is absent from both prediction and truth, and so has no score.
    public int absent(int label) {
        return (int) cases.stream().filter(c -> c.of(label).isEmpty()).count();
    }

    /// A table for the terminal: one line per case, the means below.
    public String table() {
        return Rendering.table(this);
    }

    /// One line per case and class, and for the means, with a header; for a spreadsheet. A score that is not defined is left empty.
    public String csv() {
        return Rendering.csv(this);
    }

    /// Everything. A score that is not defined is null.
    public Json json() {
        return Rendering.json(this);
    }

    private static double average(DoubleStream scores) {
        return scores.filter(score -> !Double.isNaN(score)).average().orElse(Double.NaN);
    }
}
