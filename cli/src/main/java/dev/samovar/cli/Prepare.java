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

/// The options for what happens to slices before the encoder sees them. The embeddings depend on all of these.
final class Prepare {
    @Option(names = "--augment", paramLabel = "none|views:N|online",
            description = "Learn from the slices as they are (the default), from N random views of each that are embedded once, or, as in the paper, from a new view in every epoch, for which the encoder runs in every epoch.")
    private @Nullable String augment;

    @Option(names = "--preprocessing", paramLabel = "paper|sam|medsam",
            description = "How slices become inputs of the encoder: as in the heads' paper, as for SAM itself, or as for MedSAM "
                    + "(default: the method's; paper for a head).")
    private @Nullable Preprocessing preprocessing;

    @Option(names = "--side", paramLabel = "N", converter = Positive.class,
            description = "Pixels a side of the square to which slices are resized, in which they are augmented and the loss is computed (default: "
                    + "the paper's 224, or the encoder's size if smaller; for a prompted method the encoder's size).")
    private @Nullable Integer side;

    @Option(names = "--empty-slices", negatable = true,
            description = "Also learn from slices without a labelled pixel, as a head does by default: one that never saw such slices finds something in all of them.")
    private @Nullable Boolean emptySlices;

    @Option(names = "--paper",
            description = "As in the heads' paper: without empty slices, with a new view of each slice in every epoch, and at the paper's learning rate "
                    + "(--no-empty-slices --augment online --lr 5e-4 --schedule plateau).")
    private boolean paper;

    /// The augmentation.
    ///
    /// @throws Problem if it is none of the choices
    Augment augment(Method method) {
        String how = augment != null ? augment : paper ? "online" : "none";
        return Problem.of("--augment", how, () -> Augment.of(how));
    }

    /// A method's defaults, or its paper's.
    Method.Defaults defaults(Method method) {
        return paper ? method.paper() : method.defaults();
    }

    /// For a method.
    Preparation preparation(SamConfig sam, Method method) {
        if (paper && method.prompted())
            throw Problem.input("--paper is the paper of the heads, and the method is " + method.title());
        if (emptySlices != null && emptySlices && method.prompted())
            throw Problem.input("--empty-slices: the method " + method.title()
                    + " is prompted with boxes, and an empty slice has nothing to prompt for");
        Boolean empty = (emptySlices != null || !paper) ? emptySlices : Boolean.FALSE;
        Augment views = augment(method);
        return Problem.of("--side", side == null ? "" : side, () -> Preparation.of(sam, method, preprocessing, side, empty, views));
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
