package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Truths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConventionTest {
    private static final Scoring PAPER = new Scoring(Convention.PAPER, 2);
    private static final Geometry GRID = Geometry.of(224, 224, 2, 0.7, 0.7, 8);

    @TempDir
    private Path folder;

    /// Labels with one class in the pixels `from ≤ x < to`, `20 ≤ y < 40` of one slice.
    private static LabelVolume block(int slice, int label, int from, int to) {
        LabelVolume labels = new LabelVolume(GRID, new byte[GRID.voxels()]);
        paint(labels, slice, label, from, to);
        return labels;
    }

    private static void paint(LabelVolume labels, int slice, int label, int from, int to) {
        for (int y = 20; y < 40; y++) for (int x = from; x < to; x++) labels.classes()[(slice * 224 + y) * 224 + x] = (byte) label;
    }

    @Test
    void thePaperStacksTheFramesOfAPatient() throws IOException {
        Path pred = Files.createDirectory(folder.resolve("pred")), truth = Files.createDirectory(folder.resolve("truth"));
        write(pred, "p1_frame01", block(1, 1, 0, 10));
        write(truth, "p1_frame01", block(1, 1, 0, 20));
        write(pred, "p1_frame12", block(0, 1, 0, 30));
        write(truth, "p1_frame12", block(0, 1, 0, 30));
        write(pred, "other", block(0, 2, 0, 10));
        write(truth, "other", block(0, 2, 0, 10));
        write(truth, "p1_frame20", block(0, 1, 0, 10));
        Evaluation e = Evaluation.folders(pred, Truths.of(truth, LabelRule.NONE), List.of("background", "one", "two"), PAPER);
        assertEquals(List.of("other", "p1"), e.cases().stream().map(CaseScores::name).toList());
        assertEquals(List.of("p1_frame20"), e.missing());
        double p1 = 2.0 * (10 + 30) / (10 + 30 + 20 + 30);
        assertEquals((1 + p1) / 2, e.mean(Metric.DICE, 1), 1e-15, "the other patient has none of it: Dice 1");
        assertEquals(p1, e.mean(Metric.DICE, 1, Average.DEFINED_ONLY), 1e-15);
        assertEquals(((1 + p1) / 2 + 1) / 2, e.mean(Metric.DICE), 1e-15, "the mean of the classes' means");
        assertEquals(List.of(2, 1), List.of(e.count(Metric.DICE, 1, Average.PENALISED), e.count(Metric.DICE, 1, Average.DEFINED_ONLY)));
        assertEquals((1 + p1) / 2, e.cases().getLast().mean(Metric.DICE), 1e-15, "class two is absent from p1, which scores 1");
        assertTrue(e.table().startsWith("Convention paper: "), e.table());
        assertEquals("px", e.json().at("unit").string());

        Evaluation some = Evaluation.folders(pred, Truths.of(truth, LabelRule.NONE), List.of(), PAPER, List.of("p1_frame12"));
        assertEquals(List.of(1.0, "p1"), List.of(some.mean(Metric.DICE), some.cases().getFirst().name()));
    }

    private static void write(Path folder, String name, LabelVolume labels) {
        Nifti.write(folder.resolve(name + ".nii.gz"), labels);
    }

    @Test
    void theOrderInWhichFilesStoreTheirVoxelsDoesNotMatterToThePaper() {
        Orientation stored = Orientation.of(Geometry.of(2, 224, 224, new double[][]{{0, 0.7, 0, 0}, {0, 0, -0.7, 223 * 0.7}, {-8, 0, 0, 8}}));
        LabelVolume nothing = new LabelVolume(GRID, new byte[GRID.voxels()]);
        List<LabelVolume> predictions = Stream.of(block(1, 1, 0, 9), nothing).map(stored::toOriginal).toList();
        List<LabelVolume> truths = Stream.of(nothing, block(0, 1, 0, 9)).map(stored::toOriginal).toList();
        assertEquals(1, CaseScores.of("p", predictions, truths, PAPER).score(Metric.HD95, 1), "neighbours, from feet to head");
    }

    @Test
    void thePapersStepIsOnePixelAndOneSliceEvenFromFrameToFrame() {
        List<LabelVolume> predictions = List.of(block(1, 1, 0, 10), block(1, 1, 50, 60)), truths = List.of(block(1, 1, 3, 13), block(0, 2,
                0, 9));
        CaseScores scores = CaseScores.of("p", predictions, truths, PAPER);
        assertEquals(3, CaseScores.of("p", predictions.getFirst(), truths.getFirst(), PAPER).of(1).surfaces().hd(), "in pixels of 0.7 mm");
        assertEquals(Math.sqrt(47 * 47 + 2 * 2), scores.of(1).surfaces().hd(), 1e-12, "two slices and 47 pixels from the only true ones");
        LabelVolume nothing = new LabelVolume(GRID, new byte[GRID.voxels()]);
        CaseScores across = CaseScores.of("p", List.of(block(1, 1, 0, 9), nothing), List.of(nothing, block(0, 1, 0, 9)), PAPER);
        assertEquals(1, across.score(Metric.HD95, 1), "from the last slice of one frame to the first of the next");
    }

    @Test
    void whatIsMissedOrAbsentCostsNoDistanceInThePaper() {
        LabelVolume nothing = new LabelVolume(GRID, new byte[GRID.voxels()]), one = block(0, 2, 0, 9);
        for (CaseScores missed : List.of(CaseScores.of("p", nothing, one, PAPER), CaseScores.of("p", one, nothing, PAPER)))
            for (Metric metric : Metric.values()) {
                assertEquals(metric.isDistance() ? 0 : 1, missed.score(metric, 1), metric + " of a class in neither");
                assertEquals(0, missed.score(metric, 2), metric + " of a class in one");
                assertEquals(metric.isDistance() ? Double.NaN : 0, missed.score(metric, 2, Average.DEFINED_ONLY), metric + " left out");
                assertEquals(Double.NaN, missed.score(metric, 1, Average.DEFINED_ONLY));
            }
    }

    @Test
    void slicesOfAnySizeAreResizedAlikeInPredictionAndTruth() {
        Geometry tall = Geometry.of(3, 56, 112, 9, 1, 1);                     // cut across x: 112 rows of 56 columns
        LabelVolume p = new LabelVolume(tall, new byte[tall.voxels()]), t = new LabelVolume(tall, new byte[tall.voxels()]);
        for (int y = 0; y < 56; y++) for (int z = 0; z < 112; z++) {
            p.classes()[1 + 3 * (y + 56 * z)] = (byte) (z < 50 ? 1 : 0);
            t.classes()[1 + 3 * (y + 56 * z)] = (byte) (z < 53 ? 1 : 0);
        }
        CaseScores scores = CaseScores.of("tall", p, t, PAPER);
        assertEquals(new Counts(100 * 224, 0, 6 * 224), scores.of(1).counts(), "twice as many rows, four times as many columns");
        assertEquals(6, scores.of(1).surfaces().hd());
        assertEquals(1, CaseScores.of("perfect", t, t, PAPER).score(Metric.DICE, 1));
    }

    @Test
    void aFlatPictureHasAnOutlineInThePaperToo() {
        Geometry flat = Geometry.of(224, 224, 1, 1, 1, 1);
        byte[] p = new byte[224 * 224], t = new byte[224 * 224];
        for (int i = 0; i < 100; i++) p[(50 + i / 10) * 224 + 50 + i % 10] = 1;
        for (int i = 0; i < 64; i++) t[(51 + i / 8) * 224 + 51 + i % 8] = 1;
        CaseScores scores = CaseScores.of("flat", new LabelVolume(flat, p), new LabelVolume(flat, t), PAPER);
        assertEquals((60 + 4 * Math.sqrt(2)) / 64, scores.score(Metric.ASSD, 1), 1e-12,
                "36 pixels outside, 28 inside, four of them corners");
    }

    @Test
    void moreSlicesThanFitAreRefused() {
        Geometry many = Geometry.of(2, 2, 3000, 1, 1, 9);
        LabelVolume labels = new LabelVolume(many, new byte[many.voxels()]);
        assertEquals("x: there are 3000 slices, and at most 2674 are scored together", String.valueOf(assertThrows(FormatException.class,
                () -> CaseScores.of("x", labels, labels, PAPER)).getMessage()));
        assertThrows(IllegalArgumentException.class, () -> CaseScores.of("x", List.of(labels, labels), List.of(labels, labels),
                Scoring.DEFAULT), "volumes in millimetres are not stacked");
        assertThrows(IllegalArgumentException.class, () -> CaseScores.of("x", List.of(labels), List.of(labels, labels), PAPER));
    }

    @Test
    void aPatientIsWhatIsBeforeFrame() {
        assertEquals("patient007", Convention.PAPER.subject("patient007_frame01"));
        assertEquals("a_b", Convention.PAPER.subject("a_b_frame1_frame2"));
        assertEquals("_frame01", Convention.PAPER.subject("_frame01"));
        assertEquals("hippocampus_001", Convention.PAPER.subject("hippocampus_001"));
        assertEquals("patient007_frame01", Convention.MILLIMETRES.subject("patient007_frame01"));
    }

    @Test
    void aToleranceIsALength() {
        for (double wrong : new double[]{-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            String message = assertThrows(FormatException.class, () -> new Scoring(Convention.MILLIMETRES, wrong)).getMessage();
            assertEquals("the tolerance is a length of 0 or more, not " + wrong, message);
        }
        assertEquals(0, new Scoring(Convention.PAPER, 0).tolerance());
    }
}
