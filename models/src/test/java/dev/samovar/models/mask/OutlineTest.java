package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Outlines, and how other programs read them.
class OutlineTest {
    @TempDir
    private Path folder;

    private static Mask mask(String... rows) {
        boolean[] pixels = new boolean[rows.length * rows[0].length()];
        for (int i = 0; i < pixels.length; i++) pixels[i] = rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#';
        return new Mask(rows.length, rows[0].length(), pixels);
    }

    private static final Mask RING = mask("#####", "#...#", "#.#.#", "#...#", "#####");

    /// Among them are a hole that touches the outside at a corner, one that touches another hole, and pieces that touch at a corner.
    private static final List<Mask> AWKWARD = List.of(RING, mask("#"), mask("##", "##"), mask("#.", ".#"), mask(".##", "#.#", "###"),
            mask("####", "#.##", "##.#", "####"), mask(".#.", "#.#", ".#."), mask("####.", "#..##", "#.#.#", "##..#", ".####"), mask("...", "..."));

    private static List<Mask> masks() {
        List<Mask> masks = new ArrayList<>(AWKWARD);
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int h = 1 + random.below(12), w = 1 + random.below(12), share = 1 + random.below(9);
            boolean[] pixels = new boolean[h * w];
            for (int i = 0; i < pixels.length; i++) pixels[i] = random.below(10) < share;
            masks.add(new Mask(h, w, pixels));
        }
        return masks;
    }

    @Test
    void polygonsHoldExactlyThePixelsOfTheMask() {
        for (Mask mask : masks()) {
            List<Outline.Polygon> polygons = Outline.of(mask).polygons();
            for (int i = 0; i < mask.pixels().length; i++) {
                int column = i % mask.width(), row = i / mask.width();
                double x = column + 0.5, y = row + 0.5;
                long around = polygons.stream().filter(p -> within(p.outer(), x, y) && p.holes().stream().noneMatch(hole -> within(hole, x, y)))
                        .count();
                assertEquals(mask.pixels()[i] ? 1 : 0, around, mask + ", pixel " + i);
            }
        }
    }

    private static boolean within(Outline.Ring ring, double x, double y) {
        boolean within = false;
        for (int i = 0; i < ring.length(); i++) {
            int next = (i + 1) % ring.length();
            if (ring.x()[i] == ring.x()[next] && ring.x()[i] > x && (ring.y()[i] > y) != (ring.y()[next] > y)) within = !within;
        }
        return within;
    }

    @Test
    void noRingPassesThroughACornerTwice() {
        for (Mask mask : masks()) for (Outline.Polygon polygon : Outline.of(mask).polygons()) {
            List<Outline.Ring> rings = new ArrayList<>(polygon.holes());
            rings.add(polygon.outer());
            for (Outline.Ring ring : rings) {
                Set<Long> corners = new HashSet<>();
                for (int i = 0; i < ring.length(); i++) assertTrue(corners.add((long) ring.y()[i] << 32 | ring.x()[i]), mask.toString());
                for (int i = 0; i < ring.length(); i++) {
                    int next = (i + 1) % ring.length();
                    assertTrue((ring.x()[i] == ring.x()[next]) != (ring.y()[i] == ring.y()[next]),
                            "edges run along pixels, and turn at each corner");
                }
            }
        }
    }

    @Test
    void quPathGetsPolygonsWithHoles() {
        Json json = GeoJson.of(List.of(new Region("ring", 2, RING, Map.of("predicted IoU", 0.5, "nothing", Double.NaN)), new Region("none",
                1, mask("."), Map.of())));
        assertEquals("FeatureCollection", json.at("type").string());
        assertEquals(1, json.at("features").list().size(), "an empty mask is not a feature");
        Json feature = json.at("features").list().getFirst(), geometry = feature.at("geometry"), properties = feature.at("properties");
        assertEquals("MultiPolygon", geometry.at("type").string());
        assertEquals("[[[[0,0],[5,0],[5,5],[0,5],[0,0]],[[1,1],[1,4],[4,4],[4,1],[1,1]]],[[[2,2],[3,2],[3,3],[2,3],[2,2]]]]".length(),
                geometry.at("coordinates").toString()
                        .replace(" ", "").length(),
                geometry.at("coordinates").toString());
        assertEquals(List.of("Feature", "annotation", "ring"), List.of(feature.at("type").string(), properties.at("objectType").string(),
                properties.at("classification")
                        .at("name").string()));
        assertEquals(List.of("predicted IoU"), properties.at("measurements").keys());
        assertEquals("Polygon",
                GeoJson.of(List.of(new Region("one", 1, mask("##"), Map.of()))).at("features").list().getFirst().at("geometry").at("type").string());
    }

    @Test
    void aRegionOfAStackSaysOnWhichPageItLies() {
        Json of = GeoJson.of(List.of(new Region("one", 1, mask("##"), Map.of(), 4), new Region("two", 2, mask("#"), Map.of())));
        assertEquals("{\"c\":-1,\"z\":4,\"t\":0}", of.at("features").list().getFirst().at("geometry").at("plane").toString().replace(" ", ""));
        assertFalse(of.at("features").list().getLast().at("geometry").has("plane"));
        int position = 56;                                                        // in ImageJ's header, from 1; 0 for all
        assertEquals(5, ByteBuffer.wrap(ImageJRois.bytes(new Region("one", 1, mask("##"), Map.of(), 4), "one")).getInt(position));
        assertEquals(0, ByteBuffer.wrap(ImageJRois.bytes(new Region("two", 2, mask("##"), Map.of()), "two")).getInt(position));
    }

    /// Coordinates of traced regions have 16 bits, and ImageJ takes the highest bit for a sign in places.
    @Test
    void whatLiesFarOutIsStoredInFloats() {
        boolean[] pixels = new boolean[70_000];
        for (int x : new int[]{32_766, 32_767, 66_000}) {
            pixels[x] = true;
            ByteBuffer roi = ByteBuffer.wrap(ImageJRois.bytes(new Region("x", 1, new Mask(1, pixels.length, pixels.clone()), Map.of()), "x"));
            pixels[x] = false;
            int composite = 36;                                                   // in ImageJ's header: how many numbers its path has, 0 if it is traced
            assertEquals(x > 32_766 ? 13 : 0, roi.getInt(composite), x + "");
            if (roi.getInt(composite) == 0) continue;
            List<Float> columns = new ArrayList<>();
            for (int point = 0; point < 4; point++) columns.add(roi.getFloat(64 + 12 * point + 4));        // after the point's kind
            assertEquals(List.of((float) x, x + 1f), columns.stream().distinct().sorted().toList());
        }
    }

    /// ImageJ itself reads them, if it is on the class path, as in the build.
    @Test
    void imageJReadsItsRegions() throws Exception {
        Class<?> decoder;
        try {
            decoder = Class.forName("ij.io.RoiDecoder");
        } catch (ClassNotFoundException _) {
            assumeTrue(false, "ImageJ 1.54p is not on the class path");
            return;
        }
        int number = 0;
        for (Mask mask : masks()) {
            if (mask.area() == 0) continue;
            String name = "thing " + number++;
            Object roi = decoder.getConstructor(byte[].class, String.class)
                    .newInstance(ImageJRois.bytes(new Region("x", number, mask, Map.of(), number), name), "file");
            roi = decoder.getMethod("getRoi").invoke(roi);
            assertNotNull(roi);
            assertEquals(name, roi.getClass().getMethod("getName").invoke(roi));
            assertEquals(number + 1, roi.getClass().getMethod("getPosition").invoke(roi));
            var contains = Class.forName("ij.gui.Roi").getMethod("contains", int.class, int.class);
            for (int i = 0; i < mask.pixels().length; i++)
                assertEquals(mask.pixels()[i], contains.invoke(roi, i % mask.width(), i / mask.width()), mask + ", pixel " + i);
        }
    }

    @Test
    void anArchiveHoldsARegionForEachThing() throws Exception {
        Path zip = folder.resolve("RoiSet.zip");
        ImageJRois.writeSet(zip, List.of(new Region("thing", 1, RING, Map.of()), new Region("thing", 2, mask("##"), Map.of()),
                new Region("a/b", 3, mask("#"), Map.of()), new Region("none", 4, mask("."), Map.of())));
        List<String> names = new ArrayList<>();
        try (InputStream in = Files.newInputStream(zip); ZipInputStream entries = new ZipInputStream(in)) {
            for (var entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                names.add(entry.getName());
                assertEquals("Iout", new String(entries.readNBytes(4), java.nio.charset.StandardCharsets.US_ASCII));
            }
        }
        assertEquals(List.of("thing.roi", "thing-2.roi", "a_b.roi"), names);
    }
}
