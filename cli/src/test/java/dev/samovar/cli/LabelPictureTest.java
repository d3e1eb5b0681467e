package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.models.mask.Mask;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelPictureTest {
    private static Mask mask(String pixels) {
        boolean[] set = new boolean[pixels.length()];
        for (int i = 0; i < set.length; i++) set[i] = pixels.charAt(i) == '#';
        return new Mask(1, set.length, set);
    }

    @Test
    void laterMasksAreInFrontAndWhatTheyCoverIsCounted() {
        List<Mask> masks = List.of(mask("####.."), mask(".##..."), mask("....##"));
        LabelPicture labels = LabelPicture.of(6, masks, List.of(0, 1, 2));
        assertArrayEquals(new char[]{1, 2, 2, 1, 3, 3}, labels.numbers());
        assertEquals(1, labels.covered());
        assertEquals("labels.tif: a pixel has one label, and 1 mask is partly or wholly behind others; the masks' own files have all of them",
                labels.remark("labels.tif"));
        assertArrayEquals(new char[]{1, 1, 1, 1, 3, 3}, LabelPicture.of(6, masks, List.of(1, 0, 2)).numbers());
        assertEquals("", LabelPicture.of(6, List.of(masks.get(1), masks.get(2)), List.of(0, 1)).remark("labels.tif"));
    }
}
