package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;

/// The settings of SAM's automatic masks, which a network sees as prior maps, and how it sees them.
///
/// @param points points along a side of the grid that SAM clicks on; released code: 32
/// @param predictedIou the predicted IoU of masks must be above this; released code: 0.5
/// @param stability the stability of masks must be at least this; released code: 0.95
/// @param added whether maps are added to the channels of grey slices, as in the released code, instead of being channels of their own, as in the
/// paper
public record Priors(int points, double predictedIou, double stability, boolean added) {
    private static final double NMS = 0.5;

    /// Checks the numbers.
    ///
    /// @throws FormatException if one is out of range
    public Priors {
        if (points < 1 || points > 256) throw new FormatException("SAM clicks on 1 to 256 points along a side, not " + points);
        if (Double.isNaN(predictedIou) || Double.isNaN(stability))
            throw new FormatException("the thresholds of SAM's masks are numbers");
    }

    /// The settings of the released code.
    public static Priors published() {
        return new Priors(32, 0.5, 0.95, false);
    }

    /// The settings for the mask generator.
    public Settings settings() {
        Settings d = Settings.defaults();
        return new Settings(points, d.pointsPerBatch(), predictedIou, stability, d.stabilityScoreOffset(), NMS, d.cropNLayers(), NMS,
                d.cropOverlapRatio(), d.cropNPointsDownscaleFactor(), null, d.minMaskRegionArea());
    }

    /// The settings that the masks depend on, as text.
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
