package dev.samovar.models.train;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Scoring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        List<String> names = cases(run);
        if (names.isEmpty()) throw new FormatException(run.folder() + ": " + NO_CASES);
        List<Case> cases = dataset.cases(names);
        LabelCoding coding = dataset.coding();
        List<CaseScores> scores = new ArrayList<>();
        AtomicFile.makeFolder(run.labels());
        Optional<Basis> basis = run.basis();
        basis.ifPresent(begun -> begun.require(run));
        progress.begin("testing", names.size());
        try (var segmenter = new Segmenter(run, which, weights, device)) {
            for (int i = 0; i < names.size(); i++) {
                Case one = cases.get(i);
                String name = one.name();
                Sample sample = dataset.load(one);
                basis.ifPresent(begun -> begun.require(run, sample));
                final int number = i;
                LabelVolume labels = segmenter.segment(name, sample.image(), run.config().method().prompted() ? sample.label() : null,
                        cache, s -> progress.done(number, name + ", slice " + s));
                Volumes.write(Volumes.labels(run.labels(), name, one.image()), sample.orientation().toOriginal(labels));
                scores.add(CaseScores.of(name, List.of(labels), List.of(sample.label()), Scoring.DEFAULT, coding.regions()));
                progress.done(i + 1, name);
            }
        }
        return new Evaluation(coding.regions().isEmpty() ? run.config().classNames() : coding.scored(), scores, List.of());
    }
}
