package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComponentsTest {
    @Test
    void whatTouchesAtACornerIsOnePiece() {
        Components pieces = Components.of(mask("#.#", ".#.", "...", "..#"));
        assertEquals(2, pieces.count());
        assertEquals(List.of(mask("#.#", ".#.", "...", "..."), mask("...", "...", "...", "..#")), List.of(pieces.mask(0), pieces.mask(1)));
    }

    @Test
    void theLargestComeFirstAndOfEqualOnesThoseWithTheHigherNumbers() {
        Mask mask = mask("#..#", "....", "##.#", "....");
        List<Mask> largest = Components.of(mask).largest(3);
        assertEquals(List.of(mask("....", "....", "##..", "...."), mask("....", "....", "...#", "...."), mask("...#", "....", "....",
                "....")), largest);
        assertEquals(4, Components.of(mask).count());
    }

    @Test
    void numbersFollowSquaresOfFourPixels() {
        Components pieces = Components.of(mask("...#", "#..."));
        assertEquals(List.of(mask("....", "#..."), mask("...#", "....")), List.of(pieces.mask(0), pieces.mask(1)));
    }

    @Test
    void anEmptyMaskHasNoPiece() {
        assertEquals(0, Components.of(mask("..")).count());
        assertEquals(List.of(), Components.of(mask("..")).largest(3));
    }

    private static Mask mask(String... rows) {
        String all = String.join("", rows);
        boolean[] pixels = new boolean[all.length()];
        for (int i = 0; i < pixels.length; i++) pixels[i] = all.charAt(i) == '#';
        return new Mask(rows.length, rows[0].length(), pixels);
    }
}
