package dev.samovar.models.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.imaging.Palette;
import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaskOverlayTest {
    private static final int HEIGHT = 20, WIDTH = 30;

    @Test
    void aMaskIsFilledAndHasAContour() {
        BufferedImage drawn = MaskOverlay.of(grey(100), List.of(box(5, 4, 14, 12)));
        assertEquals(0x646464, rgb(drawn, 4, 8), "beside it");
        assertEquals(Palette.rgb(1), rgb(drawn, 5, 8), "on its edge");
        assertEquals(Palette.rgb(1), rgb(drawn, 14, 12), "in its corner");
        assertEquals(Palette.mixed(0x646464, Palette.rgb(1), 0.4), rgb(drawn, 6, 8), "in it");
        assertEquals(0x646464, rgb(drawn, 15, 8));
    }

    @Test
    void smallMasksLieOnLargeOnesWhateverTheirOrder() {
        Rle large = box(0, 0, 29, 19), small = box(10, 5, 20, 15), empty = new Rle(HEIGHT, WIDTH, HEIGHT * WIDTH);
        BufferedImage drawn = MaskOverlay.of(grey(0), List.of(small, empty, large));
        assertEquals(Palette.rgb(1), rgb(drawn, 10, 10));
        assertEquals(Palette.rgb(3), rgb(drawn, 0, 10));
        assertEquals(Palette.mixed(Palette.mixed(0, Palette.rgb(3), 0.4), Palette.rgb(1), 0.4), rgb(drawn, 15, 10));
    }

    @Test
    void coloursAreShownAndThoseOfMasksBeginAnew() {
        float[] pixels = new float[3 * HEIGHT * WIDTH];
        pixels[0] = 255;
        pixels[HEIGHT * WIDTH + 1] = 300;
        pixels[2 * HEIGHT * WIDTH + 2] = 127.6f;
        List<Rle> masks = Collections.nCopies(256, box(5, 5, 5, 5));
        BufferedImage drawn = MaskOverlay.of(new Picture(3, HEIGHT, WIDTH, pixels), masks);
        assertArrayEquals(new int[]{0xFF0000, 0x00FF00, 0x000080, 0},
                new int[]{rgb(drawn, 0, 0), rgb(drawn, 1, 0), rgb(drawn, 2, 0), rgb(drawn, 3, 0)});
        assertEquals(Palette.rgb(1), rgb(drawn, 5, 5));
    }

    @Test
    void aLargePictureHasAThickerContour() {
        BufferedImage drawn = MaskOverlay.of(new Picture(1, 10, 1000, new float[10000]), List.of(new Rle(10, 1000, 0, 10000)));
        assertEquals(Palette.rgb(1), rgb(drawn, 500, 1));
        assertEquals(Palette.mixed(0, Palette.rgb(1), 0.4), rgb(drawn, 500, 2));
    }

    @Test
    void aMaskOfAnotherSizeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> MaskOverlay.of(grey(0), List.of(new Rle(HEIGHT, WIDTH + 1, HEIGHT * (WIDTH
                + 1)))));
    }

    private static Picture grey(int level) {
        float[] pixels = new float[HEIGHT * WIDTH];
        Arrays.fill(pixels, level);
        return new Picture(1, HEIGHT, WIDTH, pixels);
    }

    private static Rle box(int x0, int y0, int x1, int y1) {
        boolean[] pixels = new boolean[HEIGHT * WIDTH];
        for (int y = y0; y <= y1; y++) for (int x = x0; x <= x1; x++) pixels[y * WIDTH + x] = true;
        return Rle.of(new Mask(HEIGHT, WIDTH, pixels));
    }

    private static int rgb(BufferedImage picture, int x, int y) {
        return picture.getRGB(x, y) & 0xFFFFFF;
    }
}
