package dev.samovar.models.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.study.PromptRules.Pixel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PromptRulesTest {
    @Test
    void theDeepestPixelsAreTheReferences() throws IOException {
        Json golden;                                                               // by OpenCV
        try (var in = Objects.requireNonNull(Mask.class.getResourceAsStream("/dev/samovar/models/metrics/metrics.json"))) {
            golden = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "metrics.json").at("dt_centre");
        }
        Mask mask = Drawn.of(20, 24, (x, y) -> y >= 3 && y <= 14 && x >= 4 && x <= 19 && !(y <= 5 && x <= 7));
        assertEquals(golden.at("points_at_max_yx").list().stream().map(p -> new Pixel(p.integers()[1], p.integers()[0])).toList(),
                PromptRules.deepest(mask));
        assertEquals(golden.at("exact_points_yx").list().size(), PromptRules.deepest(mask).size());
    }

    @Test
    void beyondThePictureNothingIsOfARegion() {
        assertEquals(List.of(new Pixel(1, 1)), PromptRules.deepest(Drawn.of(3, 3, (_, _) -> true)));
        assertEquals(List.of(new Pixel(0, 0)), PromptRules.deepest(Drawn.of(3, 3, (x, y) -> x + y == 0)));
        assertEquals(List.of(), PromptRules.deepest(Drawn.of(3, 3, (_, _) -> false)));
        assertNull(PromptRules.centre(Drawn.of(3, 3, (_, _) -> false), new Random(1)));
    }

    @Test
    void tiesAreDrawnByLotAndEachCanWin() {
        Mask bar = Drawn.of(3, 9, (x, y) -> y == 1 && x > 1 && x < 6);
        assertEquals(4, PromptRules.deepest(bar).size());
        long found = LongStream.range(0, 60).mapToObj(seed -> PromptRules.centre(bar, new Random(seed, "tie"))).distinct().count();
        assertEquals(4, found);
    }

    @Test
    void aBoxEndsWithTheFirstAndTheLastPixel() {
        assertEquals(new Prompt.Box(2, 1, 5, 3), Prompt.Box.around(Drawn.of(6, 8, (x, y) -> x >= 2 && x <= 5 && y >= 1 && y <= 3)));
        assertEquals(new Prompt.Box(7, 5, 7, 5), Prompt.Box.around(Drawn.of(6, 8, (x, y) -> x == 7 && y == 5)));
    }

    @Test
    void pointsOnAnObjectAreSpreadOverItAndTheFirstIsItsCentre() {
        Mask square = Drawn.of(12, 12, (x, y) -> x >= 1 && x <= 5 && y >= 1 && y <= 5);       // 25 pixels, every fifth of which begins a row
        assertEquals(List.of(new Pixel(3, 3), new Pixel(1, 2), new Pixel(1, 3), new Pixel(1, 4), new Pixel(1, 5)), PromptRules.onObject(square, 5));
        Mask ring = Drawn.of(12, 12, (x, y) -> x >= 1 && x <= 5 && y >= 1 && y <= 5 && !(x > 1 && x < 5 && y > 1 && y < 5));
        assertEquals(new Pixel(1, 1), PromptRules.onObject(ring, 5).getFirst(), "its centre of mass is not on it");
        assertEquals(List.of(new Pixel(4, 4)), PromptRules.onObject(Drawn.of(9, 9, (x, y) -> x == 4 && y == 4), 5));
    }

    @Test
    void pointsBesideAnObjectLieInItsBoxTwiceAsLarge() {
        Mask square = Drawn.of(20, 20, (x, y) -> x >= 8 && x <= 11 && y >= 8 && y <= 11);
        List<Pixel> beside = PromptRules.besideObject(square, 5);
        assertEquals(new Pixel(6, 6), beside.getFirst());
        assertEquals(5, beside.size());
        for (Pixel p : beside) assertTrue(p.x() >= 6 && p.x() <= 13 && p.y() >= 6 && p.y() <= 13 && !square.at(p.y(), p.x()), p.toString());
        assertEquals(List.of(), PromptRules.besideObject(Drawn.of(4, 4, (_, _) -> true), 5));
    }

    @Test
    void aCorrectionGoesToTheDeepestOfAllThatIsWrong() {
        Mask truth = Drawn.of(20, 20, (x, y) -> x < 10 && y < 7), mask = Drawn.of(20, 20, (x, _) -> x < 10), other = Drawn.of(20, 20, (x,
                _) -> x < 10);
        Prompt.Point own = Objects.requireNonNull(PromptRules.correction(mask, truth, new Random(1)));
        assertTrue(own.y() >= 11 && own.y() <= 15 && (own.x() == 4 || own.x() == 5) && own.label() == Prompt.Point.BACKGROUND, own.toString());
        Prompt.Point published = Objects.requireNonNull(PromptRules.correction(mask, truth, other, new Random(1)));
        assertEquals(new Prompt.Point(own.x(), own.y(), Prompt.Point.FOREGROUND), published,
                "another class is there, so the published code clicks on the foreground");
        assertNull(PromptRules.correction(truth, truth, new Random(1)));
    }

    @Test
    void whatIsMovedStaysInThePictureAndInItsBand() {
        for (int seed = 0; seed < 200; seed++) {
            Prompt.Point moved = PromptRules.moved(new Prompt.Point(25, 20, 1), 5, 10, 40, 50, new Random(seed));
            double dx = Math.abs(moved.x() - 25), dy = Math.abs(moved.y() - 20);
            assertTrue(dx >= 5 && dx < 10 && dy >= 5 && dy < 10, moved.toString());
            Prompt.Box box = PromptRules.moved(new Prompt.Box(20, 20, 22, 22), 20, 30, 40, 50, new Random(seed));
            assertTrue(box.x0() >= 0 && box.x0() <= box.x1() && box.x1() <= 49 && box.y1() <= 39, box.toString());
        }
    }
}
