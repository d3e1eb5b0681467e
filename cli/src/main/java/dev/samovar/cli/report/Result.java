package dev.samovar.cli.report;

import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.train.Decision;
import dev.samovar.models.train.Run;

/// A run, and how well one of its heads did on the cases that it is judged by. The labels that were scored lie in the run's folder.
///
/// @param run the run
/// @param which the head
/// @param decision how the labels followed from the probabilities
/// @param evaluation the scores
public record Result(Run run, Run.Which which, Decision decision, Evaluation evaluation) {
    /// What it is called: the name of its folder.
    String name() {
        return String.valueOf(run.folder().toAbsolutePath().normalize().getFileName());
    }
}
