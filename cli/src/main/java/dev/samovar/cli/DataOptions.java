package dev.samovar.cli;

import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say how the files of a dataset are read.
public final class DataOptions {
    @Option(names = "--frame", paramLabel = "K", description = "Which frame of 4-D images to take, counted from 0.")
    private @Nullable Integer frame;

    @Option(names = "--channels", paramLabel = "K", split = ",",
            description = "Which channels to take, counted from 0 and at most three: of files NAME_0000, NAME_0001, or frames of 4-D images "
                    + "(default: all, if they are three or fewer and the dataset says that they are channels).")
    private List<Integer> channels = List.of();

    @Option(names = "--classes", paramLabel = "N[:CLASS]", split = ",",
            description = "What the numbers in the labels mean, as 0,85:1,170:2,255:ignore, or their colours, as #000000:0,#ff0000:1.")
    private List<String> classes = List.of();

    @Option(names = "--ignore-label", paramLabel = "N", split = ",",
            description = "Numbers in the labels that do not count: no loss, no score, never predicted.")
    private List<String> ignored = List.of();

    /// Which part of an image is taken.
    public Reading reading() {
        return new Reading(frame, channels, null);
    }

    /// The options about the labels.
    public LabelRule rule() {
        return LabelRule.of(classes, ignored);
    }
}
