package dev.samovar.models.scenes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Png;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.mask.Mask;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScenesTest {
    private static final int SIDE = 64, SCENES = 40;

    @TempDir
    Path folder;

    static Stream<SceneSource> sources() {
        return Stream.of(new Photographs(), new Cells(), new Sections());
    }

    @ParameterizedTest
    @MethodSource("sources")
    void everyThingIsSeenAndLiesInAPictureOfBytes(SceneSource source) {
        int things = 0, parts = 0, oblong = 0;
        for (int i = 0; i < SCENES; i++) {
            Scene scene = source.draw(new Random(1, "scene " + i), SIDE);
            int h = scene.picture().height(), w = scene.picture().width();
            assertEquals(SIDE, Math.max(h, w));
            if (h != w) oblong++;
            for (float v : scene.picture().pixels()) assertTrue(v >= 0 && v <= 255 && v == Math.rint(v));
            for (Mask thing : scene.things()) {
                assertEquals(h, thing.height());
                assertEquals(w, thing.width());
                assertTrue(thing.area() >= 4, "a thing of " + thing.area() + " pixels");
                if (scene.things().stream().anyMatch(whole -> whole.area() > thing.area() && within(thing, whole))) parts++;
            }
            things += scene.things().size();
        }
        assertTrue(things > 2 * SCENES, things + " things");
        assertTrue(parts > SCENES / 4, parts + " parts");
        assertTrue(oblong > 3 && oblong < SCENES / 2, oblong + " oblong pictures");
    }

    private static boolean within(Mask part, Mask whole) {
        for (int i = 0; i < part.pixels().length; i++) if (part.pixels()[i] && !whole.pixels()[i]) return false;
        return true;
    }

    /// Scenes are the same on every machine: if a picture changed, a training would change, and its recipe would be wrong.
    @Test
    void aSeedIsAPicture() {
        StringBuilder digests = new StringBuilder();
        for (SceneSource source : sources().toList())
            digests.append(Sha256.of(source.draw(new Random(7, "scene"), SIDE).picture().pixels()), 0, 8).append(' ');
        assertEquals(DIGESTS, digests.toString().strip());
    }

    private static final String DIGESTS = "6b0a7e2d 95582177 a283b332";

    /// Things that are painted later hide earlier ones, and a part belongs to its whole.
    @Test
    void masksAreWhatIsSeen() {
        Canvas canvas = new Canvas(40);
        Random random = new Random(1);
        Material material = Material.any(random, 10);
        int whole = canvas.paint(square(5, 5, 25, 25), material, Canvas.NOTHING);
        canvas.paint(square(8, 8, 12, 12), material, whole);
        canvas.decorate(square(13, 8, 16, 12), material);
        canvas.paint(square(20, 0, 39, 30), material, Canvas.NOTHING);
        canvas.paint(square(30, 30, 31, 31), material, Canvas.NOTHING);
        List<Mask> things = canvas.scene(40, 40).things();
        assertEquals(3, things.size(), "the last is too small");
        assertEquals(List.of(true, true, false), things.stream().map(m -> m.at(10, 10)).toList());
        assertEquals(List.of(true, false, false), things.stream().map(m -> m.at(10, 14)).toList());
        assertEquals(List.of(false, false, true), things.stream().map(m -> m.at(10, 22)).toList());
    }

    private static Form square(double x0, double y0, double x1, double y1) {
        return new Form.Polygon(new double[]{x0, x1, x1, x0}, new double[]{y0, y0, y1, y1});
    }

    @Test
    void formsKnowHowFarTheirEdgeIs() {
        Form square = square(0, 0, 10, 6), hole = new Form.Without(square, new Form.Shrunk(square, 2));
        assertEquals(-3, square.distance(5, 3), 1e-12);
        assertEquals(5, square.distance(13, 10), 1e-12);
        assertEquals(1, hole.distance(5, 3), 1e-12);
        assertEquals(-1, hole.distance(5, 1), 1e-12);
        Form strand = new Form.Strand(new Form.Path(new double[]{0, 10}, new double[]{0, 0}), 2, 1);
        assertEquals(-1.5, strand.distance(5, 0), 1e-12);
        assertEquals(3, strand.distance(0, 5), 1e-12);
    }

    @Test
    void clipArtIsPastedWhereItIsOpaque() throws IOException {
        var picture = new BufferedImage(30, 20, BufferedImage.TYPE_INT_ARGB);
        for (int x = 5; x < 25; x++) for (int y = 3; y < 17; y++) picture.setRGB(x, y, 0xffff0000);
        for (int i = 0; i < 30; i++) ImageIO.write(picture, "png", folder.resolve("red" + i + ".png").toFile());
        Files.writeString(folder.resolve("broken.png"), "no picture");
        var learnt = new ClipArt(folder, false);
        var kept = new ClipArt(folder, true);
        int all = Integer.parseInt(learnt.describe().replaceAll(".*\\((\\d+) .*", "$1"))
                + Integer.parseInt(kept.describe().replaceAll(".*\\((\\d+) .*", "$1"));
        assertEquals(31, all, "each is on one side");
        int things = 0;
        for (int i = 0; i < 10; i++) things += learnt.draw(new Random(1, "scene " + i), SIDE).things().size();
        assertTrue(things >= 5, things + " things");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertTrue(assertThrows(FormatException.class, () -> new ClipArt(empty, false)).getMessage().contains("no PNG pictures"));
    }

    /// Of a few pictures one is held out, too, in a folder that is given as a link, too, and it is said what is left out.
    @Test
    void clipArtSaysWhatIsLeftOut() throws IOException {
        Path art = Files.createDirectory(folder.resolve("art")), link = Files.createSymbolicLink(folder.resolve("link"), art);
        for (String name : List.of("a", "b", "c"))
            ImageIO.write(new BufferedImage(9, 9, BufferedImage.TYPE_INT_ARGB), "png", art.resolve(name + ".png").toFile());
        assertEquals("", ClipArt.leftOut(art));
        for (Path given : List.of(art, link)) {
            assertTrue(new ClipArt(given, false).describe().endsWith("(2 pictures)"));
            assertTrue(new ClipArt(given, true).describe().endsWith("(1 pictures)"));
        }
        Files.write(art.resolve("long.png"), new byte[150_001]);
        ImageIO.write(new BufferedImage(1001, 1000, BufferedImage.TYPE_BYTE_BINARY), "png", art.resolve("wide.png").toFile());
        Files.createSymbolicLink(art.resolve("below"), folder);
        assertEquals(art + ": left out are pictures above 150,000 bytes (1), pictures above 1,000,000 pixels (1), folders that are links (1)",
                ClipArt.leftOut(art));
        for (String name : List.of("a", "b", "c", "wide")) Files.delete(art.resolve(name + ".png"));
        assertTrue(assertThrows(FormatException.class, () -> new ClipArt(art, false)).getMessage().contains("; left out are pictures above 150"));
    }

    @Test
    void theClassesOfADatasetAreThings() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images")), masks = Files.createDirectories(folder.resolve("masks"));
        for (int i = 0; i < 20; i++) {
            byte[] grey = new byte[30 * 20], classes = new byte[30 * 20];
            for (int p = 0; p < grey.length; p++) {
                classes[p] = (byte) (p % 30 < 10 ? 1 : p % 30 < 20 ? 2 : 0);
                grey[p] = (byte) (80 * classes[p]);
            }
            Png.writeGrey(images.resolve("p" + i + ".png"), 20, 30, grey);
            Png.write(masks.resolve("p" + i + ".png"), new LabelVolume(Geometry.of(30, 20, 1, 1, 1, 1), classes));
        }
        Scene scene = new Labelled(folder, Reading.PLAIN, List.of(), false).draw(new Random(1, "scene"), 60);
        assertEquals(60, scene.picture().width());
        assertEquals(40, scene.picture().height());
        assertEquals(List.of(20 * 40, 20 * 40), scene.things().stream().map(Mask::area).toList());
        assertNull(scene.ignored());
        Reading ignoring = Dataset.open(folder, Reading.PLAIN, LabelRule.of(List.of(), List.of("2"))).reading();
        Scene part = new Labelled(folder, ignoring, List.of(), false).draw(new Random(1, "scene"), 60);
        assertEquals(List.of(20 * 40), part.things().stream().map(Mask::area).toList());
        assertEquals(scene.things().getLast(), Objects.requireNonNull(part.ignored()));
    }

    /// Of a few patients one is held out, whatever their names are.
    @Test
    void ofTwoPatientsOneIsHeldOut() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images")), masks = Files.createDirectories(folder.resolve("masks"));
        for (String name : List.of("a", "b")) {
            Png.writeGrey(images.resolve(name + ".png"), 1, 2, new byte[2]);
            Png.write(masks.resolve(name + ".png"), new LabelVolume(Geometry.of(2, 1, 1, 1, 1, 1), new byte[]{0, 1}));
        }
        for (boolean heldOut : new boolean[]{false, true})
            assertTrue(new Labelled(folder, Reading.PLAIN, List.of(), heldOut).describe().endsWith("(1 cases)"));
        for (String patient : List.of("a", "b"))
            assertTrue(new Labelled(folder, Reading.PLAIN, List.of(patient), true).describe().endsWith("(1 cases)"));
        for (List<String> patients : List.of(List.of("a", "b"), List.of("a", "c")))
            assertTrue(assertThrows(FormatException.class, () -> new Labelled(folder, Reading.PLAIN, patients, false)).getMessage()
                    .contains("no longer there"));
        Files.delete(masks.resolve("a.png"));
        assertTrue(assertThrows(FormatException.class, () -> new Labelled(folder, Reading.PLAIN, List.of(), true)).getMessage()
                .contains("it needs labels of two patients"));
    }
}
