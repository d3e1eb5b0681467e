package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComponentsTest {
    @Test
    void whatTouchesAtACornerIsOnePiece() {
        Components pieces = Components.of(mask("#.#", ".#.", "...", "..#"));
        assertEquals(2, pieces.count());
        assertArrayEquals(new int[]{1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 2}, pieces.instances());
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
        assertArrayEquals(new int[]{0, 0, 0, 2, 1, 0, 0, 0}, Components.of(mask("...#", "#...")).instances());
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
