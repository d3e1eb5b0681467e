package dev.samovar.cli;

import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `data split DIR --out FILE`.
@Command(name = "split", sortOptions = false,
        customSynopsis = "samovar data split DIR --out FILE [--folds N | --paper] [--labelled N] [--seed N] [--overwrite]",
        description = {"Draws which cases are for training, for validation and for the test, patient by patient: 70, 15 and 15 %%.",
            "The same seed gives the same file on every machine. train --split reads it."})
final class SplitCommand implements Runnable {
    @ParentCommand
    private DataCommand data;

    @Parameters(paramLabel = "DIR", description = "The dataset.")
    private Path folder;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The JSON file to write.")
    private Path out;

    @ArgGroup
    private Several several = new Several();

    @Option(names = "--labelled", paramLabel = "N", converter = Positive.class,
            description = "Keep only the first N patients to train on.")
    private @Nullable Integer labelled;

    @Option(names = "--seed", paramLabel = "N", description = "Decides what is drawn (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--overwrite", description = "Replace FILE if it exists.")
    private boolean overwrite;

    /// More than one split.
    private static final class Several {
        @Option(names = "--folds", paramLabel = "N", converter = Positive.class,
                description = "A cross-validation: N splits, in which every patient is tested once. train --folds chooses among them.")
        private @Nullable Integer folds;

        @Option(names = "--paper", description = "Five splits, each shuffled independently, as in the paper.")
        private boolean paper;

        List<Split> draw(List<Case> cases, long seed) {
            if (paper) return Split.paper(cases, seed);
            if (folds == null) return List.of(Split.draw(cases, seed));
            int count = folds;
            return Problem.of("--folds", count, () -> Split.crossValidation(cases, count, seed));
        }
    }

    @Override
    public void run() {
        Outputs.check(out, overwrite);
        Dataset dataset = Dataset.open(folder);
        List<Case> cases = dataset.cases();
        List<Split> splits = several.draw(cases, seed).stream().map(split -> fewer(split, cases)).toList();
        if (several.paper || several.folds != null) Split.write(out, splits);
        else splits.getFirst().write(out);
        Facts facts = new Facts();
        for (int fold = 0; fold < splits.size(); fold++) {
            Split split = splits.get(fold);
            facts.add(splits.size() == 1 ? "split" : "fold " + fold, counted(split.train(), cases) + " to train on, " + counted(split.val(),
                    cases) + " to validate on, " + counted(split.test(), cases) + " to test");
        }
        data.console().result(facts.text());
        if (!dataset.unlabelled().isEmpty())
            data.console().say("in no part: " + dataset.unlabelled().size() + " images without a label");
        if (cases.stream().allMatch(one -> one.patient().equals(one.name())))
            data.console().say("each case counts as a patient of its own");
    }

    private Split fewer(Split split, List<Case> cases) {
        if (labelled == null) return split;
        int patients = labelled;
        return Problem.of("--labelled", patients, () -> split.labelled(patients, cases));
    }

    private static String counted(Collection<String> names, List<Case> cases) {
        Set<String> wanted = new HashSet<>(names);
        int patients = cases.stream().filter(one -> wanted.contains(one.name())).map(Case::patient).collect(Collectors.toSet()).size();
        return patients + (patients == 1 ? " patient" : " patients") + (patients == names.size() ? "" : " (" + names.size() + " cases)");
    }
}
