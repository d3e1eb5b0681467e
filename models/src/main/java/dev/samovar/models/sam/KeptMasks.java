package dev.samovar.models.sam;

import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Nms;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Everything in a picture, found once, with thresholds that can be changed afterwards: all masks that reach low thresholds are kept, and stricter
/// thresholds are applied without the network.
///
/// @param masks by predicted IoU, the highest first
/// @param leastIou the lowest predicted IoU of the masks that were kept
/// @param leastStability the lowest stability of the masks that were kept
public record KeptMasks(List<MaskRecord> masks, double leastIou, double leastStability) {
    private static final double NO_DUPLICATES = 2;                      // no two boxes overlap that much, so all masks stay

    /// Copies the collection.
    public KeptMasks { masks = List.copyOf(masks); }

    /// Clicks on a grid of points in a picture.
    ///
    /// @param points along a side of the grid
    /// @param leastIou masks with a predicted IoU of at most this are not kept
    /// @param leastStability masks with a stability below this are not kept
    public static KeptMasks find(SamPredictor predictor, EmbeddedImage image, Picture picture, int points, double leastIou,
            double leastStability, AutomaticMaskGenerator.Listener listener) {
        var defaults = AutomaticMaskGenerator.Settings.defaults();
        var all = new AutomaticMaskGenerator.Settings(points, defaults.pointsPerBatch(), leastIou, leastStability,
                defaults.stabilityScoreOffset(), NO_DUPLICATES, 0, defaults.cropNmsThresh(), defaults.cropOverlapRatio(), 1, null, 0);
        return new KeptMasks(new AutomaticMaskGenerator(_ -> predictor.look(image), all).generate(picture, listener), leastIou,
                leastStability);
    }

    /// The masks that an [AutomaticMaskGenerator] with these thresholds finds, by their index, in its order.
    ///
    /// @param iou the predicted IoU must be above this
    /// @param stability the stability must be at least this
    /// @param overlap of two masks whose boxes overlap by more than this, the better one stays
    public int[] chosen(double iou, double stability, double overlap) {
        int[] good = IntStream.range(0, masks.size()).filter(i -> masks.get(i).predictedIou() > (float) iou && masks.get(i)
                .stabilityScore() >= (float) stability).toArray();
        float[] scores = new float[good.length];
        for (int i = 0; i < good.length; i++) scores[i] = masks.get(good[i]).predictedIou();
        int[] kept = Nms.keep(Arrays.stream(good).mapToObj(i -> masks.get(i).box()).toList(), scores, overlap);
        return Arrays.stream(kept).map(i -> good[i]).toArray();
    }
}
