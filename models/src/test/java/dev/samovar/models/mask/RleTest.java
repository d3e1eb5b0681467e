package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RleTest {
    @Test
    void runsTextAreaAndBoxEqualTheReferences() {
        for (Json c : Masks.golden("rle").list()) {
            int[] size = c.at("size").integers();
            Mask mask = size[0] == 200 ? frame() : Masks.of(c.at("rows").string());
            Rle rle = Rle.of(mask);
            String name = c.at("rows").string();
            assertArrayEquals(size, new int[]{rle.height(), rle.width()}, name);
            if (c.has("counts")) assertArrayEquals(c.at("counts").integers(), rle.counts(), name);
            else {
                assertArrayEquals(c.at("counts_first12").integers(), Arrays.copyOf(rle.counts(), 12), name);
                assertEquals(c.at("n_counts").integer(), rle.counts().length, name);
            }
            assertEquals(c.at("coco_compressed").string(), rle.coco(), name);
            assertEquals(rle, Rle.parse(size[0], size[1], c.at("coco_compressed").string()), name);
            assertEquals(c.at("area").integer(), rle.area(), name);
            int[] box = c.at("bbox_xyxy").integers();
            if (rle.area() == 0) assertNull(rle.box(), name);
            else assertEquals(new Box(box[0], box[1], box[2], box[3]), rle.box(), name);
        }
    }

    /// 200 × 300 pixels, set in rows 20 to 179 of columns 33 to 289, but not in rows 60 to 69 of columns 100 to 139.
    private static Mask frame() {
        boolean[] pixels = new boolean[200 * 300];
        for (int y = 20; y < 180; y++)
            for (int x = 33; x < 290; x++)
                pixels[y * 300 + x] = y < 60 || y > 69 || x < 100 || x > 139;
        return new Mask(200, 300, pixels);
    }

    @Test
    void everyMaskComesBack() {
        Masks.all().forEach(mask -> {
            String name = "seed " + Masks.SEED + ": " + Masks.rows(mask);
            Rle rle = Rle.of(mask);
            assertArrayEquals(plain(mask), rle.counts(), name);
            assertEquals(mask, rle.mask(), name);
            assertEquals(mask.area(), rle.area(), name);
            assertEquals(mask.box(), rle.box(), name);
            assertEquals(rle, Rle.parse(mask.height(), mask.width(), rle.coco()), name);
            assertEquals(rle, Rle.ofRuns(mask.height(), mask.width(), rle.runs()), name);
            assertEquals(mask.pixels().length - mask.area(), rle.inverted().area(), name);
            assertEquals(rle, rle.inverted().inverted(), name);
        });
    }

    /// The lengths of the runs, counted pixel by pixel.
    private static int[] plain(Mask mask) {
        List<Integer> counts = new ArrayList<>();
        boolean last = false;
        int run = 0;
        for (int x = 0; x < mask.width(); x++) for (int y = 0; y < mask.height(); y++) {
            if (mask.at(y, x) != last) {
                counts.add(run);
                run = 0;
                last = !last;
            }
            run++;
        }
        counts.add(run);
        return counts.stream().mapToInt(i -> i).toArray();
    }

    @Test
    void aMaskIsPlacedInALargerPicture() {
        Random random = new Random(Masks.SEED, "placed");
        Masks.all().forEach(mask -> {
            int x = random.below(4), y = random.below(4), h = mask.height() + y + random.below(4), w = mask.width() + x + random.below(4);
            boolean[] pixels = new boolean[h * w];
            for (int row = 0; row < mask.height(); row++)
                for (int column = 0; column < mask.width(); column++) pixels[(row + y) * w + column + x] = mask.at(row, column);
            assertEquals(Rle.of(new Mask(h, w, pixels)), Rle.of(mask).placed(x, y, h, w), () -> Masks.rows(mask) + " at " + x + ", " + y);
        });
        Rle mask = Rle.of(Masks.of("01/10"));
        assertSame(mask, mask.placed(0, 0, 2, 2));
        assertThrows(IllegalArgumentException.class, () -> mask.placed(1, 0, 2, 2));
    }

    @Test
    void runsOfOtherProgramsMayBeEmpty() {
        Rle odd = new Rle(2, 3, 0, 0, 1, 2, 0, 1, 2, 0);
        assertEquals("010/110", Masks.rows(odd.mask()));
        assertEquals(new Box(0, 0, 1, 1), odd.box());
        assertEquals(3, odd.area());
        assertEquals(odd, Rle.parse(2, 3, odd.coco()));
    }

    @Test
    void masksAreEqualBySizeAndPixels() {
        assertEquals(Rle.of(Masks.of("01/10")), new Rle(2, 2, 1, 2, 1));
        assertNotEquals(Rle.of(Masks.of("0110")), new Rle(2, 2, 1, 2, 1));
        assertNotEquals(new Rle(1, 4, 1, 3), new Rle(4, 1, 1, 3));
        assertEquals("mask of 2 × 2 pixels, 2 of them in 1 runs", new Rle(2, 2, 1, 2, 1).toString());
    }

    @Test
    void runsThatDoNotFillAMaskAreRefused() {
        for (int[] counts : new int[][]{{}, {3}, {5}, {5, -1}, {1, 2}, {Integer.MAX_VALUE, Integer.MAX_VALUE, 6}})
            assertThrows(IllegalArgumentException.class, () -> new Rle(2, 2, counts), Arrays.toString(counts));
        assertThrows(IllegalArgumentException.class, () -> new Rle(0, 2, 0));
        assertThrows(IllegalArgumentException.class, () -> new Rle(1 << 16, 1 << 16, 0));
    }
}
