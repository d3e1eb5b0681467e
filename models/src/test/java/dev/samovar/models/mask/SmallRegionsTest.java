package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Random;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.mask.SmallRegions.Cleaned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SmallRegionsTest {
    @Test
    void whatIsLeftOfSmallMasksEqualsTheReferences() {
        Json golden = Masks.golden("remove_small_regions");
        Rle mask = Rle.of(Masks.of(golden.at("mask").string()));
        Cleaned filled = SmallRegions.fillHoles(mask, 2);
        check(golden.at("holes area 2"), filled);
        check(golden.at("then islands area 5"), SmallRegions.removeIslands(filled.mask(), 5));
        check(golden.at("original islands area 100 (all small -> keep largest)"), SmallRegions.removeIslands(mask, 100));
        check(golden.at("original holes area 1 (strict <)"), SmallRegions.fillHoles(mask, 1));
    }

    private static void check(Json expected, Cleaned cleaned) {
        assertEquals(expected.list().get(0).string(), Masks.rows(cleaned.mask().mask()));
        assertEquals(expected.list().get(1).truth(), cleaned.changed());
    }

    @Test
    void soDoesWhatIsLeftOfALargerOne() {
        try (Safetensors golden = Golden.open("sam-tiny/regions.safetensors")) {
            Rle mask = mask(golden, "mask");
            assertEquals(new Cleaned(mask(golden, "no_holes"), true), SmallRegions.fillHoles(mask, 25));
            assertEquals(new Cleaned(mask(golden, "no_islands"), true), SmallRegions.removeIslands(mask, 25));
        }
    }

    private static Rle mask(Safetensors golden, String name) {
        return Rle.of(Mask.above(0, 60, 80, golden.floats(name)));
    }

    @Test
    void floodsFindTheSame() {
        AtomicInteger changed = new AtomicInteger(), kept = new AtomicInteger();
        Random random = new Random(Masks.SEED, "areas");
        Masks.all().forEach(mask -> {
            int area = random.below(12);
            String name = "seed " + Masks.SEED + ", area " + area + ": " + Masks.rows(mask);
            Cleaned filled = SmallRegions.fillHoles(Rle.of(mask), area), cleaned = SmallRegions.removeIslands(Rle.of(mask), area);
            assertEquals(Masks.rows(plain(mask, area, false)), Masks.rows(filled.mask().mask()), name);
            assertEquals(Masks.rows(plain(mask, area, true)), Masks.rows(cleaned.mask().mask()), name);
            assertTrue(filled.changed() || filled.mask().equals(Rle.of(mask)), name);
            if (filled.changed()) changed.incrementAndGet();
            if (!cleaned.mask().equals(Rle.of(mask))) kept.incrementAndGet();
            Cleaned both = SmallRegions.clean(Rle.of(mask), area);
            assertEquals(SmallRegions.removeIslands(filled.mask(), area).mask(), both.mask(), name);
        });
        assertTrue(changed.get() > 50 && kept.get() > 50, changed + " and " + kept + " had small regions: the masks are too simple");
    }

    /// Floods each region from its first pixel, in the order of squares of 2 × 2 pixels.
    private static Mask plain(Mask mask, int area, boolean islands) {
        int h = mask.height(), w = mask.width();
        boolean[] result = mask.pixels().clone(), seen = new boolean[h * w];
        List<List<Integer>> small = new ArrayList<>();
        boolean anyLarge = false;
        for (int square = 0; square < (h + 1) / 2 * ((w + 1) / 2); square++) for (int k = 0; k < 4; k++) {
            int y = square / ((w + 1) / 2) * 2 + k / 2, x = square % ((w + 1) / 2) * 2 + k % 2;
            if (y >= h || x >= w || seen[y * w + x] || mask.at(y, x) != islands) continue;
            List<Integer> region = flood(mask, y * w + x, seen);
            if (region.size() < area) small.add(region);
            else anyLarge = true;
        }
        if (islands && !anyLarge && !small.isEmpty()) {
            List<Integer> largest = small.getFirst();
            for (List<Integer> region : small) if (region.size() > largest.size()) largest = region;
            small.remove(largest);
        }
        for (List<Integer> region : small) for (int i : region) result[i] = !islands;
        return new Mask(h, w, result);
    }

    private static List<Integer> flood(Mask mask, int from, boolean[] seen) {
        int h = mask.height(), w = mask.width();
        List<Integer> region = new ArrayList<>();
        ArrayDeque<Integer> next = new ArrayDeque<>(List.of(from));
        seen[from] = true;
        while (!next.isEmpty()) {
            int i = next.pop();
            region.add(i);
            for (int y = Math.max(0, i / w - 1); y <= Math.min(h - 1, i / w + 1); y++)
                for (int x = Math.max(0, i % w - 1); x <= Math.min(w - 1, i % w + 1); x++)
                    if (!seen[y * w + x] && mask.pixels()[y * w + x] == mask.pixels()[from]) {
                        seen[y * w + x] = true;
                        next.push(y * w + x);
                    }
        }
        return region;
    }

    @Test
    void aMaskWithoutSmallRegionsIsTheSame() {
        Rle mask = Rle.of(Masks.of("1100/1100/0000"));
        Cleaned cleaned = SmallRegions.clean(mask, 4);
        assertSame(mask, cleaned.mask());
        assertFalse(cleaned.changed());
    }

    @Test
    void theOnlyIslandStaysHoweverSmallAndCountsAsChanged() {
        Rle mask = Rle.of(Masks.of("000/010/000"));
        assertEquals(new Cleaned(mask, true), SmallRegions.removeIslands(mask, 5));
    }

    @Test
    void whatLiesAroundIsAHoleToo() {
        assertEquals("11/11", Masks.rows(SmallRegions.fillHoles(Rle.of(Masks.of("00/00")), 5).mask().mask()));
        assertEquals("00/00", Masks.rows(SmallRegions.removeIslands(Rle.of(Masks.of("00/00")), 5).mask().mask()));
    }

    /// In the order of rows the island on the right comes first, in the order of squares of 2 × 2 pixels the one on the left.
    @Test
    void ofIslandsOfOneSizeTheOneOfTheFirstSquareStays() {
        assertEquals("0000/1000", Masks.rows(SmallRegions.removeIslands(Rle.of(Masks.of("0010/1000")), 5).mask().mask()));
    }
}
