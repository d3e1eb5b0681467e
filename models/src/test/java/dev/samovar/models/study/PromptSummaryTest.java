package dev.samovar.models.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.Spearman;
import dev.samovar.models.study.ObjectProperties.Attribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptSummaryTest {
    private static final List<String> NAMES = List.of("background", "a", "b");

    private static ObjectResult result(int label, int area, double contrast, double complexity, PromptScore... scores) {
        return new ObjectResult("case", label == 2 ? "MR" : "", 3, label, new ObjectProperties(area, 1, 0.5 + 0.1 * (area % 3), contrast,
                complexity), List.of(scores));
    }

    private static PromptScore box(double dice) {
        return new PromptScore(Protocol.BOX_ALL, 0, Choice.PREDICTED, dice, dice / (2 - dice), 0.9);
    }

    private static PromptScore step(Protocol protocol, int step, double dice) {
        return new PromptScore(protocol, step, Choice.PREDICTED, dice, dice / (2 - dice), 0.9);
    }

    @Test
    void meansSpreadsAndQuartilesAreTheTextbooks() {
        List<ObjectResult> results = new ArrayList<>();
        double[] dice = {0.2, 0.4, 0.6, 0.8, 1};
        for (int i = 0; i < 5; i++) results.add(result(i < 2 ? 1 : 2, 10 + i, i * i, 5 - i, box(dice[i])));
        PromptSummary summary = PromptSummary.of(results, NAMES, AnnotationCost.Prices.PUBLISHED);
        PromptSummary.Line line = Objects.requireNonNull(summary.line(Protocol.BOX_ALL, 0, Choice.PREDICTED));
        assertEquals(0.6, line.dice(), 1e-12);
        assertEquals(Math.sqrt(0.1), line.spread(), 1e-12);
        assertEquals(List.of(0.2, 0.4, 0.6, 0.8, 1.0), line.quartiles());
        assertEquals(0.3, Objects.requireNonNull(summary.byClass().get("a")).getFirst().dice(), 1e-12);
        assertEquals(List.of("small, 10 to 10 pixels", "medium, 11 to 12 pixels", "large, 13 to 14 pixels"), List.copyOf(summary.bySize().keySet()));
        assertEquals(Set.of("MR"), summary.byModality().keySet());
        assertEquals(0.8, Objects.requireNonNull(summary.byModality().get("MR")).getFirst().dice(), 1e-12);
        double[] areas = {10, 11, 12, 13, 14}, contrasts = {0, 1, 4, 9, 16}, complexities = {5, 4, 3, 2, 1}, aspects = new double[5];
        for (int i = 0; i < 5; i++) aspects[i] = results.get(i).properties().aspect();
        PromptSummary.Correlation aspect = summary.correlations().stream().filter(c -> c.attribute() == Attribute.ASPECT).findFirst()
                .orElseThrow();
        assertEquals(Spearman.of(aspects, dice, List.of(areas, contrasts, complexities)), aspect.spearman());
        assertNotNull(summary.json());
    }

    @Test
    void anAnnotatorStopsWhereTheMaskIsGoodEnoughAndOutlinesWhatNeverIs() {
        var prices = new AnnotationCost.Prices(0.9, 2, 10, 80);
        List<ObjectResult> results = List.of(
                result(1, 10, 1, 1, step(Protocol.CORRECTIONS, 1, 0.5), step(Protocol.CORRECTIONS, 2, 0.95), step(Protocol.CORRECTIONS, 3, 0.99),
                        step(Protocol.BOX_CORRECTIONS, 0, 0.9), step(Protocol.BOX_CORRECTIONS, 1, 0.9)),
                result(1, 20, 2, 2, step(Protocol.CORRECTIONS, 1, 0.1), step(Protocol.CORRECTIONS, 2, 0.2), step(Protocol.CORRECTIONS, 3, 0.3),
                        step(Protocol.BOX_CORRECTIONS, 0, 0.1), step(Protocol.BOX_CORRECTIONS, 1, 0.92)));
        List<AnnotationCost> costs = PromptSummary.of(results, NAMES, prices).annotations();
        assertEquals(new AnnotationCost(Protocol.CORRECTIONS, 2, 2.5, 0.5, (4 + 6 + 80) / 2.0, 1 - 45 / 80.0), costs.get(0));
        assertEquals(new AnnotationCost(Protocol.BOX_CORRECTIONS, 2, 0.5, 1, (10 + 12) / 2.0, 1 - 11 / 80.0), costs.get(1));
    }

    @Test
    void propertiesAreThoseOfThePaper() {
        Mask object = Drawn.of(20, 20, (x, y) -> x >= 5 && x < 15 && y >= 5 && y < 10);
        float[] pixels = new float[400];
        for (int i = 0; i < 400; i++) pixels[i] = object.pixels()[i] ? 200 : i % 20 == 4 ? 80 : 50;
        ObjectProperties found = ObjectProperties.of(object, new Picture(1, 20, 20, pixels));
        assertEquals(50, found.area());
        assertEquals(0.5, found.aspect());
        int around = 12 * 7 - 50, left = 7;                                        // the box a pixel larger on each side
        assertEquals(200 - (80.0 * left + 50.0 * (around - left)) / around, found.contrast(), 1e-9);
        assertTrue(found.complexity() >= 1 && found.complexity() < 20);
        ObjectProperties whole = ObjectProperties.of(Drawn.of(3, 3, (_, _) -> true), new Picture(1, 3, 3, new float[9]));
        assertEquals(Double.NaN, whole.contrast());
        assertEquals(whole, ObjectProperties.of(whole.json()));
        assertEquals(found, ObjectProperties.of(found.json()));
    }

    @Test
    void everyScoreIsALineOfTheFile() {
        String csv = PromptSummary.csv(List.of(result(2, 10, Double.NaN, 1, box(0.5), box(0.25))), NAMES);
        assertEquals(3, csv.lines().count());
        assertEquals("case,MR,3,2,b,10,1,0.6,,1.0,box-all,0,predicted,0.5,0.3333333333333333,0.9", csv.lines().toList().get(1));
    }
}
