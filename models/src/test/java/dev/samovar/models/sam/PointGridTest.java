package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class PointGridTest {
    private static final Json GOLDEN = MockClicks.golden().at("point_grid");

    @Test
    void pointsEqualTheReferences() {
        check("n=2", PointGrid.of(2).points());
        check("n=3 first5", PointGrid.of(3).points().subList(0, 5));
        assertEquals(List.of(new Prompt.Point(0.5, 0.5, Prompt.Point.FOREGROUND)), PointGrid.of(1).points());
    }

    private static void check(String name, List<Prompt.Point> points) {
        assertEquals(GOLDEN.at(name).list().stream().map(Json::numbers).map(p -> new Prompt.Point(p[0], p[1], Prompt.Point.FOREGROUND))
                .toList(), points);
    }

    @Test
    void layersHaveFewerPoints() {
        assertEquals(List.of(1024, 256, 64), PointGrid.layers(32, 2, 2).stream().map(grid -> grid.points().size()).toList());
        assertEquals(List.of(1024, 100, 9), PointGrid.layers(32, 2, 3).stream().map(grid -> grid.points().size()).toList());
        assertThrows(PromptException.class, () -> PointGrid.layers(3, 2, 2));
    }

    @Test
    void pointsBeyondThePictureAndBesideAThingAreRefused() {
        assertThrows(PromptException.class, () -> new PointGrid(List.of()));
        for (Prompt.Point p : List.of(new Prompt.Point(1.01, 0, 1), new Prompt.Point(0, -0.01, 1), new Prompt.Point(Double.NaN, 0, 1),
                new Prompt.Point(0.5, 0.5, Prompt.Point.BACKGROUND)))
            assertThrows(PromptException.class, () -> new PointGrid(List.of(p)), p.toString());
    }

    @Test
    void aPictureIsFilledToItsSize() {
        Prompt.Point last = PointGrid.of(12).over(267, 178).getLast();
        assertEquals(new Prompt.Point((1 - 1.0 / 24) * 267, (1 - 1.0 / 24) * 178, Prompt.Point.FOREGROUND), last);
    }
}
