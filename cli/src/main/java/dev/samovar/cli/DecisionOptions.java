package dev.samovar.cli;

import dev.samovar.models.train.Decision;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of verbs that segment: how labels follow from probabilities.
final class DecisionOptions {
    @Option(names = "--neighbours", paramLabel = "N", converter = Positive.class,
            description = "Average the probabilities in each slice with those of N slices on either side, the nearer the more. A head sees one slice at a time, and "
                    + "may miss what it finds in the next. For volumes whose slices lie close together.")
    private @Nullable Integer neighbours;

    @Option(names = "--decide", paramLabel = "likeliest|dice",
            description = "Which class a voxel gets: its likeliest, or that of the labels with the highest expected Dice, which take more voxels where the "
                    + "network is unsure (default: likeliest).")
    private Decision.Rule rule = Decision.Rule.LIKELIEST;

    Decision decision() {
        return new Decision(neighbours == null ? 0 : neighbours, rule);
    }
}
