package dev.samovar.models.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ObjectStudyTest {
    private static final PromptSettings SETTINGS = new PromptSettings(Protocol.all(), 4, List.of(2, 5), 2, 1, 8, 0.88, 0.95, 1);

    /// Answers every prompt with masks of one list, and keeps the prompts.
    private static final class Told implements Asked {
        final List<Prompt> prompts = new ArrayList<>();
        private final List<Candidate> answers;

        Told(Mask... masks) {
            answers = new ArrayList<>();
            for (Mask mask : masks) answers.add(new Candidate(mask, 0.5f + 0.1f * answers.size(), new Prompt.LowRes(1, new float[1])));
        }

        @Override
        public List<Candidate> ask(Prompt prompt, boolean multimask) {
            prompts.add(prompt);
            return multimask ? answers : answers.subList(0, 1);
        }
    }

    private static List<PromptScore> scores(Asked picture, Mask truth, PromptSettings settings) {
        return ObjectStudy.scores(picture, truth, truth, Drawn.of(truth.height(), truth.width(), (_, _) -> false), settings, "a case", List::of);
    }

    private static PromptScore one(List<PromptScore> scores, Protocol protocol, int step, Choice choice) {
        return scores.stream().filter(s -> s.protocol() == protocol && s.step() == step && s.choice() == choice).findFirst().orElseThrow();
    }

    @Test
    void theOracleTheNetworkAndTheOrderChooseEachTheirOwn() {
        Mask truth = Drawn.of(10, 10, (x, y) -> x < 4 && y < 4), half = Drawn.of(10, 10, (x, y) -> x < 2 && y < 4), nothing = Drawn.of(10,
                10, (_, _) -> false);
        List<PromptScore> scores = scores(new Told(half, truth, nothing), truth, SETTINGS);
        assertEquals(2.0 / 3, one(scores, Protocol.BOX_ALL, 0, Choice.FIRST).dice(), 1e-15);
        assertEquals(0.5, one(scores, Protocol.BOX_ALL, 0, Choice.FIRST).iou(), 1e-15);
        assertEquals(1, one(scores, Protocol.BOX_ALL, 0, Choice.ORACLE).dice());
        assertEquals(0, one(scores, Protocol.BOX_ALL, 0, Choice.PREDICTED).dice(), "the network rates the third highest");
        assertEquals(0.7, one(scores, Protocol.BOX_ALL, 0, Choice.PREDICTED).predicted(), 1e-7);
        assertEquals(0, one(scores, Protocol.EVERYTHING, 0, Choice.ORACLE).dice(), "no automatic mask: nothing was found");
    }

    /// Ignored pixels are in no score, and no click corrects them, whatever the answer is there.
    @Test
    void whatIsIgnoredIsInNoScore() {
        Mask truth = Drawn.of(10, 10, (x, y) -> x < 4 && y < 4), ignored = Drawn.of(10, 10, (x, _) -> x > 5), more = Drawn.of(10, 10,
                (x, y) -> x > 5 || (x < 4 && y < 4));
        Told told = new Told(more, more, more);
        for (PromptScore score : ObjectStudy.scores(told, truth, truth, ignored, SETTINGS, "a case", List::of))
            if (score.protocol() != Protocol.EVERYTHING) assertEquals(1, score.dice(), score.toString());
        for (PromptScore score : scores(new Told(more, more, more), truth, SETTINGS))
            if (score.protocol() != Protocol.EVERYTHING) assertTrue(score.dice() < 0.6, score.toString());
    }

    @Test
    void promptsOfAnObjectInThreePiecesAreThoseOfThePapers() {
        Mask truth = Drawn.of(12, 24, (x, y) -> (x < 5 && y < 5) || (x >= 8 && x < 11 && y < 3) || (x == 20 && y == 11));
        assertEquals(List.of(Prompt.click(2, 2)), asked(truth, Protocol.CLICK));
        assertEquals(List.of(Prompt.points(new Prompt.Point(2, 2, 1), new Prompt.Point(9, 1, 1), new Prompt.Point(20, 11, 1))), asked(truth,
                Protocol.CLICKS));
        assertEquals(List.of(Prompt.box(0, 0, 4, 4)), asked(truth, Protocol.BOX));
        assertEquals(List.of(Prompt.box(0, 0, 4, 4), Prompt.box(8, 0, 10, 2), Prompt.box(20, 11, 20, 11)), asked(truth, Protocol.BOXES));
        assertEquals(List.of(Prompt.box(0, 0, 20, 11)), asked(truth, Protocol.BOX_ALL));
        assertEquals(1, ((Prompt.Points) asked(truth, Protocol.POINT).getFirst()).points().size());
        List<Prompt.Point> both = ((Prompt.Points) asked(truth, Protocol.POINTS_BESIDE).getFirst()).points();
        assertEquals(List.of(1, 1, 1, 1, 1, 0, 0, 0, 0, 0), both.stream().map(Prompt.Point::label).toList());
    }

    private static List<Prompt> asked(Mask truth, Protocol protocol) {
        var told = new Told(truth);
        scores(told, truth, new PromptSettings(List.of(protocol), 4, List.of(2), 1, 1, 8, 0.88, 0.95, 1));
        return told.prompts;
    }

    /// The published loop: every round adds one click and gives all clicks together, without a mask, until nothing is wrong.
    @Test
    void clicksAddUpUntilNothingIsWrong() {
        Mask truth = Drawn.of(9, 9, (x, y) -> x < 6 && y < 6), empty = Drawn.of(9, 9, (_, _) -> false);
        Asked third = (prompt, _) -> {
            int clicks = ((Prompt.Points) prompt).points().size();
            return List.of(new Candidate(clicks < 3 ? empty : truth, 1, new Prompt.LowRes(1, new float[1])));
        };
        var counting = new ArrayList<Integer>();
        Asked counted = (prompt, multimask) -> {
            counting.add(((Prompt.Points) prompt).points().size());
            return third.ask(prompt, multimask);
        };
        List<PromptScore> scores = scores(counted, truth, new PromptSettings(List.of(Protocol.INTERACTIVE), 6, List.of(2), 1, 1, 8, 0.88,
                0.95, 1));
        assertEquals(List.of(1, 2, 3, 1, 2, 3, 1, 2, 3), counting);
        assertEquals(List.of(0.0, 0.0, 1.0, 1.0, 1.0, 1.0), scores.stream().filter(s -> s.choice() == Choice.FIRST).map(PromptScore::dice).toList());
    }

    @Test
    void correctionsTakeTheLastMaskAlong() {
        Mask truth = Drawn.of(9, 9, (x, y) -> x < 6 && y < 6), half = Drawn.of(9, 9, (x, y) -> x < 3 && y < 6);
        var told = new Told(half);
        scores(told, truth, new PromptSettings(List.of(Protocol.BOX_CORRECTIONS), 2, List.of(2), 1, 1, 8, 0.88, 0.95, 1));
        assertEquals(new Prompt.Combination(null, Prompt.box(0, 0, 5, 5), null), told.prompts.getFirst());
        var second = (Prompt.Combination) told.prompts.get(1);
        assertEquals(Prompt.box(0, 0, 5, 5), second.box());
        assertTrue(second.mask() != null && second.points() != null && second.points().points().getFirst().x() >= 3);
        assertEquals(3, told.prompts.size());
    }

    /// Objects are one pixel, at borders, or as large as the picture; the answers are empty, full or random masks.
    @Test
    void nothingCrashesAndEveryScoreIsAShare() {
        for (int seed = 0; seed < 60; seed++) {
            var random = new SplittableRandom(seed);
            int h = 1 + random.nextInt(12), w = 1 + random.nextInt(12), kind = random.nextInt(4), px = random.nextInt(w), py = random.nextInt(h);
            Mask truth = Drawn.of(h, w, (x, y) -> (x == px && y == py) || kind == 3 || (kind == 1 && (x == 0 || y == 0)) || (kind == 2
                    && random.nextInt(3) == 0));
            Asked anything = (prompt, multimask) -> {
                List<Candidate> answers = new ArrayList<>();
                for (int m = 0; m < (multimask ? 3 : 1); m++) {
                    int fill = random.nextInt(4);
                    answers.add(new Candidate(Drawn.of(h, w, (_, _) -> fill == 0 || (fill > 1 && random.nextInt(fill) == 0)),
                            random.nextInt(9) == 0 ? Float.NaN : (float) random.nextDouble(), new Prompt.LowRes(1, new float[1])));
                }
                Prompt.Combination all = Prompt.Combination.of(prompt);
                if (all.points() != null)
                    for (Prompt.Point p : all.points().points())
                        assertTrue(p.x() >= 0 && p.x() < w && p.y() >= 0 && p.y() < h, p.toString());
                return answers;
            };
            List<PromptScore> scores = scores(anything, truth, SETTINGS);
            assertFalse(scores.isEmpty());
            for (PromptScore s : scores)
                assertTrue(s.dice() >= 0 && s.dice() <= 1 && s.iou() <= s.dice() && Double.isFinite(s.predicted()), s.toString());
            assertEquals(SETTINGS.clicks(), scores.stream().filter(s -> s.protocol() == Protocol.CORRECTIONS).count());
        }
    }

    @Test
    void scoresAreReadAsTheyWereWritten() {
        PromptScore score = new PromptScore(Protocol.MOVED_BOX, 20, Choice.PREDICTED, 0.1 + 0.2, 1.0 / 3, 0.9);
        assertEquals(score, PromptScore.of(score.json()));
    }
}
