package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FurtherMetricTest {
    private static final Scoring FURTHER = new Scoring(Convention.MILLIMETRES, 2, true);
    private static final List<FurtherMetric> ALL = List.of(FurtherMetric.values());

    /// Class 1 fills balls, given by their centres and radii and flattened along z.
    private static LabelVolume balls(int[][] balls) {
        Geometry grid = Geometry.of(24, 20, 6, 1, 1, 2);
        byte[] classes = new byte[grid.voxels()];
        for (int i = 0; i < classes.length; i++) for (int[] ball : balls) {
            int x = i % 24 - ball[0], y = i / 24 % 20 - ball[1], z = i / 480 - ball[2];
            if (x * x + y * y + 4 * z * z < ball[3] * ball[3]) classes[i] = 1;
        }
        return new LabelVolume(grid, classes);
    }

    private static final LabelVolume TRUTH = balls(new int[][]{{4, 4, 1, 4}, {14, 4, 2, 5}, {20, 14, 3, 4}, {5, 14, 4, 5}, {12, 15, 0, 3}}),
            FOUND = balls(new int[][]{{5, 4, 1, 4}, {13, 5, 2, 5}, {20, 11, 3, 3}, {20, 16, 3, 3}, {5, 15, 4, 4}, {22, 1, 5, 3}});

    /// The numbers are from SciPy's `label`, with all 26 neighbours, and `binary_erosion`, and from the definitions over sets.
    @Test
    void ballsScoreAsInSciPy() {
        CaseScores scores = CaseScores.of("balls", FOUND, TRUTH, FURTHER);
        double[] expected = {0.1926040061633282, 0.6405228758169934, 0.7852564102564102, -0.1843137254901961, 0.3843137254901961,
            0.6001741264485587};
        for (int i = 0; i < expected.length; i++) {
            FurtherMetric metric = ALL.get(i);
            assertEquals(expected[i], scores.score(metric, 1), 1e-14, metric.title());
            assertEquals(expected[i], scores.mean(metric), 1e-14, metric.title());
        }
    }

    /// If a class is in one piece, its aggregated Jaccard index is the Jaccard index, and the Dice of the piece is that of the class.
    @Test
    void onePieceScoresAsTheGoldenClassDoes() throws IOException {
        Json golden;
        try (var in = Objects.requireNonNull(FurtherMetricTest.class.getResourceAsStream("metrics.json"))) {
            golden = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "metrics.json");
        }
        for (int n : new int[]{0, 2, 3}) {
            Json one = golden.at("cases2d").list().get(n);
            CaseScores scores = CaseScores.of("golden", picture(one.at("pred").string()), picture(one.at("gt").string()), FURTHER);
            assertEquals(one.at("jaccard").number(), scores.score(FurtherMetric.AJI, 1), 1e-8);
            assertEquals(one.at("dice").number(), scores.score(FurtherMetric.OBJECT_DICE, 1), 1e-8);
            double sensitivity = scores.score(FurtherMetric.SENSITIVITY, 1), precision = scores.score(FurtherMetric.PRECISION, 1);
            assertEquals(one.at("dice").number(), 2 / (1 / sensitivity + 1 / precision), 1e-8);
            assertEquals(sensitivity / precision - 1, scores.score(FurtherMetric.VOLUME_DIFFERENCE, 1), 1e-12);
        }
    }

    private static LabelVolume picture(String rows) {
        int w = rows.indexOf('/');
        String pixels = rows.replace("/", "");
        byte[] classes = new byte[pixels.length()];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (pixels.charAt(i) - '0');
        return new LabelVolume(Geometry.of(w, classes.length / w, 1, 1, 1, 1), classes);
    }

    @Test
    void aClassThatOneSideLacksScoresAsTheTableSays() {
        LabelVolume some = picture("011/000"), none = picture("000/000");
        double nan = Double.NaN;
        assertEquals(List.of(0.0, 0.0, nan, -1.0, 0.0, 0.0), scores(none, some));
        assertEquals(List.of(0.0, nan, 0.0, nan, 0.0, 0.0), scores(some, none));
        assertEquals(List.of(nan, nan, nan, nan, nan, nan), scores(none, none));
        assertEquals(List.of(1.0, 1.0, 1.0, 0.0, 1.0, 1.0), scores(some, some));
    }

    private static List<Double> scores(LabelVolume prediction, LabelVolume truth) {
        CaseScores scores = CaseScores.of("x", prediction, truth, FURTHER);
        return ALL.stream().map(metric -> scores.score(metric, 1)).toList();
    }

    @Test
    void anEvaluationHasThemOnlyIfAsked() {
        CaseScores balls = CaseScores.of("balls", FOUND, TRUTH, FURTHER),
                nothing = CaseScores.of("nothing", new LabelVolume(TRUTH.geometry(), new byte[TRUTH.classes().length]), TRUTH, FURTHER);
        Evaluation all = Evaluation.of(List.of(balls, nothing)), without = Evaluation.of(List.of(CaseScores.of("balls", FOUND, TRUTH)));
        assertEquals(0.3843137254901961 / 2, all.mean(FurtherMetric.AJI), 1e-14);
        assertEquals(2, all.count(FurtherMetric.AJI, 1));
        assertEquals(1, all.count(FurtherMetric.PRECISION, 1));                    // nothing was found in one of them
        assertEquals(0.7852564102564102, all.mean(FurtherMetric.PRECISION, 1), 1e-14);
        List<String> lines = all.csv().lines().toList();
        assertTrue(lines.getFirst().endsWith(",tp,fp,fn,boundary_iou,sensitivity,precision,volume_difference,aji,object_dice"), lines.getFirst());
        assertTrue(lines.get(3).startsWith("nothing,1,class 1,") && lines.get(3).endsWith(",0,0,765,0.0,0.0,,-1.0,0.0,0.0"), lines.get(3));
        int commas = lines.getFirst().split(",", -1).length;
        for (String line : lines) assertEquals(commas, line.split(",", -1).length, line);
        Json json = all.json(), of = json.at("cases").list().getFirst().at("classes").list().getFirst(), mean = json.at("mean");
        assertEquals(0.6001741264485587, of.at("object_dice").number(), 1e-14);
        assertEquals(0.1926040061633282 / 2, mean.at("boundary_iou").number(), 1e-14);
        assertEquals(1, mean.at("classes").list().getFirst().at("n").at("precision").integer());
        assertTrue(all.table().contains("Boundary IoU  Sensitivity  Precision  Volume difference"), all.table());
        assertTrue(all.table().contains("-0.1843  0.3843       0.6002"), all.table());
        for (String text : List.of(without.csv(), without.json().toString(), without.table()))
            assertFalse(text.contains("aji") || text.contains("AJI"), text);
    }

    /// Slices are cut across the coarsest axis, whichever it is in the file, and the width of the boundary depends on their size.
    @Test
    void boundariesAreThoseOfSlices() {
        Geometry grid = Geometry.of(6, 24, 20, 2, 1, 1);
        CaseScores turned = CaseScores.of("turned", turned(FOUND, grid), turned(TRUTH, grid), FURTHER);
        assertEquals(0.1926040061633282, turned.score(FurtherMetric.BOUNDARY_IOU, 1), 1e-14);
    }

    private static LabelVolume turned(LabelVolume volume, Geometry grid) {
        byte[] classes = new byte[grid.voxels()];
        for (int i = 0; i < classes.length; i++) classes[(i / 24 % 20 * 24 + i % 24) * 6 + i / 480] = volume.classes()[i];
        return new LabelVolume(grid, classes);
    }
}
