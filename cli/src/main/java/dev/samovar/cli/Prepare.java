package dev.samovar.cli;

import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say what happens to slices before the encoder sees them: what the embeddings depend on.
final class Prepare {
    @Option(names = "--augment", paramLabel = "none|views:N|online",
            description = "Learn from the slices as they are, from N random views of each that are embedded once (default: ${DEFAULT-VALUE}), "
                    + "or as in the paper from a new view in every epoch, which takes the encoder through every epoch.")
    private String augment = "views:8";

    @Option(names = "--preprocessing", paramLabel = "paper|sam",
            description = "How slices become inputs of the encoder: as in the paper (the default), or as SAM itself wants them.")
    private Preprocessing preprocessing = Preprocessing.PAPER;

    @Option(names = "--side", paramLabel = "N", converter = Positive.class,
            description = "Slices are brought to squares of so many pixels a side, augmented there, and the loss is computed there (default: "
                    + "the paper's 224, or the encoder's size if smaller).")
    private @Nullable Integer side;

    @Option(names = "--empty-slices",
            description = "Learn from slices without a labelled pixel, too; the paper's converter of NIfTI volumes leaves them out.")
    private boolean emptySlices;

    /// How slices are seen anew.
    ///
    /// @throws dev.samovar.core.io.FormatException if it is none of the choices
    Augment augment() {
        return Augment.of(augment);
    }

    Preparation preparation(SamConfig sam) {
        return new Preparation(preprocessing, side != null ? side : Preparation.side(sam), emptySlices, augment());
    }
}
