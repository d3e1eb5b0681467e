package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Geometry;
import dev.samovar.models.data.LabelVolume;
import dev.samovar.models.data.Nifti;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                assertEquals(new Counts(both.size(), a.size() - both.size(), b.size() - both.size()), scores.of(c));
                assertEquals(either.isEmpty(), scores.of(c).isEmpty());
                assertEquals(either.isEmpty() ? Double.NaN : 2.0 * both.size() / (a.size() + b.size()), scores.of(c).dice());
                assertEquals(either.isEmpty() ? Double.NaN : (double) both.size() / either.size(), scores.of(c).iou());
            }
        }
    }

    @Test
    void classesUpTo255AreCounted() {
        assertEquals(new Counts(1, 0, 1), CaseScores.of("x", labels(255, 0), labels(255, 255)).of(255));
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
        assertEquals(2 / 3.0, both.mean(Metric.DICE), 1e-15, "the background is not part of it, nor a class that is in neither");
    }

    @Test
    void nothingToScoreIsNoScore() {
        CaseScores empty = CaseScores.of("a", labels(0, 0), labels(0, 0));
        assertTrue(Double.isNaN(empty.mean(Metric.DICE)));
        assertTrue(Double.isNaN(Evaluation.of(List.of(empty)).mean(Metric.DICE)));
        assertThrows(IllegalArgumentException.class, () -> Evaluation.of(List.of()));
    }

    @Test
    void theTableIsForPeople() {
        CaseScores first = CaseScores.of("first", labels(1, 1, 0, 0), labels(1, 0, 0, 0));
        CaseScores second = CaseScores.of("second", labels(1, 2, 2, 0), labels(1, 2, 2, 2));
        Evaluation e = new Evaluation(List.of("background", "anterior", "posterior"), List.of(first, second), List.of("third"));
        assertEquals("""
                        Dice                          IoU
            case    anterior  posterior    mean  anterior  posterior    mean
            first     0.6667        n/a  0.6667    0.5000        n/a  0.5000
            second    1.0000     0.8000  0.9000    1.0000     0.6667  0.8333
            mean      0.8333     0.8000  0.8167    0.7500     0.6667  0.7083
            n/a in         0          1                 0          1
            n/a: neither the prediction nor the truth contains the class; such a case is not part of that class's mean.
            The last mean is that of the classes' means, not of the cases'.
            No prediction, and so not part of any mean: 1 of 3 cases (third).
            """, e.table());
    }

    @Test
    void csvHasOneLinePerScore() {
        CaseScores scores = CaseScores.of("a \"b\"", labels(1, 1, 0, 0), labels(1, 0, 0, 0));
        Evaluation e = new Evaluation(List.of("background", "left, upper", "x"), List.of(scores), List.of());
        assertEquals("""
            case,class,name,dice,iou,tp,fp,fn
            "a ""b\""",1,"left, upper",0.6666666666666666,0.5,1,1,0
            "a ""b\""",2,x,,,0,0,0
            "a ""b\""",,mean,0.6666666666666666,0.5,,,
            mean,1,"left, upper",0.6666666666666666,0.5,,,
            mean,2,x,,,,,
            mean,,mean,0.6666666666666666,0.5,,,
            """, e.csv());
    }

    @Test
    void jsonHasEverything() {
        CaseScores scores = CaseScores.of("one", labels(1, 1, 0, 0), labels(1, 0, 0, 0));
        Evaluation e = new Evaluation(List.of("background", "a", "b"), List.of(scores), List.of("two"));
        Json json = Json.parse(e.json().pretty(), "text");
        assertEquals(e.json(), json);
        assertEquals(List.of("two"), json.at("missing").strings());
        Json one = json.at("cases").list().getFirst(), a = one.at("classes").list().get(0), b = one.at("classes").list().get(1);
        assertEquals("one", one.at("name").string());
        assertEquals(2 / 3.0, a.at("dice").number());
        assertEquals(List.of(1, 1, 0), List.of(a.at("tp").integer(), a.at("fp").integer(), a.at("fn").integer()));
        assertFalse(b.has("dice"), "null");
        assertEquals(1, json.at("mean").at("classes").list().get(1).at("absent").integer());
        assertEquals(0.5, json.at("mean").at("iou").number());
    }

    @Test
    void foldersArePairedByName() throws IOException {
        Path pred = Files.createDirectory(folder.resolve("pred")), truth = Files.createDirectory(folder.resolve("truth"));
        assertEquals(pred + ": there is no NIfTI file in it", refused(() -> Evaluation.folders(pred, truth, List.of())));
        for (String name : List.of("a", "b", "c"))
            Nifti.write(truth.resolve(name + ".nii.gz"), new LabelVolume(GRID, new byte[]{1, 1, 2, 0}));
        Nifti.write(pred.resolve("b.nii"), new LabelVolume(GRID, new byte[]{1, 0, 2, 3}));

        Evaluation e = Evaluation.folders(pred, truth, List.of("background", "left"));
        assertEquals(List.of("b"), e.cases().stream().map(CaseScores::name).toList());
        assertEquals(List.of("a", "c"), e.missing());
        assertEquals(List.of("background", "left", "class 2", "class 3"), e.classNames());
        assertEquals((2 / 3.0 + 1 + 0) / 3, e.mean(Metric.DICE), 1e-15);

        assertEquals(List.of(), Evaluation.folders(pred, truth, List.of(), List.of("b")).missing());
        List<String> wanted = List.of("c", "b", "a");
        assertEquals(pred + ": there is no prediction of a, c", refused(() -> Evaluation.folders(pred, truth, List.of(), wanted)));
        Nifti.write(pred.resolve("d.nii"), new LabelVolume(GRID, new byte[4]));
        assertEquals(truth + ": there is no truth for d", refused(() -> Evaluation.folders(pred, truth, List.of())));
        assertTrue(refused(() -> Evaluation.folders(pred.resolve("absent"), truth, List.of())).contains("there is no such folder"));
    }

    @Test
    void predictionAndTruthMustLieOnTheSameGrid() {
        LabelVolume moved = new LabelVolume(Geometry.of(4, 1, 1, new double[][]{{1, 0, 0, 9}, {0, 1, 0, 0}, {0, 0, 1, 0}}), new byte[4]);
        assertEquals("x: prediction and truth do not lie on the same grid, but have corners that lie 9.0 mm apart",
                refused(() -> CaseScores.of("x", moved, new LabelVolume(GRID, new byte[4]))));
        assertTrue(refused(() -> CaseScores.of("x", labels(0, 0), labels(0, 0, 0))).contains("2 × 1 × 1 voxels against 3 × 1 × 1"));
    }

    private static String refused(org.junit.jupiter.api.function.Executable executable) {
        return String.valueOf(assertThrows(FormatException.class, executable).getMessage());
    }
}
