package dev.samovar.models.pretrain;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.optim.RateSchedule;

/// The settings for training a promptable SAM from scratch.
///
/// Published for SAM: 90,000 steps of 256 pictures, up to 64 things each, 8 corrective clicks and 2 repetitions, AdamW at 8e-4 after 250 warm-up
/// steps, decay 0.1, layer decay 0.8 (*Segment Anything*, Kirillov and others 2023, appendix A). The schedule here follows half a period of the
/// cosine.
///
/// @param seed decides everything that is drawn: the initial weights, the scenes, the prompts
/// @param steps of the optimizer
/// @param pictures in each step
/// @param things the most things prompted for in each picture; they share its embedding
/// @param clicks the most corrective clicks; the number in a step is drawn, from 1 on
/// @param repeats rounds without a new click, in which only the last mask is fed back: one at a random place, all others at the end
/// @param learningRate after the warm-up
/// @param warmUp steps in which the rate rises to that
/// @param focalWarmUp steps in which the focal loss's share rises from a twentieth of [#FOCAL] to all of it; 0 for all of it from the start. With few
/// pictures in a step, its push towards empty masks would win before anything else is learnt
/// @param leastRate the learning rate at the end, as a share of the full rate
/// @param weightDecay AdamW's, only for matrices: not for norms, biases and encodings of positions
/// @param layerDecay the factor of the rate of an encoder's layer for each layer above it; 1 for none
/// @param clip the largest norm of a gradient; longer ones are shortened to it
public record Recipe(long seed, int steps, int pictures, int things, int clicks, int repeats, double learningRate, int warmUp,
        int focalWarmUp, double leastRate, double weightDecay, double layerDecay, double clip) {

    /// The published share of the focal loss beside the Dice loss.
    public static final double FOCAL = 20;

    /// Checks the numbers.
    ///
    /// @throws FormatException if one is out of range
    public Recipe {
        if (steps < 1 || pictures < 1 || things < 1 || clicks < 1 || repeats < 0 || warmUp < 0 || focalWarmUp < 0 || !(learningRate > 0)
                || !(weightDecay >= 0)
                || !(leastRate >= 0 && leastRate <= 1) || !(layerDecay > 0 && layerDecay <= 1) || !(clip > 0))
            throw new FormatException("a recipe that cannot be followed: at least one step, picture, thing and click, a rate and a clip "
                    + "above 0, no decay below 0, shares between 0 and 1");
    }

    Recipe withSteps(int to) {
        return new Recipe(seed, to, pictures, things, clicks, repeats, learningRate, warmUp, focalWarmUp, leastRate, weightDecay,
                layerDecay, clip);
    }

    /// The rate over the steps, as a share of [#learningRate].
    RateSchedule schedule() {
        return new RateSchedule.WarmUp(warmUp, new RateSchedule.Cosine(Math.max(1, steps - warmUp), leastRate));
    }

    /// The focal loss's share in a step, counted from 1.
    double focalShare(int step) {
        return FOCAL * (step >= focalWarmUp ? 1 : Math.max(0.05, (double) step / focalWarmUp));
    }

    /// As JSON, for a run's file.
    Json json() {
        return Json.object().with("seed", seed).with("steps", steps).with("pictures", pictures).with("things", things).with("clicks",
                clicks).with("repeats", repeats).with("learningRate", learningRate).with("warmUp", warmUp).with("focalWarmUp", focalWarmUp)
                .with("leastRate", leastRate)
                .with("weightDecay", weightDecay).with("layerDecay", layerDecay).with("clip", clip);
    }

    static Recipe of(Json json) {
        return new Recipe(json.at("seed").whole(), json.at("steps").integer(), json.at("pictures").integer(), json.at("things").integer(),
                json.at("clicks").integer(), json.at("repeats").integer(), json.at("learningRate").number(), json.at("warmUp").integer(),
                json.at("focalWarmUp").integer(),
                json.at("leastRate").number(), json.at("weightDecay").number(), json.at("layerDecay").number(), json.at("clip").number());
    }
}
