package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRegion;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Truths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationTest {
    private static final Geometry GRID = Geometry.of(4, 1, 1, 1, 1, 1);

    @TempDir
    private Path folder;

    private static LabelVolume labels(int... classes) {
        byte[] bytes = new byte[classes.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) classes[i];
        return new LabelVolume(Geometry.of(classes.length, 1, 1, 1, 1, 1), bytes);
    }

    @Test
    void countsAndScoresEqualBruteForceOnSets() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 1000; round++) {
            int classes = 1 + random.nextInt(5), voxels = 1 + random.nextInt(30);
            int[] p = random.ints(voxels, 0, classes).toArray(), t = random.ints(voxels, 0, 1 + random.nextInt(classes)).toArray();
            CaseScores scores = CaseScores.of("x", labels(p), labels(t));
            for (int c = 0; c < 6; c++) {
                Set<Integer> a = new HashSet<>(), b = new HashSet<>();
                for (int i = 0; i < p.length; i++) {
                    if (p[i] == c) a.add(i);
                    if (t[i] == c) b.add(i);
                }
                Set<Integer> both = new HashSet<>(a), either = new HashSet<>(a);
                both.retainAll(b);
                either.addAll(b);
                Counts counts = scores.of(c).counts();
                assertEquals(new Counts(both.size(), a.size() - both.size(), b.size() - both.size()), counts);
                assertEquals(either.isEmpty(), counts.isAbsent());
                assertEquals(a.isEmpty() && !b.isEmpty(), counts.isMissed());
                assertEquals(b.isEmpty() && !a.isEmpty(), counts.isSpurious());
                assertEquals(either.isEmpty() ? Double.NaN : 2.0 * both.size() / (a.size() + b.size()), scores.score(Metric.DICE, c));
                assertEquals(either.isEmpty() ? Double.NaN : (double) both.size() / either.size(), scores.score(Metric.IOU, c));
            }
        }
    }

    @Test
    void classesUpTo254AreCounted() {
        assertEquals(new Counts(1, 0, 1), CaseScores.of("x", labels(254, 0), labels(254, 254)).of(254).counts());
    }

    @Test
    void whatIsIgnoredInTheTruthIsInNoScore() {
        CaseScores scores = CaseScores.of("x", labels(1, 1, 0, 1, 255, 0), labels(1, 0, 1, 255, 0, 255));
        assertEquals(List.of(new Counts(1, 1, 1), new Counts(1, 1, 1)), scores.classes().stream().map(ClassScores::counts).toList());
        assertEquals(0.5, scores.score(Metric.DICE, 1));
        assertEquals(CaseScores.of("x", labels(1, 1, 0, 0, 0, 0), labels(1, 0, 1, 0, 0, 0)).score(Metric.HD95, 1), scores.score(Metric.HD95, 1));
    }

    @Test
    void aClassInNeitherHasNoScoreAndAClassInOneScoresZero() {
        CaseScores both = CaseScores.of("a", labels(1, 1, 0, 0), labels(1, 0, 0, 0));
        CaseScores missed = CaseScores.of("b", labels(0, 0, 0, 0), labels(2, 0, 0, 0));
        Evaluation e = Evaluation.of(List.of(both, missed));
        assertEquals(2 / 3.0, e.mean(Metric.DICE, 1), 1e-15, "case b has no class 1");
        assertEquals(0, e.mean(Metric.DICE, 2), "case b misses class 2");
        assertEquals(1 / 3.0, e.mean(Metric.DICE), 1e-15);
        assertEquals(0.25, e.mean(Metric.IOU), 1e-15);
        assertEquals(List.of(1, 1), List.of(e.absent(1), e.absent(2)));
        assertEquals(2 / 3.0, both.mean(Metric.DICE), 1e-15, "without the background and classes that are in neither");
    }

    @Test
    void nothingToScoreIsNoScore() {
        CaseScores empty = CaseScores.of("a", labels(0, 0), labels(0, 0));
        assertTrue(Double.isNaN(empty.mean(Metric.DICE)));
        assertTrue(Double.isNaN(Evaluation.of(List.of(empty)).mean(Metric.DICE)));
        assertThrows(IllegalArgumentException.class, () -> Evaluation.of(List.of()));
    }

    @Test
    void aClassInOneOnlyCostsTheDiagonalOrIsLeftOut() {
        CaseScores met = CaseScores.of("met", labels(1, 1, 0, 0), labels(0, 1, 0, 0));
        CaseScores missed = CaseScores.of("missed", labels(0, 0, 0, 0), labels(0, 1, 0, 0));
        CaseScores spurious = CaseScores.of("spurious", labels(0, 0, 1, 0), labels(0, 0, 0, 0));
        CaseScores absent = CaseScores.of("absent", labels(0, 0, 0, 0), labels(0, 0, 0, 0));
        double diagonal = Math.sqrt(4 * 4 + 1 + 1);
        assertEquals(diagonal, missed.score(Metric.HD95, 1), 1e-12);
        Evaluation e = Evaluation.of(List.of(met, missed, spurious, absent));
        assertEquals(List.of(1, 1, 1), List.of(e.missed(1), e.spurious(1), e.absent(1)));
        for (Metric metric : Metric.values()) {
            double score = met.score(metric, 1), penalty = metric.isDistance() ? diagonal : 0;
            assertEquals(met.of(1).surfaces().hd() > 0 ? score : 0, score, "some score");
            assertEquals((score + 2 * penalty) / 3, e.mean(metric, 1), 1e-12, metric + ", penalised");
            assertEquals(3, e.count(metric, 1, Average.PENALISED));
            assertEquals(metric.isDistance() ? score : score / 3, e.mean(metric, 1, Average.DEFINED_ONLY), 1e-12, metric
                    + ", defined only");
            assertEquals(metric.isDistance() ? 1 : 3, e.count(metric, 1, Average.DEFINED_ONLY));
            assertEquals(List.of(1, 1), List.of(e.count(metric, Average.PENALISED), e.count(metric, Average.DEFINED_ONLY)));
        }
    }

    @Test
    void aClassThatIsNeverMetHasNoDefinedDistanceAndTheMeanSaysOfHowManyClassesItIs() {
        CaseScores one = CaseScores.of("one", labels(1, 1, 0, 0), labels(0, 1, 2, 0));
        Evaluation e = Evaluation.of(List.of(one));
        assertEquals(Double.NaN, e.mean(Metric.ASSD, 2, Average.DEFINED_ONLY));
        assertEquals(e.mean(Metric.ASSD, 1), e.mean(Metric.ASSD, Average.DEFINED_ONLY));
        assertEquals(1, e.count(Metric.ASSD, Average.DEFINED_ONLY));
        assertEquals(2, e.count(Metric.ASSD, Average.PENALISED));
        assertEquals((e.mean(Metric.ASSD, 1) + Math.sqrt(18)) / 2, e.mean(Metric.ASSD), 1e-12);
    }

    @Test
    void casesAreRankedFromTheBestToTheWorst() {
        CaseScores empty = CaseScores.of("empty", labels(0, 0, 0), labels(0, 0, 0)), good = CaseScores.of("good", labels(1, 1, 0), labels(1,
                1, 0));
        CaseScores bad = CaseScores.of("bad", labels(0, 0, 1), labels(1, 0, 0)), fair = CaseScores.of("fair", labels(1, 1, 0), labels(1, 0, 0));
        Evaluation e = Evaluation.of(List.of(empty, fair, bad, good));
        for (Metric metric : List.of(Metric.DICE, Metric.HD95))
            assertEquals(List.of("good", "fair", "bad", "empty"), e.ranked(metric).stream().map(CaseScores::name).toList());
    }

    @Test
    void casesAreScoredAlike() {
        CaseScores mm = CaseScores.of("mm", labels(1), labels(1));
        CaseScores strict = CaseScores.of("strict", labels(1), labels(1), new Scoring(Convention.MILLIMETRES, 1));
        assertThrows(IllegalArgumentException.class, () -> Evaluation.of(List.of(mm, strict)));
        assertEquals(new Scoring(Convention.MILLIMETRES, 1), Evaluation.of(List.of(strict)).scoring());
    }

    @Test
    void distancesAreInPixelsIfTheSizeOfAPixelIsNotKnown() {
        GridSource picture = new GridSource() {
            @Override
            public boolean hasSpacing() {
                return false;
            }
        };
        var unmeasured = new LabelVolume(Geometry.of(2, 1, 1, new double[][]{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}, picture), new byte[]{1, 0});
        CaseScores px = CaseScores.of("px", unmeasured, unmeasured), mm = CaseScores.of("mm", labels(1), labels(1));
        Evaluation pictures = Evaluation.of(List.of(px)), both = Evaluation.of(List.of(px, mm));
        assertTrue(pictures.table().contains("distances in px, NSD within 2 px."), pictures.table());
        assertTrue(pictures.csv().contains(",hd95_px,assd_px,"), pictures.csv());
        assertEquals("px", pictures.json().at("unit").string());
        assertEquals("mm or px", both.unit());
        assertTrue(both.csv().contains(",hd95_mm_or_px,assd_mm_or_px,"), both.csv());
    }

    @Test
    void aMetricHasATitleAndKnowsWhichWayIsUp() {
        assertEquals(List.of("Dice", "IoU", "NSD", "HD95 (mm)", "ASSD (mm)"), Stream.of(Metric.values()).map(m -> m.title("mm")).toList());
        assertEquals(List.of(true, true, true, false, false), Stream.of(Metric.values()).map(Metric::higherIsBetter).toList());
    }

    private static Evaluation some() {
        CaseScores first = CaseScores.of("first", labels(1, 1, 0, 0), labels(1, 0, 0, 0));
        CaseScores second = CaseScores.of("second", labels(0, 2, 2, 0), labels(1, 2, 2, 2));
        return new Evaluation(List.of("background", "left, upper", "posterior"), List.of(first, second), List.of("third"));
    }

    @Test
    void theTableIsForPeople() {
        assertEquals("""
            Convention mm: each volume in three dimensions, at the spacing of its voxels; distances in mm, NSD within 2 mm.

            case    class            Dice      IoU      NSD     HD95     ASSD
            first   left, upper    0.6667   0.5000   1.0000     0.90     0.33
                    posterior         n/a      n/a      n/a      n/a      n/a
                    mean           0.6667   0.5000   1.0000     0.90     0.33
            second  left, upper    0.0000*  0.0000*  0.0000*    4.24*    4.24*
                    posterior      0.8000   0.6667   1.0000     1.00     0.50
                    mean           0.4000   0.3333   0.5000     2.62     2.37

                             penalised --------------------------------    defined only -----    number of cases ----------
            mean              n    Dice     IoU     NSD    HD95    ASSD     n    HD95    ASSD    missed  spurious    absent
            left, upper       2  0.3333  0.2500  0.5000    2.57    2.29     1    0.90    0.33         1         0         0
            posterior         1  0.8000  0.6667  1.0000    1.00    0.50     1    1.00    0.50         0         0         1
            all             2/2  0.5667  0.4583  0.7500    1.79    1.39   2/2    0.95    0.42

            "all" is the mean of the classes' means, not of the cases'; n is the number of scores in a mean.
            * In only one of prediction and truth (missed, spurious): overlaps 0, distances the diagonal of the volume.
            In neither of them (absent): no score (n/a).
            No prediction, and so not part of any mean: third.
            """, some().table());
        assertTrue(some().table().lines().allMatch(line -> line.length() <= 112));
    }

    @Test
    void ofOneClassTheTableHasOneLinePerCase() {
        assertEquals("""
            Convention mm: each volume in three dimensions, at the spacing of its voxels; distances in mm, NSD within 2 mm.

            case  class        Dice      IoU      NSD     HD95     ASSD
            only  class 1    1.0000   1.0000   1.0000     0.00     0.00

                         penalised --------------------------------    defined only -----    number of cases ----------
            mean          n    Dice     IoU     NSD    HD95    ASSD     n    HD95    ASSD    missed  spurious    absent
            class 1       1  1.0000  1.0000  1.0000    0.00    0.00     1    0.00    0.00         0         0         0
            all         1/1  1.0000  1.0000  1.0000    0.00    0.00   1/1    0.00    0.00

            "all" is the mean of the classes' means, not of the cases'; n is the number of scores in a mean.
            """, Evaluation.of(List.of(CaseScores.of("only", labels(1, 1), labels(1, 1)))).table());
    }

    @Test
    void csvHasOneLinePerScore() {
        assertEquals("""
            case,class,name,dice,iou,nsd,hd95_mm,assd_mm,hd95_mm_defined_only,assd_mm_defined_only,n,n_defined_only,tp,fp,fn
            first,1,"left, upper",0.6666666666666666,0.5,1.0,0.8999999999999999,0.3333333333333333,0.8999999999999999,0.3333333333333333,,,1,1,0
            first,2,posterior,,,,,,,,,,0,0,0
            first,,mean,0.6666666666666666,0.5,1.0,0.8999999999999999,0.3333333333333333,0.8999999999999999,0.3333333333333333,,,,,
            second,1,"left, upper",0.0,0.0,0.0,4.242640687119285,4.242640687119285,,,,,0,0,1
            second,2,posterior,0.8,0.6666666666666666,1.0,1.0,0.5,1.0,0.5,,,2,0,1
            second,,mean,0.4,0.3333333333333333,0.5,2.6213203435596424,2.3713203435596424,1.0,0.5,,,,,
            mean,1,"left, upper",0.3333333333333333,0.25,0.5,2.5713203435596426,2.287987010226309,0.8999999999999999,0.3333333333333333,2,1,,,
            mean,2,posterior,0.8,0.6666666666666666,1.0,1.0,0.5,1.0,0.5,1,1,,,
            mean,,mean,0.5666666666666667,0.4583333333333333,0.75,1.7856601717798213,1.3939935051131545,0.95,0.41666666666666663,2,2,,,
            """, some().csv());
        CaseScores quoted = CaseScores.of("a \"b\"", labels(1), labels(1), new Scoring(Convention.PAPER, 2));
        assertTrue(Evaluation.of(List.of(quoted)).csv().contains("hd95_px,assd_px"));
        assertTrue(Evaluation.of(List.of(quoted)).csv().contains("\n\"a \"\"b\"\"\",1,class 1,1.0,"));
    }

    @Test
    void jsonHasEverything() {
        Evaluation e = some();
        Json json = Json.parse(e.json().pretty(), "text");
        assertEquals(e.json(), json);
        assertEquals("mm", json.at("convention").string());
        assertEquals(2, json.at("tolerance").number());
        assertEquals(List.of("third"), json.at("missing").strings());
        Json first = json.at("cases").list().getFirst(), left = first.at("classes").list().get(0), right = first.at("classes").list().get(1);
        assertEquals("first", first.at("name").string());
        assertEquals(2 / 3.0, left.at("dice").number());
        assertEquals(List.of(1, 1, 0), List.of(left.at("tp").integer(), left.at("fp").integer(), left.at("fn").integer()));
        assertEquals(List.of(1.0, 0.5, 1.0),
                List.of(left.at("sensitivity").number(), left.at("precision").number(), left.at("volume_difference").number()));
        assertFalse(right.has("dice"), "null");
        Json missed = json.at("cases").list().get(1).at("classes").list().get(0);
        assertEquals(Math.sqrt(18), missed.at("hd95").number(), 1e-12);
        assertEquals(Math.sqrt(18), json.at("cases").list().get(1).at("diagonal").number(), 1e-12);
        assertFalse(missed.at("defined_only").has("hd95"), "null");
        assertEquals(0, missed.at("defined_only").at("dice").number());
        Json mean = json.at("mean"), ofLeft = mean.at("classes").list().get(0);
        assertEquals(e.mean(Metric.ASSD), mean.at("assd").number());
        assertEquals(e.mean(Metric.ASSD, Average.DEFINED_ONLY), mean.at("defined_only").at("assd").number());
        assertEquals(List.of(2, 1), List.of(ofLeft.at("n").at("hd95").integer(), ofLeft.at("n_defined_only").at("hd95").integer()));
        assertEquals(List.of(1, 0, 0), List.of(ofLeft.at("missed").integer(), ofLeft.at("spurious").integer(), ofLeft.at("absent").integer()));
        assertEquals(1, mean.at("classes").list().get(1).at("absent").integer());
    }

    @Test
    void aTruthMayHaveAnEndingThatItsPredictionHasNot() throws IOException {
        Path pred = Files.createDirectory(folder.resolve("pred")), truth = Files.createDirectory(folder.resolve("truth"));
        for (String name : List.of("a_mask", "b", "c_gt"))
            Nifti.write(truth.resolve(name + ".nii.gz"), new LabelVolume(GRID, new byte[]{1, 1, 2, 0}));
        for (String name : List.of("a", "b")) Nifti.write(pred.resolve(name + ".nii.gz"), new LabelVolume(GRID, new byte[]{1, 1, 2, 0}));
        Evaluation e = Evaluation.folders(pred, truth, List.of());
        assertEquals(List.of("a", "b"), e.cases().stream().map(CaseScores::name).toList());
        assertEquals(1, e.mean(Metric.DICE));
        assertEquals(List.of("c_gt"), e.missing());
        Nifti.write(pred.resolve("a_mask.nii.gz"), new LabelVolume(GRID, new byte[4]));
        assertEquals(truth + ": there is no truth for a", refused(() -> Evaluation.folders(pred, truth, List.of())));
        Files.delete(pred.resolve("a_mask.nii.gz"));
        Nifti.write(truth.resolve("a.nii.gz"), new LabelVolume(GRID, new byte[]{7, 8, 9, 0}));
        assertEquals(truth + ": the labels of a may be a or a_mask; give a folder with one of them, or a whole dataset",
                refused(() -> Evaluation.folders(pred, truth, List.of())));
    }

    /// Which class is 2, if the truth has 0, 2 and 4?
    @Test
    void numbersThatMayMeanTwoThingsAreTold() throws IOException {
        Path pred = Files.createDirectory(folder.resolve("pred")), truth = Files.createDirectory(folder.resolve("truth"));
        Nifti.write(truth.resolve("a.nii.gz"), new LabelVolume(GRID, new byte[]{0, 2, 4, 0}));
        Nifti.write(pred.resolve("a.nii.gz"), new LabelVolume(GRID, new byte[]{0, 2, 0, 0}));
        List<String> told = new ArrayList<>();
        Truths truths = Truths.of(truth, LabelRule.of(List.of("0", "2:1", "4:2"), List.of("7")));
        truths.listen(told::add);
        Evaluation e = Evaluation.folders(pred, truths, List.of(), Scoring.DEFAULT);
        assertEquals(
                List.of("the numbers in the predictions are taken for classes, as predict writes them: 2 is class 2, although in the truth it is "
                        + "class 1; if they mean the same as there, give --classes 0,2,4,7:ignore"),
                told);
        assertEquals(0, e.mean(Metric.DICE, 2));
        Evaluation same = Evaluation.folders(pred, Truths.of(truth, LabelRule.of(List.of("0", "2", "4", "7:ignore"), List.of())), List.of(),
                Scoring.DEFAULT);
        assertEquals(1, same.mean(Metric.DICE, 2));
        Nifti.write(pred.resolve("a.nii.gz"), new LabelVolume(GRID, new byte[]{0, 1, 2, 0}));
        told.clear();
        assertEquals(1, Evaluation.folders(pred, truths, List.of(), Scoring.DEFAULT).mean(Metric.DICE, 2));
        assertEquals(List.of(), told, "1 is not in the truth");
    }

    /// A tool may store the same voxels with an axis reversed.
    @ParameterizedTest
    @EnumSource(Convention.class)
    void theOrderOfVoxelsDoesNotMatter(Convention convention) {
        Geometry one = Geometry.of(3, 2, 2, new double[][]{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 2, 0}});
        Geometry back = Geometry.of(3, 2, 2, new double[][]{{-1, 0, 0, 2}, {0, 1, 0, 0}, {0, 0, 2, 0}});
        LabelVolume truth = new LabelVolume(one, new byte[]{1, 1, 0, 0, 1, 2, 0, 0, 2, 2, 0, 0});
        LabelVolume prediction = new LabelVolume(back, new byte[]{0, 1, 1, 2, 1, 0, 2, 0, 0, 0, 0, 2});
        CaseScores scores = CaseScores.of("a", prediction, truth, new Scoring(convention, 2));
        assertEquals(List.of(1.0, 1.0), List.of(scores.score(Metric.DICE, 1), scores.score(Metric.DICE, 2)));
    }

    @Test
    void foldersArePairedByName() throws IOException {
        Path pred = Files.createDirectory(folder.resolve("pred")), truth = Files.createDirectory(folder.resolve("truth"));
        assertEquals(pred + ": there is no label file in it (" + Volumes.KINDS + ")", refused(() -> Evaluation.folders(pred, truth, List.of())));
        for (String name : List.of("a", "b", "c"))
            Nifti.write(truth.resolve(name + ".nii.gz"), new LabelVolume(GRID, new byte[]{1, 1, 2, 0}));
        Nifti.write(pred.resolve("b.nii"), new LabelVolume(GRID, new byte[]{1, 0, 2, 3}));

        Evaluation e = Evaluation.folders(pred, truth, List.of("background", "left"));
        assertEquals(List.of("b"), e.cases().stream().map(CaseScores::name).toList());
        assertEquals(List.of("a", "c"), e.missing());
        assertEquals(List.of("background", "left", "class 2", "class 3"), e.classNames());
        assertEquals((2 / 3.0 + 1 + 0) / 3, e.mean(Metric.DICE), 1e-15);

        assertEquals(List.of(), Evaluation.folders(pred, Truths.of(truth, LabelRule.NONE), List.of(), Scoring.DEFAULT, List.of("b")).missing());
        List<String> wanted = List.of("c", "b", "a");
        assertEquals(pred + ": there is no prediction of a, c", refused(() -> Evaluation.folders(pred, Truths.of(truth, LabelRule.NONE),
                List.of(), Scoring.DEFAULT, wanted)));
        Nifti.write(pred.resolve("d.nii"), new LabelVolume(GRID, new byte[4]));
        assertEquals(truth + ": there is no truth for d", refused(() -> Evaluation.folders(pred, truth, List.of())));
        assertTrue(refused(() -> Evaluation.folders(pred.resolve("absent"), truth, List.of())).contains("there is no such folder"));
    }

    /// As in nnU-Net, each region is scored as the union of its numbers, in prediction and truth, in the order of `dataset.json`.
    @Test
    void regionsAreScoredAsUnions() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data")), pred = Files.createDirectory(folder.resolve("pred"));
        for (String part : List.of("imagesTr", "labelsTr")) Files.createDirectory(data.resolve(part));
        Files.writeString(data.resolve("dataset.json"),
                """
            {"labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}, "regions_class_order": [1, 2, 3]}""");
        Geometry line = Geometry.of(8, 1, 1, 1, 1, 1);
        Nifti.write(data.resolve("imagesTr/a_0000.nii"), new Volume(line, new float[8]));
        Nifti.write(data.resolve("labelsTr/a.nii"), new LabelVolume(line, new byte[]{0, 1, 1, 2, 2, 3, 4, 0}));
        Nifti.write(pred.resolve("a.nii"), new LabelVolume(line, new byte[]{1, 1, 2, 2, 3, 3, 3, 0}));
        for (Path truth : List.of(data, data.resolve("labelsTr"))) {
            Evaluation e = Evaluation.folders(pred, truth, List.of());
            assertEquals(List.of("background", "whole", "core", "enhancing"), e.classNames());
            assertEquals(new Counts(5, 1, 0), e.cases().getFirst().of(1).counts());
            assertEquals(new Counts(3, 1, 0), e.cases().getFirst().of(2).counts());
            assertEquals(new Counts(1, 1, 0), e.cases().getFirst().of(3).counts());
            assertEquals((10 / 11.0 + 6 / 7.0 + 2 / 3.0) / 3, e.mean(Metric.DICE), 1e-15);
            assertEquals(1, e.mean(Metric.HD95, 1), 0.3, "the surface of the union, not of its parts");
        }
        LabelCoding coding = Dataset.open(data).coding();
        assertEquals(coding, LabelCoding.of(coding.json()));
        assertEquals("0 is background, 1 is whole, 2 is whole + core, 3 is whole + core + enhancing, 4 is ignored; regions of these classes are "
                + "scored: whole (1 + 2 + 3), core (2 + 3), enhancing (3)", coding.toString());
        assertEquals("there is no class 2, of which the region \"r\" consists, among [background, x]",
                refused(() -> new LabelCoding(List.of("background", "x"), new TreeMap<>(), false, List.of(new LabelRegion("r",
                        new TreeSet<>(List.of(2)))))));
    }

    @Test
    void predictionAndTruthMustLieOnTheSameGrid() {
        LabelVolume moved = new LabelVolume(Geometry.of(4, 1, 1, new double[][]{{1, 0, 0, 9}, {0, 1, 0, 0}, {0, 0, 1, 0}}), new byte[4]);
        assertEquals("x: truth and prediction do not lie on the same grid, but have corners that lie 9.0 mm apart",
                refused(() -> CaseScores.of("x", moved, new LabelVolume(GRID, new byte[4]))));
        assertTrue(refused(() -> CaseScores.of("x", labels(0, 0), labels(0, 0, 0))).contains("3 × 1 × 1 voxels against 2 × 1 × 1"));
    }

    private static String refused(org.junit.jupiter.api.function.Executable executable) {
        return String.valueOf(assertThrows(FormatException.class, executable).getMessage());
    }
}
