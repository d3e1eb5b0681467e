package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.testkit.NiftiBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitTest {
    @TempDir
    private Path folder;

    private static List<Case> cases(int n) {
        return IntStream.range(0, n).mapToObj(i -> new Case("c" + i, Path.of("i"), Path.of("l"))).toList();
    }

    private static List<Case> frames(int patients) {
        return IntStream.range(0, 2 * patients)
                .mapToObj(i -> new Case("p%03d_f%d".formatted(i / 2, i % 2), "p%03d".formatted(i / 2), List.of(Path.of("i")), Path.of("l"))).toList();
    }

    @Test
    void sharesAreSeventyFifteenFifteen() {
        int[][] expected = {{1, 1, 0, 0}, {2, 1, 0, 1}, {3, 1, 1, 1}, {10, 6, 2, 2}, {39, 27, 6, 6}, {100, 70, 15, 15}};
        for (int[] e : expected) {
            Split split = Split.draw(cases(e[0]), 1);
            assertEquals(List.of(e[1], e[2], e[3]), List.of(split.train().size(), split.val().size(), split.test().size()));
        }
    }

    @Test
    void theSameSeedGivesTheSameSplitForEver() {
        Split split = Split.draw(cases(10), 1);
        Split workedOutElsewhere = new Split(List.of("c4", "c2", "c8", "c1", "c9", "c3"), List.of("c0", "c6"), List.of("c7", "c5"));
        assertEquals(workedOutElsewhere, split);
        assertEquals(split, Split.draw(cases(10).reversed(), 1));
        assertNotEquals(split, Split.draw(cases(10), 2));
    }

    @Test
    void everyCaseIsOnOneSideAndPatientsStayTogether() {
        List<Case> cases = frames(20);
        for (int seed = 0; seed < 50; seed++) {
            Split split = Split.draw(cases, seed);
            split.check(cases);
            Set<String> all = new HashSet<>(split.train());
            all.addAll(split.val());
            all.addAll(split.test());
            assertEquals(40, all.size());
            assertEquals(List.of(28, 6, 6), List.of(split.train().size(), split.val().size(), split.test().size()));
        }
    }

    @Test
    void everyPatientIsDrawnForTestingAboutEquallyOften() {
        int[] drawn = new int[20];
        for (int seed = 0; seed < 2000; seed++)
            for (String name : Split.draw(cases(20), seed).test()) drawn[Integer.parseInt(name.substring(1))]++;
        for (int n : drawn) assertTrue(n > 220 && n < 380, "300 expected, drawn " + n + " times");
    }

    @Test
    void theFirstPatientsOfTrainAreTheLabelledOnes() {
        List<Case> cases = frames(10);
        Split split = Split.draw(cases, 7), two = split.labelled(2, cases);
        assertEquals(split.train().subList(0, 4), two.train());
        assertEquals(split.test(), two.test());
        assertEquals(split, split.labelled(6, cases));
        assertEquals("there are 1 to 6 labelled patients to train on, not 7", message(() -> split.labelled(7, cases)));
        assertEquals("there are 1 to 6 labelled patients to train on, not 0", message(() -> split.labelled(0, cases)));
    }

    @Test
    void whatIsWrittenIsRead() {
        List<Case> cases = cases(12);
        Split split = Split.draw(cases, 3);
        split.write(folder.resolve("split.json"));
        assertEquals(split, Split.read(folder.resolve("split.json"), cases));
    }

    @Test
    void valMayBeLeftOut() {
        assertEquals(new Split(List.of("c1", "c0"), List.of(), List.of("c2")), read("{\"train\": [\"c1\", \"c0\"], \"test\": [\"c2\"]}"));
    }

    @Test
    void aFaultySplitIsOneSentence() {
        List<String> faults = new ArrayList<>();
        for (String text : List.of(
                "{\"train\": [\"c0\"], \"test\": [\"c9\"]}",
                "{\"train\": [\"c0\", \"c0\"], \"test\": []}",
                "{\"train\": [\"c0\"], \"val\": [\"c0\"], \"test\": []}",
                "{\"train\": [\"c0\"], \"val\": [\"c1\"], \"test\": [\"c2\", \"c1\"]}",
                "{\"train\": [], \"test\": [\"c2\"]}"))
            faults.add(message(() -> read(text)));
        Path file = folder.resolve("split.json");
        assertEquals(List.of(
                file + ": it lists \"c9\" in test, and the dataset has no such case",
                file + ": it lists \"c0\" twice in train",
                file + ": it lists \"c0\" in both train and val",
                file + ": it lists \"c1\" in both val and test",
                file + ": it has no case to train on"), faults);
        for (String text : List.of("", "[]", "{\"train\": [\"c0\"]}", "{\"train\": \"c0\", \"test\": []}",
                "{\"train\": [0], \"test\": []}"))
            assertTrue(message(() -> read(text)).startsWith(file.toString()));
        assertEquals("it has no case to train on", message(() -> Split.draw(List.of(), 1)));
    }

    @Test
    void everyPatientIsTestedOnceInACrossValidation() {
        for (int patients = 2; patients <= 23; patients++) for (int folds = 2; folds <= patients; folds++) {
            List<Case> cases = frames(patients);
            List<String> tested = new ArrayList<>();
            for (Split split : Split.crossValidation(cases, folds, patients)) {
                split.check(cases);
                assertEquals(2 * patients, split.train().size() + split.val().size() + split.test().size());
                assertTrue(split.test().size() / 2 - patients / folds <= 1, patients + " patients in " + folds + " folds: " + split);
                assertEquals(patients > 2 && split.test().size() < 2 * patients - 2, !split.val().isEmpty());
                tested.addAll(split.test());
            }
            tested.sort(null);
            assertEquals(cases.stream().map(Case::name).toList(), tested, patients + " patients in " + folds + " folds");
        }
    }

    @Test
    void theFoldsOfASeedAreTheSameForEver() {
        List<Split> folds = Split.crossValidation(cases(7), 3, 1);
        List<Split> workedOutElsewhere = List.of(new Split(List.of("c2", "c6", "c0", "c1"), List.of("c5"), List.of("c3", "c4")),
                new Split(List.of("c0", "c1", "c3", "c4"), List.of("c6"), List.of("c5", "c2")), new Split(List.of("c4", "c5", "c2"), List.of("c3"),
                        List.of("c6", "c0", "c1")));
        assertEquals(workedOutElsewhere, folds);
        assertEquals(folds, Split.crossValidation(cases(7).reversed(), 3, 1));
        assertNotEquals(folds, Split.crossValidation(cases(7), 3, 2));
        assertEquals("there are 2 to 7 folds of 7 patients, not 1", message(() -> Split.crossValidation(cases(7), 1, 1)));
        assertEquals("there are 2 to 7 folds of 7 patients, not 8", message(() -> Split.crossValidation(cases(7), 8, 1)));
    }

    @Test
    void thePapersFiveSplitsAreShuffledEachByItself() {
        List<Case> cases = frames(100);
        List<Split> splits = Split.paper(cases, 1);
        assertEquals(5, new HashSet<>(splits).size());
        Set<String> tested = new HashSet<>();
        for (Split split : splits) {
            split.check(cases);
            assertEquals(List.of(140, 30, 30), List.of(split.train().size(), split.val().size(), split.test().size()));
            tested.addAll(split.test());
        }
        assertTrue(tested.size() > 80 && tested.size() < 150, tested.size()
                + " of 200 cases tested, and a cross-validation would test 150");
        assertEquals(splits, Split.paper(cases, 1));
    }

    @Test
    void foldsThatAreWrittenAreRead() {
        List<Case> cases = frames(6);
        Path file = folder.resolve("folds.json");
        List<Split> folds = Split.crossValidation(cases, 3, 4);
        Split.write(file, folds);
        assertEquals(3, Split.folds(file));
        for (int fold = 0; fold < 3; fold++) assertEquals(folds.get(fold), Split.read(file, fold, cases));
        assertEquals(file + ": it has 3 folds; say which one, from 0", message(() -> Split.read(file, cases)));
        assertEquals(file + ": it has 3 folds, from 0, and none is 3", message(() -> Split.read(file, 3, cases)));
        Split.write(file, folds.subList(0, 1));
        assertEquals(folds.getFirst(), Split.read(file, cases));
        folds.getFirst().write(file);
        assertEquals(1, Split.folds(file));
        assertEquals(folds.getFirst(), Split.read(file, 0, cases));
        assertEquals(file + ": it has one fold, 0, and none is 1", message(() -> Split.read(file, 1, cases)));
    }

    @Test
    void theFoldsOfNnUnetHaveNoTest() throws IOException {
        Path file = folder.resolve("splits_final.json");
        Files.writeString(file, "[{\"train\": [\"c0\", \"c1\"], \"val\": [\"c2\"]}, {\"train\": [\"c2\"], \"val\": [\"c0\", \"c1\"]}]");
        assertEquals(new Split(List.of("c2"), List.of("c0", "c1"), List.of()), Split.read(file, 1, cases(3)));
        Files.writeString(file, "[]");
        assertEquals(file + ": it lists no split", message(() -> Split.read(file, cases(3))));
    }

    @Test
    @Tag("hostile")
    void mutantsOfASplitAreReadOrRefused() {
        byte[] good = "[{\"train\": [\"c0\", \"c1\"], \"val\": []}, {\"train\": [\"c2\"], \"test\": [\"c0\", \"c1\"]}]"
                .getBytes(StandardCharsets.UTF_8);
        int refused = Mutants.survive(Mutants.of(good, 12, Mutants.COUNT), bytes -> Split.read(NiftiBytes.write(folder.resolve("s.json"),
                bytes),
                1, cases(3)));
        assertTrue(refused > Mutants.COUNT / 2 && refused < Mutants.COUNT, refused + " refused");
    }

    @Test
    void aLeakThatIsPlantedInAFoldIsFound() throws IOException {
        List<Case> cases = frames(8);
        Path file = folder.resolve("folds.json");
        Split.write(file, Split.crossValidation(cases, 4, 1));
        Split third = Split.read(file, 2, cases);
        String leaked = third.test().getFirst(), trained = third.train().getFirst();
        Files.writeString(file, Files.readString(file).replace(leaked, "?").replace(trained, leaked).replace("?", trained));
        String says = message(() -> Split.read(file, 2, cases));
        assertTrue(says.matches(Pattern.quote(file + ": in fold 2 it has patient \"p00") + ".\" in both train and test"), says);
    }

    @Test
    void aPatientOnTwoSidesIsALeak() {
        Split leak = new Split(List.of("p000_f0"), List.of(), List.of("p001_f0", "p000_f1"));
        assertEquals("it has patient \"p000\" in both train and test", message(() -> leak.check(frames(2))));
    }

    private Split read(String json) {
        try {
            Files.writeString(folder.resolve("split.json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Split.read(folder.resolve("split.json"), cases(3));
    }

    private static String message(org.junit.jupiter.api.function.Executable executable) {
        return String.valueOf(assertThrows(FormatException.class, executable).getMessage());
    }
}
