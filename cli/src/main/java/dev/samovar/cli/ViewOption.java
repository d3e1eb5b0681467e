package dev.samovar.cli;

import dev.samovar.models.view.Overlay;
import picocli.CommandLine.Option;

/// The option for the side from which patients are seen in pictures of slices.
final class ViewOption {
    @Option(names = "--neurological",
            description = "Show the patient's right on the right in pictures of slices; else it is on the left, as radiologists look at a patient.")
    private boolean neurological;

    /// Whether it was given.
    boolean isGiven() {
        return neurological;
    }

    /// What was asked for.
    Overlay.View chosen() {
        return neurological ? Overlay.View.NEUROLOGICAL : Overlay.View.RADIOLOGICAL;
    }
}
