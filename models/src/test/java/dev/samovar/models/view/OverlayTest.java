package dev.samovar.models.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Palette;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.imaging.format.Volumes;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The volume has 12 × 8 × 5 voxels, so that a slice is drawn with 20 pixels per voxel.
class OverlayTest {
    private static final Geometry GRID = Geometry.of(12, 8, 5, 1, 1, 3);
    @TempDir
    private Path folder;

    private static final int VOXEL = 20, WIDTH = 12 * VOXEL, HEIGHT = 8 * VOXEL;

    @Test
    void aPredictionIsFilledAndTheTruthOutlinedAtTheirPlaces() {
        LabelVolume prediction = box(GRID, 1, 2, 5, 4, 7, 2, 3), truth = box(GRID, 2, 7, 11, 1, 4, 2, 3);
        BufferedImage picture = drawn(black(GRID), prediction, truth, Overlay.SLICES);
        assertEquals(WIDTH, picture.getWidth());
        assertEquals(HEIGHT, picture.getHeight());
        int fill = 0;
        for (int shift = 0; shift <= 16; shift += 8) fill |= (int) Math.round(0.4 * (Palette.rgb(1) >> shift & 0xFF)) << shift;
        assertEquals(fill, at(picture, 3, 5));
        assertEquals(0, at(picture, 8, 2), "the truth is not filled");
        int row = HEIGHT - 3 * VOXEL + VOXEL / 2;                                  // in the middle of the truth's height
        assertEquals(Palette.rgb(2), rgb(picture, 7 * VOXEL, row));
        assertEquals(0, rgb(picture, 7 * VOXEL - 1, row));
        assertEquals(Palette.rgb(2), rgb(picture, 11 * VOXEL - 1, row));
        assertEquals(0, rgb(picture, 11 * VOXEL, row));
        assertEquals(0, at(picture, 0, 0));
    }

    @Test
    void theFrontIsUpAndTheRightIsRightWhateverTheOrientationOfTheFile() {
        Geometry lps = Geometry.of(12, 8, 5, new double[][]{{-1, 0, 0, 11}, {0, -1, 0, 7}, {0, 0, 3, 0}});
        LabelVolume corner = box(GRID, 1, 10, 12, 6, 8, 2, 3), same = box(lps, 1, 0, 2, 0, 2, 2, 3);   // right, in front
        BufferedImage picture = drawn(black(GRID), corner, corner, Overlay.SLICES);
        assertEquals(Palette.rgb(1), rgb(picture, WIDTH - 1, 0));
        assertEquals(0, rgb(picture, WIDTH - 1, HEIGHT - 1));
        assertArrayEquals(Pictures.png(picture), Pictures.png(drawn(black(lps), same, same, Overlay.SLICES)));
    }

    @Test
    void aVoxelThatIsTwiceAsTallIsDrawnTwiceAsTall() {
        Geometry tall = Geometry.of(12, 12, 5, 1, 2, 3);
        LabelVolume labels = box(tall, 1, 3, 6, 3, 6, 2, 3);
        BufferedImage picture = drawn(black(tall), labels, labels, Overlay.SLICES);
        assertEquals(240, picture.getHeight());
        assertEquals(120, picture.getWidth());
        assertEquals(Palette.rgb(1), rgb(picture, 30, 240 - 60 - 1));
        assertEquals(0, rgb(picture, 29, 240 - 60 - 1));
        assertEquals(0, rgb(picture, 30, 240 - 60));
    }

    @Test
    void slicesWithALabelInEitherAreShownInOrderAndTheirNumberIsInTheCorner() {
        BufferedImage two = drawn(black(GRID), box(GRID, 1, 4, 8, 2, 6, 1, 2), box(GRID, 1, 4, 8, 2, 6, 4, 5), Overlay.SLICES);
        assertEquals(2 * WIDTH + 4, two.getWidth(), "two of five slices, side by side");
        assertEquals(HEIGHT, two.getHeight());
        assertEquals(0xFFFFFF, rgb(two, 5, 2), "the 1");
        assertEquals(0x000000, rgb(two, 2, 6), "beside the 1");
    }

    @Test
    void manySlicesAreThinnedOutAndTheFirstAndTheLastStay() {
        Geometry deep = Geometry.of(12, 8, 50, 1, 1, 3);
        LabelVolume all = box(deep, 1, 4, 8, 2, 6, 0, 50);
        BufferedImage picture = drawn(black(deep), all, null, Overlay.SLICES);
        int tiles = (picture.getWidth() + 4) / (WIDTH + 4) * ((picture.getHeight() + 4) / (HEIGHT + 4));
        assertTrue(tiles >= Overlay.SLICES && tiles < Overlay.SLICES + 5, tiles + " places for 20 slices");
        assertEquals(WIDTH, drawn(black(deep), all, all, 1).getWidth());
    }

    @Test
    void withoutALabelTheMiddleSliceIsShown() {
        LabelVolume none = new LabelVolume(GRID, new byte[GRID.voxels()]);
        BufferedImage picture = drawn(black(GRID), none, none, Overlay.SLICES);
        assertEquals(WIDTH, picture.getWidth());
        assertEquals(HEIGHT, picture.getHeight());
        assertEquals(0xFFFFFF, rgb(picture, 3, 3), "the upper left of the 2");
    }

    @Test
    void greyRunsFromThe1stToThe99thPercentile() {
        float[] voxels = new float[GRID.voxels()];
        for (int i = 0; i < voxels.length; i++) voxels[i] = i % 12 < 6 ? 100 : 200;
        voxels[0] = -1e30f;                                                        // outliers that must not set the scale
        voxels[voxels.length - 1] = 1e30f;
        BufferedImage picture = drawn(new Volume(GRID, voxels), new LabelVolume(GRID, new byte[voxels.length]), null, Overlay.SLICES);
        assertEquals(0x000000, at(picture, 2, 2));
        assertEquals(0xFFFFFF, at(picture, 9, 2));
        int between = rgb(picture, 6 * VOXEL, HEIGHT / 2) & 0xFF;
        assertTrue(between > 100 && between < 155, "half-way between two voxels it is grey: " + between);
    }

    @Test
    void coloursAreShownAsTheyAre() {
        float[] voxels = new float[3 * GRID.voxels()];
        for (int i = 0; i < GRID.voxels(); i++) voxels[i] = 1;
        BufferedImage picture = drawn(new Volume(GRID, 3, voxels), new LabelVolume(GRID, new byte[GRID.voxels()]), null, Overlay.SLICES);
        assertEquals(0xFF0000, at(picture, 5, 5));
    }

    @Test
    void aPictureBecomesAPngWithTheSamePixels() throws IOException {
        BufferedImage picture = drawn(black(GRID), box(GRID, 3, 2, 5, 3, 6, 2, 3), null, Overlay.SLICES);
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(Pictures.png(picture)));
        for (int y = 0; y < HEIGHT; y++) for (int x = 0; x < WIDTH; x++) assertEquals(rgb(picture, x, y), rgb(read, x, y), x + ", " + y);
    }

    @Test
    void labelsOfAnotherGridAreRefused() {
        LabelVolume other = new LabelVolume(Geometry.of(12, 8, 4, 1, 1, 3), new byte[12 * 8 * 4]);
        assertThrows(IllegalArgumentException.class, () -> drawn(black(GRID), other, null, Overlay.SLICES));
    }

    @Test
    void everyClassHasAColourOfItsOwn() {
        Set<Integer> colours = new HashSet<>();
        for (int c = 1; c <= 255; c++) assertTrue(colours.add(Palette.rgb(c)), "class " + c + " has the colour of another");
        assertEquals("#56b4e9", Palette.css(1));
        assertEquals("orange", Palette.name(2));
    }

    @Test
    void radiologistsSeeTheRightOnTheLeft() {
        LabelVolume right = box(GRID, 1, 10, 12, 6, 8, 2, 3);
        BufferedImage picture = Overlay.of(black(GRID), right, right);
        assertEquals(Palette.rgb(1), rgb(picture, 0, VOXEL));
        assertEquals(0, rgb(picture, WIDTH - 1, 0));
    }

    @Test
    void aPictureIsSeenAsItIs() throws IOException {
        byte[] png = Pictures.png(new BufferedImage(12, 8, BufferedImage.TYPE_BYTE_GRAY));
        Volume volume = Volumes.read(Files.write(folder.resolve("x.png"), png));
        LabelVolume first = box(volume.geometry(), 1, 0, 2, 0, 2, 0, 1);           // the upper left corner
        BufferedImage picture = Overlay.of(volume, first, first);
        assertEquals(Palette.rgb(1), rgb(picture, 0, VOXEL));
        assertEquals(0, rgb(picture, picture.getWidth() - 1, 0));
        assertEquals(0, rgb(picture, 0, picture.getHeight() - 1));
    }

    /// As neurologists see it: x runs to the right.
    private static BufferedImage drawn(Volume image, LabelVolume prediction, @Nullable LabelVolume truth, int most) {
        return Overlay.of(image, prediction, truth, most, Overlay.View.NEUROLOGICAL);
    }

    private static Volume black(Geometry grid) {
        return new Volume(grid, new float[grid.voxels()]);
    }

    private static LabelVolume box(Geometry grid, int label, int x0, int x1, int y0, int y1, int z0, int z1) {
        byte[] classes = new byte[grid.voxels()];
        for (int z = z0; z < z1; z++)
            for (int y = y0; y < y1; y++)
                for (int x = x0; x < x1; x++)
                    classes[x + grid.nx() * (y + grid.ny() * z)] = (byte) label;
        return new LabelVolume(grid, classes);
    }

    /// The colour in the middle of a voxel.
    private static int at(BufferedImage picture, int x, int y) {
        return rgb(picture, x * VOXEL + VOXEL / 2, HEIGHT - 1 - (y * VOXEL + VOXEL / 2));
    }

    private static int rgb(BufferedImage picture, int x, int y) {
        return picture.getRGB(x, y) & 0xFFFFFF;
    }

    /// The volume is stored from left to right and from head to feet. As cut, its first row stays at the top, and its first slice is number 0.
    @Test
    void asCutNothingIsTurned() {
        Geometry grid = Geometry.of(60, 40, 3, new double[][]{{-1, 0, 0, 0}, {0, -1, 0, 0}, {0, 0, -4, 0}});
        float[] voxels = new float[60 * 40 * 3];
        byte[] classes = new byte[voxels.length];
        for (int i = 0; i < voxels.length; i++) voxels[i] = i % 60;
        for (int y = 0; y < 10; y++) for (int x = 0; x < 15; x++) classes[60 * 40 + y * 60 + x] = 1;                // the upper left corner of slice 1
        var volume = new Volume(grid, voxels);
        var picture = Overlay.asCut(volume, new LabelVolume(grid, classes), new Slices(grid, 2));
        int w = picture.getWidth(), h = picture.getHeight(), plain = picture.getRGB(w * 50 / 60, h * 30 / 40) & 0xFFFFFF,
                filled = picture.getRGB(w * 12 / 60, h * 7
                        / 40) & 0xFFFFFF;
        assertEquals(plain & 0xFF, plain >> 16, "grey where there is no label");
        assertTrue((filled & 0xFF) != filled >> 16, "coloured where there is one");
        assertTrue((plain & 0xFF) > 150, "bright on the right, as stored");
    }
}
