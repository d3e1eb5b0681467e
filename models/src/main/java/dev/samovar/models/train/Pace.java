package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.optim.RateSchedule;
import dev.samovar.models.methods.Method;
import org.jspecify.annotations.Nullable;

/// How a training goes on from its learning rate, and what makes a step, as far as that was said; what was not is up to the method.
///
/// @param course how the rate falls; null for the method's
/// @param warmUp epochs over which it rises in a line first
/// @param accumulated the mean gradient of so many batches makes a step; 0 for as many as the method sums
/// @param clip the gradient of a step, of all parameters together, is shortened to this length if it is longer; 0 for any length
public record Pace(@Nullable Course course, int warmUp, int accumulated, double clip) {
    /// All up to the method.
    public static final Pace OF_METHOD = new Pace(null, 0, 0, 0);

    private static final double TENTH = 0.1;

    /// How a learning rate falls, epoch by epoch.
    public sealed interface Course {
        /// Not at all.
        record Constant() implements Course {
            @Override
            public String toString() {
                return "constant";
            }
        }

        /// To a tenth whenever the loss of the last batch has not fallen for ten epochs, counted from the tenth.
        record Plateau() implements Course {
            @Override
            public String toString() {
                return "plateau";
            }
        }

        /// To a tenth after so many epochs, again and again.
        ///
        /// @param every at least 1
        record Step(int every) implements Course {
            /// Checks the number.
            public Step {
                if (every < 1) throw new FormatException("a learning rate falls after at least one epoch, not after " + every);
            }

            @Override
            public String toString() {
                return "step:" + every;
            }
        }

        /// Down half a wave of the cosine, which ends with the run.
        record Cosine() implements Course {
            @Override
            public String toString() {
                return "cosine";
            }
        }

        /// What [Object#toString()] of one of them gives.
        ///
        /// @throws FormatException if it is none of them
        static Course of(String text) {
            return switch (text) {
                case "constant" -> new Constant();
                case "plateau" -> new Plateau();
                case "cosine" -> new Cosine();
                case String step when step.matches("step:\\d{1,6}") -> new Step(Integer.parseInt(step.substring(5)));
                default -> throw new FormatException("a learning rate goes by constant, plateau, cosine or step:N, not by "
                        + FormatException.shown(text));
            };
        }
    }

    /// Checks the numbers.
    public Pace {
        if (warmUp < 0) throw new FormatException("a warm-up takes no less than no epoch, not " + warmUp);
        if (accumulated < 0) throw new FormatException("a step is of at least one batch, not of " + accumulated);
        if (!(clip >= 0) || clip == Double.POSITIVE_INFINITY)
            throw new FormatException("the length that gradients are shortened to is a number above 0, not " + clip);
    }

    /// Whether the rate falls on plateaus, once the warm-up is over.
    boolean isOnPlateaus(Method method) {
        return course == null ? method.reducedOnPlateau() : course instanceof Course.Plateau;
    }

    /// What the first rate is multiplied by in an epoch, counted from 1, of so many; where it falls on plateaus, 1 after the warm-up.
    double factor(int epoch, int epochs) {
        RateSchedule then = switch (course) {
            case null -> new RateSchedule.Constant();
            case Course.Constant _ -> new RateSchedule.Constant();
            case Course.Plateau _ -> new RateSchedule.Constant();
            case Course.Step(int every) -> new RateSchedule.Step(every, TENTH);
            case Course.Cosine _ -> new RateSchedule.Cosine(Math.max(1, epochs - warmUp), 0);
        };
        return new RateSchedule.WarmUp(warmUp, then).factor(epoch - 1);
    }

    /// How many batches make a step.
    int batches(Method method) {
        return accumulated == 0 ? method.accumulated() : accumulated;
    }

    /// In words that follow others, beginning with a comma; empty if nothing was said.
    @Override
    public String toString() {
        return (course == null ? "" : ", rate by " + course) + (warmUp == 0 ? "" : ", " + warmUp + " epochs of warm-up") + (accumulated == 0
                ? ""
                : ", steps of " + accumulated + " batches") + (clip == 0 ? "" : ", gradients clipped at " + clip);
    }

    /// As JSON.
    Json json() {
        Json json = Json.object().with("warmUp", warmUp).with("accumulated", accumulated).with("clip", clip);
        return course == null ? json : json.with("course", course.toString());
    }

    static Pace of(Json json) {
        return new Pace(json.has("course") ? Course.of(json.at("course").string()) : null, json.at("warmUp").integer(),
                json.at("accumulated").integer(), json.at("clip").number());
    }
}
