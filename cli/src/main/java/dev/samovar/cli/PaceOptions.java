package dev.samovar.cli;

import dev.samovar.models.methods.Course;
import dev.samovar.models.train.Pace;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options for the learning rate and for what makes a step. The method has defaults for both.
final class PaceOptions {
    @Option(names = "--schedule", paramLabel = "constant|plateau|cosine|step:N",
            description = "How the learning rate falls: not at all, to a tenth when the loss no longer falls, along a cosine that ends with the run, or to a tenth after every N "
                    + "epochs (default: the method's, cosine for a head, plateau for unet, constant for others).")
    private @Nullable String course;

    @Option(names = "--warm-up", paramLabel = "N", converter = Positive.class,
            description = "Let the learning rate rise over the first N epochs (default: none).")
    private @Nullable Integer warmUp;

    @Option(names = "--accumulate", paramLabel = "N", converter = Positive.class,
            description = "Use the mean gradient of N batches for a step, if a larger batch would not fit (default: the method's; autosam sums 4, the others use each).")
    private @Nullable Integer accumulated;

    @Option(names = "--clip", paramLabel = "LENGTH",
            description = "Shorten the gradient of a step, of all parameters together, to this length if it is longer (default: never).")
    private @Nullable Double clip;

    /// Whether the course is that of the heads' paper, which goes with the paper's learning rate only.
    boolean isOnPlateaus() {
        return course != null && course(course) instanceof Course.Plateau;
    }

    private static Course course(String asked) {
        return Problem.of("--schedule", asked, () -> Course.of(asked));
    }

    /// The pace that was given.
    ///
    /// @param usual the course if none was given
    /// @throws Problem naming the option that is wrong
    Pace pace(Course usual) {
        Course how = course == null ? usual : course(course);
        if (clip != null && !(clip > 0)) throw Problem.input("--clip " + clip + ": the length is a number above 0");
        double longest = clip == null ? 0 : clip;
        return Problem.of("--clip", longest, () -> new Pace(how, warmUp == null ? 0 : warmUp, accumulated == null ? 0 : accumulated, longest));
    }
}
