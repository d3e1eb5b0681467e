package dev.samovar.cli;

import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.metrics.Uncertainty;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.PromptUncertainty;
import dev.samovar.models.study.VolumeUncertainty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that measure how much an answer depends on the exact prompt, and the files with the result.
final class UncertaintyOptions {
    static final List<String> MAPS = List.of("mean", "variance", "entropy");

    @Option(names = "--uncertainty", paramLabel = "N",
            description = "Ask N times, each time with points and corners moved a little, and write where the answers differ: NAME_mean, NAME_variance and NAME_entropy, pictures or NIfTI.")
    private @Nullable Integer answers;

    @Option(names = "--jitter", paramLabel = "PX",
            description = "With --uncertainty: the most pixels by which prompts are moved along each axis (default: 2 %% of the picture's longer side).")
    private @Nullable Double pixels;

    @Option(names = "--seed", paramLabel = "N", description = "With --uncertainty: decides how they are moved (default: 1).")
    private @Nullable Long seed;

    boolean wanted() {
        return answers != null;
    }

    /// Refuses numbers that make no sense.
    void check() {
        int n = answers == null ? 2 : answers;
        if (answers == null && (pixels != null || seed != null))
            throw Problem.input((pixels != null ? "--jitter" : "--seed") + " is for --uncertainty: say how often to ask");
        Problem.of("--uncertainty", n, () -> new PromptUncertainty.Jitter(n, 0, seed()));
        double most = pixels == null ? 0 : pixels;
        Problem.of("--jitter", most, () -> new PromptUncertainty.Jitter(n, most, seed()));
    }

    private long seed() {
        return seed == null ? 1 : seed;
    }

    private PromptUncertainty.Jitter jitter(int h, int w) {
        return new PromptUncertainty.Jitter(answers == null ? 2 : answers, pixels != null ? pixels : PromptUncertainty.Jitter.usual(h, w), seed());
    }

    /// The files of a picture, or a volume; none if they are not wanted.
    List<Path> files(Function<String, Path> output, String ending) {
        return wanted() ? MAPS.stream().map(map -> output.apply("_" + map + ending)).toList() : List.of();
    }

    /// Measures the uncertainty of the things in a picture.
    List<PromptUncertainty> ask(SamPredictor predictor, EmbeddedImage image, List<Prompt> things) {
        List<PromptUncertainty> all = new ArrayList<>();
        for (int t = 0; t < things.size(); t++)
            all.add(PromptUncertainty.of(predictor, image, things.get(t), jitter(image.height(), image.width()),
                    "thing " + t));
        return all;
    }

    /// Writes the maps of a picture. Black is 0, and white is 1, or 0.25 for the variance.
    static void write(List<Path> files, Picture picture, List<PromptUncertainty> things) {
        int n = picture.height() * picture.width();
        float[] mean = new float[n], variance = new float[n], entropy = new float[n];
        for (PromptUncertainty thing : things) {
            VolumeUncertainty.raise(mean, thing.answers().mean(1));
            VolumeUncertainty.raise(variance, thing.answers().variance());
            VolumeUncertainty.raise(entropy, thing.answers().entropy());
        }
        grey(files.get(0), picture, mean, 1);
        grey(files.get(1), picture, variance, Uncertainty.MOST_VARIANCE);
        grey(files.get(2), picture, entropy, 1);
    }

    private static void grey(Path file, Picture picture, float[] numbers, double white) {
        byte[] grey = new byte[numbers.length];
        for (int i = 0; i < grey.length; i++) grey[i] = (byte) Math.round(255 * Math.clamp(numbers[i] / white, 0, 1));
        Png.writeGrey(file, picture.height(), picture.width(), grey);
    }

    /// Measures the uncertainty of the things in a volume, writes the maps and says how much the answers differ.
    void write(List<Path> files, SamPredictor predictor, Volume volume, Slices slices, List<VolumePrompt> things, Console console) {
        VolumeUncertainty found;
        try (ProgressLine progress = new ProgressLine(console)) {
            progress.begin("asking again", VolumePredictor.slices(things));
            found = VolumeUncertainty.of(predictor, volume, slices, things, jitter(slices.height(), slices.width()), n -> progress.done(n, ""));
        }
        Nifti.write(files.get(0), found.mean());
        Nifti.write(files.get(1), found.variance());
        Nifti.write(files.get(2), found.entropy());
        for (int t = 0; t < found.things().size(); t++)
            console.say(String.format(Locale.ROOT,
                    "thing %d: the answers differ by %.3f (1 - Dice), most in slice %d", t + 1, found.things().get(t).disagreement(),
                    found.things().get(t).worst()));
    }
}
