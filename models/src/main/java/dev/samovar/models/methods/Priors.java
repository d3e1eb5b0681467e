package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;

/// How SAM's automatic masks are found that a network sees as prior maps, and how it sees them.
///
/// @param points along a side of the grid that SAM clicks on, 32 in the released code
/// @param predictedIou masks must have one above this, 0.5 there
/// @param stability masks must be this stable, 0.95 there
/// @param added whether maps are added to the channels of grey slices, too, as the released code does, instead of being channels of their own, as in the paper
public record Priors(int points, double predictedIou, double stability, boolean added) {
    private static final double NMS = 0.5;

    /// Checks the numbers.
    public Priors {
        if (points < 1 || points > 256) throw new FormatException("SAM clicks on 1 to 256 points along a side, not " + points);
        if (Double.isNaN(predictedIou) || Double.isNaN(stability))
            throw new FormatException("the thresholds of SAM's masks are numbers");
    }

    /// The released code's.
    public static Priors published() {
        return new Priors(32, 0.5, 0.95, false);
    }

    /// For the generator.
    public Settings settings() {
        Settings d = Settings.defaults();
        return new Settings(points, d.pointsPerBatch(), predictedIou, stability, d.stabilityScoreOffset(), NMS, d.cropNLayers(), NMS,
                d.cropOverlapRatio(), d.cropNPointsDownscaleFactor(), null, d.minMaskRegionArea());
    }

    /// What the masks depend on.
    public String masks() {
        return points + " points a side, predicted IoU " + predictedIou + ", stability " + stability;
    }

    /// As JSON.
    Json json() {
        return Json.object().with("points", points).with("predictedIou", predictedIou).with("stability", stability).with("added", added);
    }

    static Priors of(Json json) {
        return new Priors(json.at("points").integer(), json.at("predictedIou").number(), json.at("stability").number(), json.at("added").truth());
    }
}
