package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.optim.RateSchedule;
import dev.samovar.models.methods.Course;
import dev.samovar.models.methods.Method;
import org.jspecify.annotations.Nullable;

/// How the learning rate falls, and what makes a step.
///
/// @param course how the rate falls; null for the course of the method's paper
/// @param warmUp epochs over which the rate first rises linearly
/// @param accumulated the number of batches whose mean gradient makes a step; 0 for the number of batches that the method sums
/// @param clip the gradient of a step, of all parameters together, is shortened to this length if it is longer; 0 for no limit
public record Pace(@Nullable Course course, int warmUp, int accumulated, double clip) {
    /// All settings are those of the method's paper.
    public static final Pace OF_PAPER = new Pace(null, 0, 0, 0);

    private static final double TENTH = 0.1;

    /// Checks the numbers.
    ///
    /// @throws FormatException if one is out of range
    public Pace {
        if (warmUp < 0) throw new FormatException("a warm-up has 0 or more epochs, not " + warmUp);
        if (accumulated < 0) throw new FormatException("a step has at least one batch, not " + accumulated);
        if (!(clip >= 0) || clip == Double.POSITIVE_INFINITY)
            throw new FormatException("the length that gradients are shortened to is a number above 0, not " + clip);
    }

    private Course course(Method method) {
        return course != null ? course : method.paper().course();
    }

    /// Whether the rate falls on plateaus, once the warm-up is over.
    boolean isOnPlateaus(Method method) {
        return course(method) instanceof Course.Plateau;
    }

    /// The factor of the initial rate in an epoch, counted from 1, of `epochs` epochs; if it falls on plateaus, the factor is 1 after the warm-up.
    double factor(Method method, int epoch, int epochs) {
        RateSchedule then = switch (course(method)) {
            case Course.Constant _ -> new RateSchedule.Constant();
            case Course.Plateau _ -> new RateSchedule.Constant();
            case Course.Step(int every) -> new RateSchedule.Step(every, TENTH);
            case Course.Cosine _ -> new RateSchedule.Cosine(Math.max(1, epochs - warmUp), 0);
        };
        return new RateSchedule.WarmUp(warmUp, then).factor(epoch - 1);
    }

    /// The number of batches that make a step.
    int batches(Method method) {
        return accumulated == 0 ? method.accumulated() : accumulated;
    }

    /// The settings in words, beginning with a comma; empty if there are none.
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
