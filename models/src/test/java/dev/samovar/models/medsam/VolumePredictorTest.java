package dev.samovar.models.medsam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.PromptException;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Segments two bright balls on a dark background with the slightly trained tiny model, which knows clicks, but has never seen a box alone.
class VolumePredictorTest {
    private static final int N = 64, SLICES = 12;
    private static final Sam SAM = Sam.load(Golden.open("sam-tiny/sam-tiny-trained.safetensors"), Device.cpu());
    private static final SamPredictor PREDICTOR = new SamPredictor(SAM);
    private static final Volume BALLS = balls();
    private static final Slices ACROSS_Z = new Slices(BALLS.geometry(), 2);
    private static final VolumePredictor VOLUME = new VolumePredictor(PREDICTOR, BALLS, ACROSS_Z);

    private static Volume balls() {
        float[] voxels = new float[N * N * SLICES];
        for (int i = 0; i < voxels.length; i++) {
            int x = i % N, y = i / N % N, z = i / (N * N);
            double first = Math.hypot(Math.hypot(x - 20, y - 24), 3 * (z - 5)), second = Math.hypot(Math.hypot(x - 46, y - 40), 4 * (z
                    - 7));
            voxels[i] = first < 12 || second < 13 ? 230 : 20;
        }
        return new Volume(Geometry.of(N, N, SLICES, 1, 1, 3), voxels);
    }

    @AfterAll
    static void free() {
        SAM.close();
    }

    private static Prompt first() {
        return Prompt.box(7, 11, 33, 37).and(Prompt.click(20, 24));
    }

    private static Prompt second() {
        return Prompt.box(32, 26, 60, 54).and(Prompt.click(46, 40));
    }

    @Test
    void aBoxInThreeDimensionsIsTheSameBoxOnEachOfItsSlices() {
        List<Integer> told = new ArrayList<>();
        var labels = VOLUME.segment(List.of(new VolumePrompt(first(), 4, 6), new VolumePrompt(second(), 6, 8)), told::add);
        assertEquals(List.of(1, 2, 3, 4, 5), told, "each slice is embedded once");
        assertEquals(Optional.empty(), labels.geometry().difference(BALLS.geometry()));
        for (int s = 0; s < SLICES; s++) {
            byte[] slice = ACROSS_Z.cut(labels, s), expected = new byte[N * N];
            if (s >= 4 && s <= 6) paint(expected, PREDICTOR.best(VOLUME.embed(s), first()).mask(), 1);
            if (s >= 6 && s <= 8) paint(expected, PREDICTOR.best(VOLUME.embed(s), second()).mask(), 2);
            assertEquals(0, Arrays.mismatch(expected, slice) + 1, "slice " + s);
        }
        assertTrue(overlap(labels, 1, 5) > 0.8, "the ball is found: " + overlap(labels, 1, 5));
    }

    private static void paint(byte[] labels, Mask mask, int label) {
        for (int i = 0; i < labels.length; i++) if (mask.pixels()[i]) labels[i] = (byte) label;
    }

    /// The Dice of a class with the bright pixels of its half of a slice.
    private static double overlap(LabelVolume labels, int label, int slice) {
        int both = 0, all = 0;
        for (int y = 0; y < N; y++) for (int x = 0; x < N; x++) {
            boolean bright = BALLS.at(x, y, slice) > 100 && x + y < 66 == (label == 1), found = labels.at(x, y, slice) == label;
            both += bright && found ? 1 : 0;
            all += (bright ? 1 : 0) + (found ? 1 : 0);
        }
        return 2.0 * both / all;
    }

    @Test
    void masksOfOneSliceAreFollowedBothWaysUntilTheyEnd() {
        var stop = new VolumePredictor.Stop(0.05, 2);
        var start = VOLUME.embed(6);
        List<Mask> masks = List.of(PREDICTOR.best(start, first()).mask(), PREDICTOR.best(start, Prompt.box(2, 2, 62, 62)).mask());
        List<byte[]> expected = new ArrayList<>();
        for (int s = 0; s < SLICES; s++) expected.add(new byte[N * N]);
        int followed = 0;
        for (int n = 0; n < 2; n++) {
            paint(expected.get(6), masks.get(n), n + 1);
            for (int step : new int[]{1, -1}) {
                Mask before = masks.get(n);
                for (int s = 6 + step; s >= 0 && s < SLICES && before.box() != null; s += step) {
                    var image = VOLUME.embed(s);
                    Mask now = PREDICTOR.predict(image, PREDICTOR.around(image, before.box(), 5), false).getFirst().mask();
                    if (stop.ends(before, now)) break;
                    paint(expected.get(s), now, n + 1);
                    before = now;
                    followed++;
                }
            }
        }
        assertTrue(followed > 3 && followed < 22, followed + " masks were followed");
        assertEquals(ACROSS_Z.stack(expected), VOLUME.propagate(6, masks, stop, _ -> {}));
    }

    @Test
    void theNextPromptIsTheBoxOfTheLastMaskAndFivePixelsMore() {
        var image = VOLUME.embed(5);
        double margin = 5.0 * N / 1024;                                            // the slice fills the network's square
        assertEquals(Prompt.box(14 - margin, 20 - margin, 26 + margin, 30 + margin), PREDICTOR.around(image, new Box(14, 20, 26, 30), 5));
        assertEquals(Prompt.box(0, 0, 63 + margin, 63 + margin), PREDICTOR.around(image, new Box(0, 0, 63, 63), 5), "within the picture");
    }

    @Test
    void aThingEndsWhereItsMaskVanishesOrJumps() {
        Mask disc = mask(0, 16), shifted = mask(8, 24), away = mask(16, 32), none = mask(0, 0), dot = mask(0, 3);
        assertTrue(new VolumePredictor.Stop(0.5, 1).ends(disc, shifted));
        assertEquals(false, new VolumePredictor.Stop(0.3, 1).ends(disc, shifted), "a third in common");
        assertTrue(new VolumePredictor.Stop(0.01, 1).ends(disc, away));
        assertEquals(false, new VolumePredictor.Stop(0, 1).ends(disc, away));
        assertTrue(new VolumePredictor.Stop(0, 1).ends(disc, none));
        assertTrue(new VolumePredictor.Stop(0, 4).ends(disc, dot));
        assertThrows(PromptException.class, () -> new VolumePredictor.Stop(1.5, 1));
        assertThrows(PromptException.class, () -> new VolumePredictor.Stop(0.5, 0));
    }

    private static Mask mask(int from, int to) {
        boolean[] pixels = new boolean[32];
        for (int i = from; i < to; i++) pixels[i] = true;
        return new Mask(4, 8, pixels);
    }

    @Test
    void slicesBeyondTheVolumeAreRefused() {
        for (int[] range : new int[][]{{-1, 3}, {4, 12}, {5, 4}}) {
            var e = assertThrows(PromptException.class, () -> VOLUME.segment(List.of(new VolumePrompt(first(), range[0],
                    range[1])), _ -> {}));
            assertEquals("slices " + range[0] + " to " + range[1] + " are not in the volume, which has slices 0 to 11", e.getMessage());
        }
    }

    @Test
    void whatCannotBeLabelledIsRefusedBeforeTheWorkBegins() {
        List<VolumePrompt> many = Collections.nCopies(256, new VolumePrompt(first(), 1, 2));
        assertThrows(PromptException.class, () -> VOLUME.segment(many, _ -> {}));
        List<Integer> embedded = new ArrayList<>();
        List<VolumePrompt> second = List.of(new VolumePrompt(first(), 1, 2), new VolumePrompt(Prompt.click(70,
                3), 5, 6));
        assertThrows(PromptException.class, () -> VOLUME.segment(second, embedded::add));
        assertEquals(List.of(), embedded);
        var stop = new VolumePredictor.Stop(0.5, 1);
        assertThrows(PromptException.class, () -> VOLUME.propagate(12, List.of(), stop, _ -> {}));
        assertThrows(PromptException.class, () -> VOLUME.propagate(3, List.of(mask(0, 9)), stop, _ -> {}));
    }
}
