package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AutomaticMaskGeneratorTest {
    private static final Json GOLDEN = MockClicks.golden();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void whatIsFoundEqualsTheReferences(int number) {
        Json c = GOLDEN.at("mock").at("cases").list().get(number);
        List<Json> expected = c.at("records").list();
        List<MaskRecord> found = new AutomaticMaskGenerator(new MockClicks(), MockClicks.settings(c.at("params"))).generate(MockClicks.picture());
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            Json e = expected.get(i);
            MaskRecord r = found.get(i);
            String name = "mask " + i;
            assertArrayEquals(e.at("segmentation").at("size").integers(), new int[]{r.segmentation().height(), r.segmentation().width()}, name);
            assertArrayEquals(e.at("segmentation").at("counts").integers(), r.segmentation().counts(), name);
            assertEquals(e.at("area").integer(), r.area(), name);
            assertArrayEquals(e.at("bbox_xywh").numbers(), new double[]{r.box().x0(), r.box().y0(), r.box().width(), r.box().height()}, name);
            assertEquals(e.at("predicted_iou").number(), r.predictedIou(), 1e-6, name);
            assertEquals(e.at("stability_score").number(), r.stabilityScore(), 1e-6, name);
            assertArrayEquals(e.at("point_coords").list().getFirst().numbers(), new double[]{r.point().x(), r.point().y()}, name);
            assertArrayEquals(e.at("crop_box_xywh").numbers(), new double[]{r.crop().x(), r.crop().y(), r.crop().width(), r.crop()
                    .height()}, name);
        }
    }

    /// The masks of the whole tiny model on a picture, compared with `automatic.json`.
    @ParameterizedTest
    @ValueSource(strings = {"open", "strict", "dense", "regions", "crops"})
    void whatTheModelFindsEqualsTheReferences(String setting) {
        Json golden = Json.read(Golden.path("sam-tiny/automatic.json")).at(setting), given = golden.at("settings");
        var settings = new Settings(given.at("points_per_side").integer(), 64, given.at("pred_iou_thresh").number(),
                given.at("stability_score_thresh").number(),
                given.has("stability_score_offset") ? given.at("stability_score_offset").number() : 1, given.at("box_nms_thresh").number(),
                whole(given, "crop_n_layers", 0), 0.7, 512.0 / 1500, whole(given, "crop_n_points_downscale_factor", 1), null, whole(given,
                        "min_mask_region_area", 0));
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny-trained.safetensors"); Sam sam = Sam.load(weights, Device.cpu())) {
            List<MaskRecord> found = new AutomaticMaskGenerator(new SamPredictor(sam), settings)
                    .generate(PictureFile.read(Golden.path("sam-tiny/picture.png")));
            List<Json> expected = golden.at("records").list();
            assertEquals(expected.size(), found.size(), setting);
            for (int i = 0; i < expected.size(); i++) {
                Json e = expected.get(i);
                MaskRecord r = found.get(i);
                String name = setting + ", mask " + i;
                assertArrayEquals(e.at("bbox").numbers(), new double[]{r.box().x0(), r.box().y0(), r.box().width(), r.box().height()}, name);
                assertArrayEquals(e.at("point_coords").list().getFirst().numbers(), new double[]{r.point().x(), r.point().y()}, 1e-9, name);
                assertArrayEquals(e.at("crop_box").numbers(), new double[]{r.crop().x(), r.crop().y(), r.crop().width(), r.crop().height()}, name);
                assertEquals(e.at("area").integer(), r.area(), 2, name);
                assertEquals(e.at("predicted_iou").number(), r.predictedIou(), 1e-3, name);
                assertEquals(e.at("stability_score").number(), r.stabilityScore(), 1e-3, name);
                boolean[] mask = r.segmentation().mask().pixels(), reference = new Rle(178, 267, e.at("segmentation").at("counts")
                        .integers()).mask().pixels();
                assertTrue(IntStream.range(0, mask.length).filter(k -> mask[k] != reference[k]).count() <= 2, name);
            }
        }
    }

    private static int whole(Json settings, String key, int absent) {
        return settings.has(key) ? settings.at(key).integer() : absent;
    }

    @Test
    void howStableAMaskIsEqualsTheReferences() {
        Json golden = GOLDEN.at("stability"), logits = golden.at("logits"), scores = golden.at("score");
        double[] all = logits.at("data").numbers();
        int n = all.length / 3;
        for (int mask = 0; mask < 3; mask++) {
            float[] one = new float[n];
            for (int i = 0; i < n; i++) one[i] = (float) all[mask * n + i];
            Json score = scores.list().get(mask);
            assertEquals(score.isString() ? Float.NaN : (float) score.number(), StableMask.of(1, n, one, 1).stability());
        }
    }

    @Test
    void theSizeOfABatchChangesNothing() {
        List<List<MaskRecord>> found = IntStream.of(1, 5, 1000, Integer.MAX_VALUE)
                .mapToObj(batch -> new AutomaticMaskGenerator(new MockClicks(), new Settings(6, batch, 0.88, 0.3, 1, 0.7, 1, 0.3, 0.3, 2, null, 20))
                        .generate(MockClicks.picture()))
                .toList();
        for (List<MaskRecord> one : found) assertEquals(found.getFirst(), one);
        assertFalse(found.getFirst().isEmpty());
    }

    @Test
    void logitsAreAskedForOnlyIfThePredictedIouWillDo() {
        MockClicks clicks = new MockClicks();
        new AutomaticMaskGenerator(clicks, settings(0.91, 0.3)).generate(MockClicks.picture());
        assertEquals(1, clicks.looks);
        assertTrue(clicks.logits > 0 && clicks.logits < 3 * 16 / 2, clicks.logits + " of 48");
        clicks = new MockClicks();
        new AutomaticMaskGenerator(clicks, settings(2, 0.3)).generate(MockClicks.picture());
        assertEquals(0, clicks.logits);
    }

    private static Settings settings(double iou, double stability) {
        return new Settings(4, 5, iou, stability, 1, 0.7, 0, 0.7, 0.3, 1, null, 0);
    }

    @Test
    void gridsOfOnesOwnAreClickedOn() {
        List<PointGrid> grids = List.of(grid(0.25, 0.3), grid(0.5, 0.5));
        List<MaskRecord> found = new AutomaticMaskGenerator(new MockClicks(), new Settings(32, 64, 0, 0, 1, 1, 1, 1, 0.3, 1, grids, 0))
                .generate(MockClicks.picture());
        Prompt.Point own = new Prompt.Point(60, 60, Prompt.Point.FOREGROUND);
        assertEquals(3, found.stream().filter(r -> r.crop().layer() == 0 && r.point().equals(own)).count());
        assertTrue(found.stream().anyMatch(r -> r.crop().layer() == 1));
    }

    private static PointGrid grid(double x, double y) {
        return new PointGrid(List.of(new Prompt.Point(x, y, Prompt.Point.FOREGROUND)));
    }

    /// A constant answer: the same logits for every point, as large as the crop.
    private static List<MaskRecord> constant(float iou, float logit, Settings settings) {
        ClickModel clicks = picture -> (points, _) -> points.stream().map(_ -> (ClickModel.Masks) new ClickModel.Masks() {
            @Override
            public int masks() {
                return 1;
            }

            @Override
            public float iou(int mask) {
                return iou;
            }

            @Override
            public float[] logits(int mask) {
                float[] logits = new float[picture.height() * picture.width()];
                Arrays.fill(logits, logit);
                return logits;
            }
        }).toList();
        return new AutomaticMaskGenerator(clicks, settings).generate(new Picture(1, 50, 60, new float[3000]));
    }

    @Test
    void thresholdsAreComparedInFloat32AndOnlyIfTheyAreAboveZero() {
        assertEquals(0, constant(0.88f, 9, settings(0.88, 0.5)).size(), "an IoU must be above the threshold");
        assertEquals(1, constant(Math.nextUp(0.88f), 9, settings(0.88, 0.5)).size());
        assertEquals(1, constant(-3, 9, settings(0, 0.5)).size());
        assertEquals(1, constant(Float.NaN, 9, settings(0, 0.5)).size());
        assertEquals(0, constant(Float.NaN, 9, settings(0.1, 0.5)).size());
        assertEquals(1, constant(1, 9, settings(0.5, 1)).size(), "a score must reach the threshold");
        assertEquals(0, constant(1, -9, settings(0.5, 0.1)).size(), "an empty mask has no score");
    }

    @Test
    void anEmptyMaskHasABoxOfNothing() {
        List<MaskRecord> found = constant(1, -0.5f, settings(0.5, 0));
        assertEquals(16, found.size(), "boxes without an area are no duplicates");
        assertEquals(new Box(0, 0, 0, 0), found.getFirst().box());
        assertEquals(0, found.getFirst().stabilityScore());
        assertEquals(new Rle(50, 60, 3000), found.getFirst().segmentation());
    }

    @Test
    void masksThatAreCutAreDropped() {
        List<MaskRecord> found = constant(1, 9, new Settings(1, 1, 0.5, 0.5, 1, 0.7, 1, 1, 0.3, 1, null, 0));
        assertEquals(1, found.size(), "crops of 37 × 32 pixels in 60 × 50 that are full end within the picture");
        assertEquals(0, found.getFirst().crop().layer());
    }

    @Test
    void theListenerHearsOfEveryBatch() {
        List<String> heard = new ArrayList<>();
        new AutomaticMaskGenerator(new MockClicks(), new Settings(3, 5, 2, 0.3, 1, 0.7, 1, 0.7, 0.3, 2, null, 0)).generate(MockClicks.picture(),
                (points, all) -> heard.add(points + "/" + all));
        assertEquals(List.of("0/13", "5/13", "9/13", "10/13", "11/13", "12/13", "13/13"), heard);
    }

    @Test
    void theDefaultsAreTheReferencesAndEachIsChangedByItself() {
        assertEquals(new Settings(32, 64, 0.88, 0.95, 1.0, 0.7, 0, 0.7, 512.0 / 1500, 1, null, 0), Settings.defaults());
        assertEquals(new Settings(16, 64, 0.86, 0.92, 1.0, 0.7, 1, 0.7, 512.0 / 1500, 2, null, 100), Settings.defaults().withPoints(16)
                .withThresholds(0.86, 0.92).withCrops(1, 2).withoutSmallRegions(100));
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        refused("points_per_side 0: it must be from 1 to 500", () -> new Settings(0, 64, 0, 0, 1, 1, 0, 1, 0.3, 1, null, 0));
        refused("points_per_batch 0: it must be 1 or more", () -> new Settings(32, 0, 0, 0, 1, 1, 0, 1, 0.3, 1, null, 0));
        refused("pred_iou_thresh NaN: it must be a number", () -> new Settings(32, 64, Double.NaN, 0, 1, 1, 0, 1, 0.3, 1, null, 0));
        refused("stability_score_thresh NaN", () -> new Settings(32, 64, 0, Double.NaN, 1, 1, 0, 1, 0.3, 1, null, 0));
        refused("stability_score_offset -1.0: it must be 0 or more", () -> new Settings(32, 64, 0, 0, -1, 1, 0, 1, 0.3, 1,
                null, 0));
        refused("box_nms_thresh NaN", () -> new Settings(32, 64, 0, 0, 1, Double.NaN, 0, 1, 0.3, 1, null, 0));
        refused("crop_n_layers 7: it must be from 0 to 6", () -> new Settings(32, 64, 0, 0, 1, 1, 7, 1, 0.3, 1, null, 0));
        refused("crop_nms_thresh -1.0", () -> new Settings(32, 64, 0, 0, 1, 1, 0, -1, 0.3, 1, null, 0));
        refused("crop_overlap_ratio 1.0: it must be 0 or more, and less than 1", () -> new Settings(32, 64, 0, 0, 1, 1, 0, 1, 1, 1,
                null, 0));
        refused("crop_n_points_downscale_factor 0", () -> new Settings(32, 64, 0, 0, 1, 1, 0, 1, 0.3, 0, null, 0));
        refused("min_mask_region_area -1", () -> new Settings(32, 64, 0, 0, 1, 1, 0, 1, 0.3, 1, null, -1));
        refused("crop_n_points_downscale_factor 2 leaves none in layer 2: take more points_per_side", () -> new Settings(3, 64, 0, 0, 1, 1,
                2, 1, 0.3, 2, null, 0));
        refused("there are 1 grids of points for 2 layers", () -> new Settings(32, 64, 0, 0, 1, 1, 2, 1, 0.3, 2, List.of(PointGrid.of(2)), 0));
    }

    private static void refused(String says, Runnable settings) {
        String message = String.valueOf(assertThrows(PromptException.class, settings::run).getMessage());
        assertTrue(message.contains(says) && message.lines().count() == 1, message);
    }
}
