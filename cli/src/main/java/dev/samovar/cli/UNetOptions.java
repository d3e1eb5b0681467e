package dev.samovar.cli;

import dev.samovar.models.methods.Pretraining;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.methods.UNetMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// The options of the method unet.
final class UNetOptions {
    private static final Priors PRIORS = Priors.published();
    private static final Pretraining PRETRAINING = Pretraining.published();
    /// All of its options.
    static final Set<String> NAMES = Set.of("--width", "--input", "--ensemble", "--points-per-side", "--pred-iou-thresh",
            "--stability-score-thresh",
            "--added-priors", "--pretrain", "--unlabelled", "--pretrain-epochs", "--pretrain-lr", "--pretrain-batch");

    private static final List<String> OF_PRIORS = List.of("--ensemble", "--points-per-side", "--pred-iou-thresh",
            "--stability-score-thresh",
            "--added-priors"), OF_PRETRAINING = List.of("--unlabelled", "--pretrain-epochs", "--pretrain-lr", "--pretrain-batch");

    @Option(names = "--width", paramLabel = "N", converter = Positive.class,
            description = "Channels of unet's uppermost level (default: ${DEFAULT-VALUE}).")
    private int width = 64;

    @Option(names = "--input", paramLabel = "raw|samaug",
            description = "What unet sees: slices as they are (the default), or with SAM's automatic masks as two maps, which are cached.")
    private String input = "raw";

    @Option(names = "--ensemble",
            description = "With --input samaug, let unet learn from slices with and without the maps, and average both answers.")
    private boolean ensemble;

    @Option(names = "--points-per-side", paramLabel = "N", converter = Positive.class,
            description = "With --input samaug, points along a side of the grid that SAM clicks on (default: ${DEFAULT-VALUE}).")
    private int points = PRIORS.points();

    @Option(names = "--pred-iou-thresh", paramLabel = "IOU",
            description = "With --input samaug, masks must have a predicted IoU above this (default: ${DEFAULT-VALUE}).")
    private double predictedIou = PRIORS.predictedIou();

    @Option(names = "--stability-score-thresh", paramLabel = "SCORE",
            description = "With --input samaug, masks must be this stable (default: ${DEFAULT-VALUE}).")
    private double stability = PRIORS.stability();

    @Option(names = "--added-priors",
            description = "With --input samaug, add the maps to the channels of grey slices, as the released code does, instead of making them channels.")
    private boolean added;

    @Option(names = "--pretrain", paramLabel = "simclr", description = "Let unet's encoder learn from images without labels first.")
    private @Nullable String pretrain;

    @Option(names = "--unlabelled", paramLabel = "DIR",
            description = "With --pretrain, the folder of those images, or a dataset, whose images are all used except those of validation and test.")
    private @Nullable Path unlabelled;

    @Option(names = "--pretrain-epochs", paramLabel = "N", converter = Positive.class,
            description = "With --pretrain, passes over their slices (default: ${DEFAULT-VALUE}).")
    private int epochs = PRETRAINING.epochs();

    @Option(names = "--pretrain-lr", paramLabel = "RATE",
            description = "With --pretrain, the initial learning rate (default: ${DEFAULT-VALUE}).")
    private double learningRate = PRETRAINING.learningRate();

    @Option(names = "--pretrain-batch", paramLabel = "N", converter = Positive.class,
            description = "With --pretrain, slices per step, which are contrasted with each other (default: ${DEFAULT-VALUE}).")
    private int batch = PRETRAINING.batch();

    /// The method, if its options fit together.
    UNetMethod chosen(CommandSpec spec) {
        if (!input.equals("raw") && !input.equals("samaug")) throw Problem.input("--input " + input + ": it is raw or samaug");
        if (pretrain != null && !pretrain.equals("simclr")) throw Problem.input("--pretrain " + pretrain + ": it is simclr");
        List<String> given = spec.commandLine().getParseResult().matchedOptions().stream().map(o -> o.longestName()).toList();
        boolean sees = input.equals("samaug");
        for (String option : given) {
            if (!sees && OF_PRIORS.contains(option)) throw Problem.input(option + " is for unet with --input samaug");
            if (pretrain == null && OF_PRETRAINING.contains(option)) throw Problem.input(option + " is for unet with --pretrain simclr");
        }
        if (pretrain != null && unlabelled == null)
            throw Problem.input("--pretrain simclr learns from images without labels: say with --unlabelled DIR where they are");
        if (unlabelled != null && !Files.isDirectory(unlabelled))
            throw Problem.input(unlabelled + ": there is no such folder of unlabelled images");
        return new UNetMethod(width, sees ? new Priors(points, predictedIou, stability, added) : null, ensemble, pretrain == null
                ? null
                : Problem.of("--pretrain-lr", learningRate, () -> new Pretraining(epochs, learningRate, batch)));
    }

    @Nullable
    Path unlabelled() {
        return unlabelled == null ? null : unlabelled.toAbsolutePath().normalize();
    }
}
