package dev.samovar.models.metrics;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.Truths;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Predictions and truths that were found and paired by name, before any is scored. Each [Subject] can be scored by itself, wherever its files are.
public final class Comparison {
    /// What is said of distances where no size of a pixel is known.
    public static final String UNMEASURED = "no size of a pixel is known (of pictures, only TIFF files by ImageJ or OME say it): distances are in pixels, not in mm";
    private static final double SHEARED = 1;                            // degrees, from which it is said

    private final SortedMap<String, Path> predicted;
    private final Truths truths;
    private final SortedSet<String> names;
    private final List<String> classNames, missing;
    private final Scoring scoring;

    /// Volumes that are scored together: one volume, or under [Convention#PAPER] all volumes of a patient.
    ///
    /// @param name of the volume, or of the patient
    /// @param names of the volumes
    /// @param predictions a file for each of them
    /// @param truths a file for each of them
    public record Subject(String name, List<String> names, List<Path> predictions, List<Path> truths) {
        /// Copies the collections.
        public Subject {
            names = List.copyOf(names);
            predictions = List.copyOf(predictions);
            truths = List.copyOf(truths);
        }

        /// Reads the files and scores them.
        ///
        /// @param reader reads a file with the given meaning of its numbers, such as [Truths#read]
        /// @param tell receives remarks about slight irregularities: numbers that were rounded, grids that were taken on trust
        /// @throws FormatException if a file cannot be read, or a prediction does not lie on the grid of its truth
        public CaseScores score(Codings codings, Scoring scoring, BiFunction<Path, LabelCoding, LabelVolume> reader,
                Consumer<String> tell) {
            List<LabelVolume> found = read(predictions, codings.predicted, reader, tell), known = read(truths, codings.real, reader, tell);
            CaseScores scores = CaseScores.of(name, found, known, scoring, codings.real.regions());
            for (int i = 0; i < names.size(); i++) {
                String of = names.get(i);
                Geometry grid = known.get(i).geometry();
                Grids.Common common = Grids.common(grid, Grids.align(found.get(i).geometry(), grid));
                common.remark().ifPresent(remark -> tell.accept(of + ": " + remark));
                if (scoring.convention() != Convention.MILLIMETRES) continue;
                if (!common.grid().hasSpacing()) tell.accept(UNMEASURED);
                if (common.grid().shear() > SHEARED)
                    tell.accept(String.format(Locale.ROOT,
                            "%s: the axes of its voxels are %.1f° from right angles: distances are measured as if they were not",
                            of, common.grid().shear()));
            }
            return scores;
        }

        private static List<LabelVolume> read(List<Path> files, LabelCoding coding, BiFunction<Path, LabelCoding, LabelVolume> reader,
                Consumer<String> tell) {
            List<LabelVolume> volumes = new ArrayList<>();
            for (Path file : files) {
                volumes.add(reader.apply(file, coding));
                for (String remark : volumes.getLast().remarks()) tell.accept(file + ": " + remark);
            }
            return volumes;
        }
    }

    /// The meaning of the numbers in the files.
    ///
    /// @param real in the truths
    /// @param predicted in the predictions
    public record Codings(LabelCoding real, LabelCoding predicted) {}

    private Comparison(SortedMap<String, Path> predicted, Truths truths, SortedSet<String> names, List<String> classNames, Scoring scoring,
            List<String> missing) {
        this.predicted = predicted;
        this.truths = truths;
        this.names = names;
        this.classNames = List.copyOf(classNames);
        this.scoring = scoring;
        this.missing = missing;
        List<String> unknown = names.stream().filter(name -> !truths.files().containsKey(name)).toList();
        if (!unknown.isEmpty()) throw new FormatException(truths.folder() + ": there is no truth for " + String.join(", ", unknown));
    }

    /// Pairs every prediction in a folder with the truth of the [same name][Truths#named].
    ///
    /// @param classNames background first; empty if the truths name their classes
    /// @throws FormatException if there is no prediction, or one without a truth
    public static Comparison of(Path predictions, Truths truths, List<String> classNames, Scoring scoring) {
        SortedMap<String, Path> predicted = predictions(predictions);
        if (predicted.isEmpty()) throw new FormatException(predictions + ": there is no label file in it (" + Volumes.KINDS + ")");
        Truths named = truths.named(predicted.keySet());
        List<String> missing = named.files().keySet().stream().filter(name -> !predicted.containsKey(name)).toList();
        return new Comparison(predicted, named, new TreeSet<>(predicted.keySet()), classNames, scoring, missing);
    }

    /// Pairs only these volumes, each of which must have a prediction and a truth.
    ///
    /// @throws FormatException naming the predictions or the truths that are missing
    public static Comparison of(Path predictions, Truths truths, List<String> classNames, Scoring scoring, Collection<String> names) {
        SortedMap<String, Path> predicted = predictions(predictions);
        List<String> absent = names.stream().filter(name -> !predicted.containsKey(name)).sorted().toList();
        if (!absent.isEmpty()) throw new FormatException(predictions + ": there is no prediction of " + String.join(", ", absent));
        return new Comparison(predicted, truths.named(predicted.keySet()), new TreeSet<>(names), classNames, scoring, List.of());
    }

    /// The volumes of a folder, without the other files that `predict` writes beside labels.
    private static SortedMap<String, Path> predictions(Path folder) {
        SortedMap<String, Path> files = new TreeMap<>(Volumes.list(folder));
        for (String beside : List.of(Evaluation.PROBABILITIES, Evaluation.OVERLAY, Evaluation.VARIANCE, Evaluation.ENTROPY, Evaluation.LABELS))
            files.keySet().removeIf(name -> name.endsWith(beside) && files.containsKey(name.substring(0, name.length() - beside.length())));
        return files;
    }

    /// How the cases are scored.
    public Scoring scoring() {
        return scoring;
    }

    /// The meaning of the numbers in all files. This reads the predictions, and the truths if it depends on them.
    ///
    /// @throws FormatException if that cannot be decided, a file cannot be read, or classes were given names and regions are scored
    public Codings codings() {
        LabelCoding real = named(truths.coding(names));
        return new Codings(real, truths.ofPredictions(predicted, names, real));
    }

    /// The meaning of the numbers, if all files were already read for it.
    ///
    /// @param inTruths the numbers that occur in the truths; empty if they [do not matter][Truths#looks]
    /// @param inPredictions the numbers that occur in the predictions
    /// @throws FormatException if it cannot be decided, or classes were given names and regions are scored
    public Codings codings(SortedSet<Integer> inTruths, SortedSet<Integer> inPredictions) {
        LabelCoding real = named(truths.coding(inTruths));
        return new Codings(real, truths.ofPredictions(inPredictions, real));
    }

    /// Regions have names of their own.
    private LabelCoding named(LabelCoding real) {
        if (!classNames.isEmpty() && !real.regions().isEmpty())
            throw new FormatException("the truth declares regions, which are scored by their own names ("
                    + String.join(", ", real.scored().subList(1, real.scored().size())) + "); give no names of classes");
        return real;
    }

    /// All subjects, in the order of their names.
    public List<Subject> subjects() {
        Map<String, List<String>> subjects = new LinkedHashMap<>();
        for (String name : names) subjects.computeIfAbsent(scoring.convention().subject(name), _ -> new ArrayList<>()).add(name);
        return subjects.entrySet().stream()
                .map(e -> new Subject(e.getKey(), e.getValue(), files(predicted, e.getValue()), files(truths.files(), e.getValue()))).toList();
    }

    private static List<Path> files(Map<String, Path> all, List<String> names) {
        return names.stream().map(name -> requireNonNull(all.get(name))).toList();
    }

    /// Combines the scores.
    ///
    /// @param cases of all [subjects][#subjects], in the same order
    public Evaluation evaluation(List<CaseScores> cases, Codings codings) {
        return Evaluation.of(cases, classNames.isEmpty() ? codings.real.scored() : classNames, missing);
    }
}
