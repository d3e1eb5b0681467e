package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Comparison;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Scoring;
import dev.samovar.models.sam.SamWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/// Evaluates a run: segments its test cases and compares them with the truth.
public final class Judge {
    /// The sentence of a run without a case to be evaluated on.
    public static final String NO_CASES = "its split has no test cases to evaluate it on";

    private Judge() {}

    /// The cases that a run is evaluated on: those under `test`, or, if its split has none, as in the folds of nnU-Net, those under `val`.
    public static List<String> cases(Run run) {
        return cases(run.split());
    }

    /// The cases that a run with this split is evaluated on.
    public static List<String> cases(Split split) {
        return split.test().isEmpty() ? split.val() : split.test();
    }

    /// The labels that a run predicted for one of them.
    ///
    /// @throws FormatException if it was not evaluated yet
    public static LabelVolume labels(Run run, String name) {
        Path file = Volumes.list(run.labels()).get(name);
        if (file == null) throw new FormatException(run.labels() + ": there are no labels of " + FormatException.shown(name));
        return Volumes.readLabels(file);
    }

    /// Segments the cases that a run is evaluated on, keeps the labels in the run's folder, and scores them. A prompted method is prompted with boxes
    /// around the truth. Embeddings are read from the cache, or written to it.
    ///
    /// @throws FormatException if there are no such cases, or one is no longer in the dataset, or has changed since the run was begun
    public static Evaluation judge(Run run, Run.Which which, Dataset dataset, SamWeights weights, EmbeddingCache cache, Device device,
            Progress progress) {
        return judge(run, which, Decision.PLAIN, dataset, weights, cache, device, progress);
    }

    /// The same, with labels that follow from the probabilities in another way.
    public static Evaluation judge(Run run, Run.Which which, Decision decision, Dataset dataset, SamWeights weights, EmbeddingCache cache,
            Device device, Progress progress) {
        List<String> names = cases(run);
        if (names.isEmpty()) throw new FormatException(run.folder() + ": " + NO_CASES);
        Optional<Basis> basis = run.basis();
        basis.ifPresent(begun -> begun.require(run));
        progress.begin("testing", names.size());
        List<String> single = new ArrayList<>();
        try (var segmenter = new Segmenter(run, which, weights, device)) {
            Evaluation evaluation = score(dataset, names, run.labels(), run.config().classNames(), progress, (one, sample, slice) -> {
                basis.ifPresent(begun -> begun.require(run, sample));
                if (decision.neighbours() > 0 && Slices.of(sample.image().geometry()).count() == 1) single.add(one.name());
                LabelVolume asked = run.config().method().prompted() ? sample.label() : null;
                return decision.of(segmenter.segment(one.name(), sample.image(), asked, !decision.isPlain(), cache, slice)).labels();
            });
            if (!single.isEmpty())
                progress.remark("cases of a single slice, which has no neighbours: " + single.size() + " of " + names.size() + ", such as "
                        + single.getFirst());
            return evaluation;
        }
    }

    /// Finds the labels of a case.
    @FunctionalInterface
    public interface Finder {
        /// The labels, on the sample's grid.
        ///
        /// @param slice is told the number of each slice that is done
        LabelVolume find(Case one, Sample sample, IntConsumer slice);
    }

    /// Segments cases of a dataset one after another, keeps their labels in a folder, on the images' own grids, and scores them.
    public static Evaluation score(Dataset dataset, List<String> names, Path folder, List<String> classNames, Progress progress, Finder finder) {
        List<Case> cases = dataset.cases(names);
        LabelCoding coding = dataset.coding();
        List<CaseScores> scores = new ArrayList<>();
        boolean told = false;
        AtomicFile.makeFolder(folder);
        for (Case one : cases) {
            Sample sample = dataset.load(one);
            int number = scores.size();
            LabelVolume labels = finder.find(one, sample, s -> progress.done(number, one.name() + ", slice " + s));
            Volumes.write(Volumes.labels(folder, one.name(), one.image()), sample.orientation().toOriginal(labels));
            if (!sample.image().geometry().hasSpacing() && !told) {
                progress.remark(Comparison.UNMEASURED);
                told = true;
            }
            scores.add(CaseScores.of(one.name(), List.of(labels), List.of(sample.label()), Scoring.DEFAULT, coding.regions()));
            progress.done(scores.size(), one.name());
        }
        return new Evaluation(coding.regions().isEmpty() ? classNames : coding.scored(), scores, List.of());
    }
}
