package dev.samovar.cli;

import dev.samovar.models.data.Case;
import dev.samovar.models.data.Split;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options that say which patients are for validation and which for the test.
final class SplitOptions {
    @Option(names = "--split", paramLabel = "FILE",
            description = "A JSON file with the names of the cases: {\"train\": [...], \"val\": [...], \"test\": [...]}, or a list of such "
                    + "folds, as data split writes them.")
    private @Nullable Path split;

    @Option(names = "--val", paramLabel = "N", converter = Positive.class,
            description = "Without --split: draw N patients to validate on.")
    private @Nullable Integer val;

    @Option(names = "--test", paramLabel = "N", converter = Positive.class,
            description = "Without --split: draw N patients for the test.")
    private @Nullable Integer test;

    /// The problem with a number that is no fold of a file with `count` of them.
    static Problem noFold(String option, Object number, Path file, int count) {
        return Problem.input(option + " " + number + ": " + file + " has " + count + (count == 1 ? " fold, 0" : " folds, from 0 on"));
    }

    /// Which fold of a file is meant.
    ///
    /// @param fold null if the user does not say it, which will do if there is only one
    static int fold(Path file, @Nullable Integer fold) {
        int folds = Split.folds(file);
        if (folds == 0) throw Problem.input(file + ": it lists no split");
        if (fold == null && folds > 1) throw Problem.input(file + ": it has " + folds + " folds; say --fold 0 for the first");
        if (fold != null && (fold < 0 || fold >= folds)) throw noFold("--fold", fold, file, folds);
        return fold == null ? 0 : fold;
    }

    /// The file; null if none was given.
    @Nullable
    Path file() {
        return split;
    }

    /// The first of the options that say how many are drawn; null if none was given.
    private @Nullable String counted() {
        return val != null ? "--val" : test != null ? "--test" : null;
    }

    /// Whether an option says how many are drawn for validation or test.
    boolean isCounted() {
        return counted() != null;
    }

    /// Makes sure that these options do not repeat what another option, or the file, says already.
    ///
    /// @param by that option; null if it was not given
    void check(CommandSpec spec, @Nullable String by) {
        String also = counted(), first = split != null ? "--split" : by;
        if (split != null && by != null) also = by;
        if (first != null && also != null)
            throw new ParameterException(spec.commandLine(), first
                    + " says already which cases are for validation and test: leave out " + also);
    }

    /// Draws a split: `labelled` patients to train on, or, if that is null, all that are neither validated on nor tested. If `labelled` is given, all
    /// others are for the test, unless options say how many.
    Split draw(List<Case> cases, long seed, @Nullable Integer labelled) {
        int patients = patients(cases, cases.stream().map(Case::name).toList()), forVal = val != null ? val : 0;
        int forTest = test != null ? test : labelled != null ? Math.max(0, patients - labelled - forVal) : 0;
        int forTraining = labelled != null ? labelled : patients - forVal - forTest;
        String asked = (labelled == null ? "" : " --labelled " + labelled) + (val == null ? "" : " --val " + val) + (test == null
                ? ""
                : " --test " + test);
        if (asked.isEmpty()) return Split.draw(cases, seed, forTraining, forVal, forTest);
        int last = asked.lastIndexOf(' ');
        return Problem.of(asked.substring(1, last), asked.substring(last + 1), () -> Split.draw(cases, seed, forTraining, forVal, forTest));
    }

    /// The number of patients in these cases.
    static int patients(Collection<Case> cases, List<String> names) {
        Set<String> some = Set.copyOf(names);
        return (int) cases.stream().filter(one -> some.contains(one.name())).map(Case::patient).distinct().count();
    }
}
