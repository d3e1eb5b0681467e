package dev.samovar.cli;

import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.Method;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say what happens to slices before the encoder sees them: what the embeddings depend on.
final class Prepare {
    @Option(names = "--augment", paramLabel = "none|views:N|online",
            description = "Learn from the slices as they are, from N random views of each that are embedded once (default: views:8, "
                    + "and none where the encoder learns), or as in the paper from a new view in every epoch, which takes the encoder through every epoch.")
    private @Nullable String augment;

    @Option(names = "--preprocessing", paramLabel = "paper|sam|medsam",
            description = "How slices become inputs of the encoder: as in the heads' paper, as SAM itself wants them, or as MedSAM does "
                    + "(default: the method's; paper for a head).")
    private @Nullable Preprocessing preprocessing;

    @Option(names = "--side", paramLabel = "N", converter = Positive.class,
            description = "Slices are brought to squares of so many pixels a side, augmented there, and the loss is computed there (default: "
                    + "the paper's 224, or the encoder's size if smaller; for a prompted method the encoder's size).")
    private @Nullable Integer side;

    @Option(names = "--empty-slices",
            description = "Learn from slices without a labelled pixel, too; the paper's converter of NIfTI volumes leaves them out.")
    private boolean emptySlices;

    /// How slices are seen anew.
    ///
    /// @throws dev.samovar.core.io.FormatException if it is none of the choices
    Augment augment(Method method) {
        return Augment.of(augment != null ? augment : method.input() == Method.Input.EMBEDDING ? "views:8" : "none");
    }

    /// For a method.
    Preparation preparation(SamConfig sam, Method method) {
        if (emptySlices && method.prompted())
            throw Problem.input("--empty-slices: the method " + method.title()
                    + " is asked by boxes, and on an empty slice there is nothing to ask for");
        Method.Defaults defaults = method.defaults();
        int square = defaults.wholeSide() ? sam.imageSize() : Preparation.side(sam);
        return new Preparation(preprocessing != null ? preprocessing : Preprocessing.of(defaults.preprocessing()), side != null
                ? side
                : square,
                emptySlices, augment(method));
    }

    /// For a head, whichever.
    Preparation preparation(SamConfig sam) {
        return preparation(sam, head());
    }

    /// For a head, whichever.
    Augment augment() {
        return augment(head());
    }

    private static Method head() {
        return new HeadMethod(HeadSpec.of(HeadSpec.Kind.VIT));
    }
}
