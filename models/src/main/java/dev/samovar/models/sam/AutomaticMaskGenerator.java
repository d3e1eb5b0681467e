package dev.samovar.models.sam;

import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Nms;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.mask.SmallRegions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Finds everything in a picture: it clicks on a grid of points, in the picture and perhaps in crops of it, and keeps the masks that are good,
/// stable, whole, and not duplicates.
///
///     var generator = new AutomaticMaskGenerator(predictor, Settings.defaults().withPoints(16));
///     for (MaskRecord found : generator.generate(picture)) …
///
/// Masks are computed only if their predicted IoU is high enough, and are converted row by row from the decoder's size to runs of the picture's.
///
/// Source: segment_anything/automatic_mask_generator.py @ dca509f.
public final class AutomaticMaskGenerator {
    private static final Box NOWHERE = new Box(0, 0, 0, 0);

    private final ClickModel clicks;
    private final Settings settings;
    private final List<PointGrid> grids;

    /// Receives the progress, in the thread that works.
    @FunctionalInterface
    public interface Listener {
        /// `points` of `all` points were clicked on: 0 at the beginning.
        void done(int points, int all);
    }

    /// A generator with these settings.
    public AutomaticMaskGenerator(ClickModel clicks, Settings settings) {
        this.clicks = clicks;
        this.settings = settings;
        grids = settings.grids();
    }

    /// The masks of a picture `(3, h, w)` of 8-bit colours, from 0 to 255, in the reference's order: by predicted IoU, the highest first; with crops,
    /// those of smaller crops first, and crop by crop; if small regions are removed, masks that had none first.
    ///
    /// @throws PromptException if the picture is too small for that many layers of crops
    public List<MaskRecord> generate(Picture picture) {
        return generate(picture, (_, _) -> {});
    }

    /// Finds the masks, and reports its progress.
    ///
    /// @throws PromptException if the picture is too small for that many layers of crops
    public List<MaskRecord> generate(Picture picture, Listener listener) {
        List<Crop> crops = Crop.layers(picture.height(), picture.width(), settings.cropNLayers, settings.cropOverlapRatio);
        List<MaskRecord> found = new ArrayList<>();
        int all = crops.stream().mapToInt(crop -> grids.get(crop.layer()).points().size()).sum(), done = 0;
        tell(listener, done, all);
        for (Crop crop : crops) {
            ClickModel.Seen pictured = clicks.look(cut(picture, crop));
            List<Prompt.Point> points = grids.get(crop.layer()).over(crop.width(), crop.height());
            List<MaskRecord> inCrop = new ArrayList<>();
            for (int from = 0, n; from < points.size(); from += n) {
                n = Math.min(settings.pointsPerBatch, points.size() - from);
                List<Prompt.Point> batch = points.subList(from, from + n);
                List<ClickModel.Masks> answers = pictured.click(batch, this::wanted);
                for (int i = 0; i < n; i++) inCrop.addAll(good(answers.get(i), batch.get(i), crop, picture));
                done += n;
                tell(listener, done, all);
            }
            found.addAll(distinct(inCrop, scores(inCrop, MaskRecord::predictedIou), settings.boxNmsThresh));
        }
        if (crops.size() > 1)
            found = distinct(found, scores(found, r -> 1 / (float) (r.crop().width() * r.crop().height())), settings.cropNmsThresh);
        return settings.minMaskRegionArea > 0 ? cleaned(found) : List.copyOf(found);
    }

    private static void tell(Listener listener, int done, int all) {
        Watch.step("clicking", done, all);
        listener.done(done, all);
    }

    private static Picture cut(Picture picture, Crop crop) {
        int h = crop.height(), w = crop.width();
        if (h == picture.height() && w == picture.width()) return picture;
        float[] pixels = new float[picture.channels() * h * w];
        for (int c = 0; c < picture.channels(); c++)
            for (int row = 0; row < h; row++)
                System.arraycopy(picture.pixels(), (c * picture.height() + crop.y() + row) * picture.width() + crop.x(), pixels, (c * h
                        + row) * w, w);
        return new Picture(picture.channels(), h, w, pixels);
    }

    /// The masks of an answer that are good, stable and whole; the cheapest test comes first. Numbers are compared in float32, as in the reference.
    private List<MaskRecord> good(ClickModel.Masks answer, Prompt.Point point, Crop crop, Picture picture) {
        List<MaskRecord> good = new ArrayList<>();
        for (int i = 0; i < answer.masks(); i++) {
            if (!wanted(answer.iou(i))) continue;
            StableMask stable = answer.stable(i, crop.height(), crop.width(), settings.stabilityScoreOffset);
            if (settings.stabilityScoreThresh > 0 && !(stable.stability() >= (float) settings.stabilityScoreThresh)) continue;
            Rle mask = stable.mask();
            Box box = Objects.requireNonNullElse(mask.box(), NOWHERE).moved(crop.x(), crop.y());
            if (crop.cuts(box, picture.height(), picture.width())) continue;
            good.add(new MaskRecord(mask.placed(crop.x(), crop.y(), picture.height(), picture.width()), box, answer.iou(i), stable.stability(),
                    new Prompt.Point(point.x() + crop.x(), point.y() + crop.y(), point.label()), crop));
        }
        return good;
    }

    private boolean wanted(double iou) {
        return !(settings.predIouThresh > 0) || iou > (float) settings.predIouThresh;
    }

    /// Non-maximum suppression: of masks whose boxes overlap much, those with the highest scores; sorted by score.
    private static List<MaskRecord> distinct(List<MaskRecord> masks, float[] scores, double threshold) {
        int[] kept = Nms.keep(masks.stream().map(MaskRecord::box).toList(), scores, threshold);
        return Arrays.stream(kept).mapToObj(masks::get).toList();
    }

    private static float[] scores(List<MaskRecord> masks, ToDoubleFunction<MaskRecord> score) {
        float[] scores = new float[masks.size()];
        for (int i = 0; i < scores.length; i++) scores[i] = (float) score.applyAsDouble(masks.get(i));
        return scores;
    }

    /// The masks without small regions. Some may now be duplicates; of these, one that needed no cleaning is kept.
    private List<MaskRecord> cleaned(List<MaskRecord> masks) {
        List<MaskRecord> cleaned = new ArrayList<>();
        float[] scores = new float[masks.size()];
        for (MaskRecord r : masks) {
            SmallRegions.Cleaned c = SmallRegions.clean(r.segmentation(), settings.minMaskRegionArea);
            scores[cleaned.size()] = c.changed() ? 0 : 1;
            Box box = c.changed() ? Objects.requireNonNullElse(c.mask().box(), NOWHERE) : r.box();
            cleaned.add(new MaskRecord(c.mask(), box, r.predictedIou(), r.stabilityScore(), r.point(), r.crop()));
        }
        return distinct(cleaned, scores, Math.max(settings.boxNmsThresh, settings.cropNmsThresh));
    }

    // Settings ---------------------------------------------------------------------------------------------------------

    /// The settings, with the reference's names. [#defaults] are the reference's, too.
    ///
    /// @param pointsPerSide points along a side of the grid
    /// @param pointsPerBatch points that are processed at a time
    /// @param predIouThresh masks with a predicted IoU of at most this are dropped; if it is 0 or less, none is
    /// @param stabilityScoreThresh masks with a stability score below this are dropped; if it is 0 or less, none is
    /// @param stabilityScoreOffset how far, in logits, the thresholds of the stricter and the laxer mask are from that of the mask
    /// @param boxNmsThresh of masks of one crop whose boxes overlap by more than this, one is kept
    /// @param cropNLayers layers of crops beside the whole picture: `2 · 2` in the first, `4 · 4` in the second, and so on
    /// @param cropNmsThresh of masks of different crops whose boxes overlap by more than this, that of the smallest crop is kept
    /// @param cropOverlapRatio how much neighbours in the first layer of crops overlap, as a fraction of the picture's shorter side
    /// @param cropNPointsDownscaleFactor the factor by which each layer has fewer points along a side than the one before
    /// @param pointGrids the caller's own grids, for the picture and for each layer, in place of those that `pointsPerSide` gives
    /// @param minMaskRegionArea holes and islands of fewer pixels are removed; if it is 0, none is
    public record Settings(int pointsPerSide, int pointsPerBatch, double predIouThresh, double stabilityScoreThresh,
            double stabilityScoreOffset,
            double boxNmsThresh, int cropNLayers, double cropNmsThresh, double cropOverlapRatio, int cropNPointsDownscaleFactor,
            @Nullable List<PointGrid> pointGrids, int minMaskRegionArea) {
        private static final int MOST_POINTS = 500, MOST_LAYERS = 6;

        /// Checks them.
        ///
        /// @throws PromptException naming the first that makes no sense, by its name in the reference
        public Settings {
            check(pointsPerSide >= 1 && pointsPerSide <= MOST_POINTS, "points_per_side", pointsPerSide, "from 1 to " + MOST_POINTS);
            check(pointsPerBatch >= 1, "points_per_batch", pointsPerBatch, "1 or more");
            check(!Double.isNaN(predIouThresh), "pred_iou_thresh", predIouThresh, "a number");
            check(!Double.isNaN(stabilityScoreThresh), "stability_score_thresh", stabilityScoreThresh, "a number");
            check(stabilityScoreOffset >= 0, "stability_score_offset", stabilityScoreOffset, "0 or more");
            check(boxNmsThresh >= 0, "box_nms_thresh", boxNmsThresh, "0 or more");
            check(cropNLayers >= 0 && cropNLayers <= MOST_LAYERS, "crop_n_layers", cropNLayers, "from 0 to " + MOST_LAYERS);
            check(cropNmsThresh >= 0, "crop_nms_thresh", cropNmsThresh, "0 or more");
            check(cropOverlapRatio >= 0 && cropOverlapRatio < 1, "crop_overlap_ratio", cropOverlapRatio, "0 or more, and less than 1");
            check(cropNPointsDownscaleFactor >= 1, "crop_n_points_downscale_factor", cropNPointsDownscaleFactor, "1 or more");
            check(minMaskRegionArea >= 0, "min_mask_region_area", minMaskRegionArea, "0 or more");
            pointGrids = pointGrids == null ? null : List.copyOf(pointGrids);
            if (pointGrids != null && pointGrids.size() != cropNLayers + 1)
                throw new PromptException("there are " + pointGrids.size() + " grids of points for " + cropNLayers
                        + " layers of crops; give one for the picture and one for each layer");
            if (pointGrids == null && pointsPerSide < Math.pow(cropNPointsDownscaleFactor, cropNLayers))
                throw new PromptException("of " + pointsPerSide + " points along a side, crop_n_points_downscale_factor "
                        + cropNPointsDownscaleFactor + " leaves none in layer " + cropNLayers
                        + ": take more points_per_side or fewer crop_n_layers");
        }

        private static void check(boolean holds, String what, Number value, String range) {
            if (!holds) throw new PromptException(what + " " + value + ": it must be " + range);
        }

        /// The reference's, chosen for the large model.
        public static Settings defaults() {
            return new Settings(32, 64, 0.88, 0.95, 1, 0.7, 0, 0.7, 512.0 / 1500, 1, null, 0);
        }

        /// These settings with `perSide` points along a side of the grid.
        public Settings withPoints(int perSide) {
            return new Settings(perSide, pointsPerBatch, predIouThresh, stabilityScoreThresh, stabilityScoreOffset, boxNmsThresh,
                    cropNLayers, cropNmsThresh, cropOverlapRatio, cropNPointsDownscaleFactor, pointGrids, minMaskRegionArea);
        }

        /// These settings for masks that reach these scores.
        public Settings withThresholds(double predIou, double stabilityScore) {
            return new Settings(pointsPerSide, pointsPerBatch, predIou, stabilityScore, stabilityScoreOffset, boxNmsThresh, cropNLayers,
                    cropNmsThresh, cropOverlapRatio, cropNPointsDownscaleFactor, pointGrids, minMaskRegionArea);
        }

        /// These settings with `layers` layers of crops, each with `pointsDownscaleFactor` times fewer points along a side than the one before.
        public Settings withCrops(int layers, int pointsDownscaleFactor) {
            return new Settings(pointsPerSide, pointsPerBatch, predIouThresh, stabilityScoreThresh, stabilityScoreOffset, boxNmsThresh,
                    layers, cropNmsThresh, cropOverlapRatio, pointsDownscaleFactor, pointGrids, minMaskRegionArea);
        }

        /// These settings, for masks without holes and islands of fewer pixels than this.
        public Settings withoutSmallRegions(int area) {
            return new Settings(pointsPerSide, pointsPerBatch, predIouThresh, stabilityScoreThresh, stabilityScoreOffset, boxNmsThresh,
                    cropNLayers, cropNmsThresh, cropOverlapRatio, cropNPointsDownscaleFactor, pointGrids, area);
        }

        List<PointGrid> grids() {
            return pointGrids != null ? pointGrids : PointGrid.layers(pointsPerSide, cropNLayers, cropNPointsDownscaleFactor);
        }
    }
}
