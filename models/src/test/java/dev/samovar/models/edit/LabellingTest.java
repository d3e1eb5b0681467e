package dev.samovar.models.edit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.models.edit.Labelling.Tidy;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Prompt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Edits do what they say, and undo reverts exactly that.
class LabellingTest {
    private static final Geometry GRID = Geometry.of(9, 7, 5, 1, 2, 3);
    private static final String ME = "me", OTHER = "other";
    private static final List<Tidy> TIDY = List.of(Tidy.LARGEST, Tidy.HOLES, Tidy.SMOOTH);

    private static Asked asked(int object, int axis, int index) {
        return new Asked(object, axis, index, List.of(new Prompt.Point(1, 1, 1)), null, List.of(new Asked.Answer(0.9, 3)), 0);
    }

    /// A mask with these pixels, in a slice across z.
    private static Mask mask(int... pixels) {
        boolean[] all = new boolean[9 * 7];
        for (int pixel : pixels) all[pixel] = true;
        return new Mask(7, 9, all);
    }

    private static int at(Labelling labelling, int pixel) {
        return labelling.slice(2, 1)[pixel] & 0xFF;
    }

    @Test
    void theNextAnswerTakesThePlaceOfTheLastOne() {
        Labelling labelling = new Labelling(GRID);
        labelling.add(ME, "vessel", null);
        labelling.prompt(ME, asked(2, 2, 1), mask(5));
        labelling.accept(ME);
        labelling.prompt(ME, asked(1, 2, 1), mask(4, 5, 6));
        assertEquals(1, at(labelling, 5));
        labelling.prompt(ME, asked(1, 2, 1), mask(3, 4));
        assertEquals(List.of(1, 1, 2, 0), List.of(at(labelling, 3), at(labelling, 4), at(labelling, 5), at(labelling, 6)),
                "the labels under the first answer are restored");
        labelling.accept(ME);
        labelling.prompt(ME, asked(1, 2, 1), mask(8));
        assertEquals(List.of(1, 1), List.of(at(labelling, 3), at(labelling, 8)), "after that an answer is added");
        labelling.discard(ME);
        assertEquals(List.of(1, 0), List.of(at(labelling, 3), at(labelling, 8)));
    }

    @Test
    void thePastHasAnEnd() {
        Labelling labelling = new Labelling(GRID);
        for (int n = 0; n < 300; n++) labelling.brush(ME, 1, 2, 1, mask(n % 60, n % 60 + 1), n % 2 == 1, true);
        for (int n = 0; n < 200; n++) labelling.undo(ME);
        assertThrows(FormatException.class, () -> labelling.undo(ME), "only 200 edits can be undone");
        labelling.brush(ME, 1, 2, 1, mask(3), false, true);
        for (int n = 0; n < 15; n++) labelling.brush("tab" + n, 1, 2, 2, mask(n), false, true);
        assertTrue(labelling.state(ME).undo());
        for (int n = 1; n < 17; n++) labelling.brush("tab" + n, 1, 2, 3, mask(n), false, true);
        assertFalse(labelling.state(ME).undo(), "only the last 16 users have a history");
    }

    @Test
    void aChangeIsHeldInRuns() {
        byte[] now = new byte[GRID.voxels()], next = now.clone();
        for (int v : new int[]{3, 4, 5, 11, 12, 64, 70}) next[v] = 1;
        now[4] = 2;
        Change change = Change.of(GRID, VoxelBox.of(GRID), now, next);
        assertEquals(List.of(7, 6), List.of(change.size(), change.runs()), "3, 4 and 5 had different labels, 11 and 12 the same");
        assertArrayEquals(new int[]{3, 4, 5, 11, 12, 64, 70}, change.voxels());
        assertArrayEquals(new byte[]{0, 2, 0, 0, 0, 0, 0}, change.before());
        int[] count = new int[256];
        byte[] labels = now.clone();
        change.apply(labels, count, Set.of(1, 2));
        assertArrayEquals(next, labels);
        assertEquals(List.of(-6, 7, -1), List.of(count[0], count[1], count[2]));
        change.revert(labels, count, Set.of(1, 2));
        assertArrayEquals(now, labels);
    }

    @Test
    void anObjectIsAskedForByTheOpenPromptOrByTheBoxAroundIt() {
        Labelling labelling = new Labelling(GRID);
        labelling.prompt(ME, asked(1, 2, 1), mask(10, 11, 20));
        assertEquals(asked(1, 2, 1).prompt(), labelling.asks(ME, 1, 2, 1));
        assertEquals(Prompt.box(1, 1, 2, 2), labelling.asks(OTHER, 1, 2, 1), "another user has no prompt there");
        labelling.accept(ME);
        assertEquals(Prompt.box(1, 1, 2, 2), labelling.asks(ME, 1, 2, 1));
        assertThrows(FormatException.class, () -> labelling.asks(ME, 1, 2, 2), "it is not in that slice");
        assertThrows(FormatException.class, () -> labelling.asks(ME, 9, 2, 1));
    }

    @Test
    void undoBringsBackThePromptThatWasOpen() {
        Labelling labelling = new Labelling(GRID);
        Asked first = asked(1, 2, 1), second = first.answered(List.of(new Asked.Answer(0.5, 2), new Asked.Answer(0.4, 1)), 1);
        labelling.prompt(ME, first, mask(1, 2));
        labelling.prompt(ME, second, mask(2, 3));
        var state = labelling.undo(ME);
        assertEquals(first, state.open());
        assertEquals(List.of(1, 1, 0), List.of(at(labelling, 1), at(labelling, 2), at(labelling, 3)));
        assertEquals(new VoxelBox(1, 0, 1, 3, 0, 1), state.changed());
        assertNull(labelling.undo(ME).open());
        assertEquals(0, labelling.voxels()[1]);
        assertThrows(FormatException.class, () -> labelling.undo(ME));
        labelling.redo(ME);
        assertEquals(second, labelling.redo(ME).open());
        assertEquals(List.of(0, 1, 1), List.of(at(labelling, 1), at(labelling, 2), at(labelling, 3)));
        assertThrows(FormatException.class, () -> labelling.redo(ME));
    }

    @Test
    void whatSomebodyElseDidSinceStays() {
        Labelling labelling = new Labelling(GRID);
        labelling.add(ME, null, null);
        labelling.brush(ME, 1, 2, 1, mask(1, 2, 3), false, true);
        labelling.brush(OTHER, 2, 2, 1, mask(3, 4), false, true);
        labelling.undo(ME);
        assertEquals(List.of(0, 0, 2, 2), List.of(at(labelling, 1), at(labelling, 2), at(labelling, 3), at(labelling, 4)));
        labelling.undo(ME);
        assertEquals(List.of(1, 2), labelling.objects().stream().map(LabelledObject::number).toList(), "the other user needs it");
        assertFalse(labelling.state(ME).undo());
        assertTrue(labelling.state(OTHER).undo());
    }

    /// Undo and redo touch neither an object that another author renamed or made under the same number since, nor its voxels.
    @Test
    void objectsThatSomebodyElseChangedSinceStay() {
        Labelling labelling = new Labelling(GRID);
        labelling.change(ME, new LabelledObject(1, "heart", 1));
        labelling.change(OTHER, new LabelledObject(1, "liver", 2));
        labelling.undo(ME);
        assertEquals("liver", labelling.objects().getFirst().name());

        labelling.add(ME, "kidney", null);
        labelling.brush(ME, 2, 2, 1, mask(1, 2, 3), false, false);
        labelling.undo(ME);
        labelling.remove(OTHER, 2);
        labelling.redo(ME);
        assertEquals(0, labelling.voxels()[2], "there is no such object to give them to");
        assertEquals(List.of(1), labelling.objects().stream().map(LabelledObject::number).toList());
        labelling.add(OTHER, "spleen", null);
        labelling.undo(ME);
        labelling.undo(ME);
        assertEquals(List.of("liver", "spleen"), labelling.objects().stream().map(LabelledObject::name).toList());
        assertEquals(3, labelling.objects().getLast().number(), "a number whose voxels another author's edits may hold is not given again");
    }

    @Test
    void holesOfNothingAreNotFilled() {
        Labelling labelling = new Labelling(GRID);
        assertNull(labelling.tidy(ME, Labelling.Tidy.HOLES, 1).changed());
        assertEquals(0, labelling.voxels()[1]);
        Labelling pixel = new Labelling(Geometry.of(1, 1, 1, 1, 1, 1));
        assertNull(pixel.tidy(ME, Labelling.Tidy.HOLES, 1, 2, 0).changed());
    }

    /// Any sequence of edits, undone one by one and then redone, goes through the same labels.
    @Test
    void everyEditIsTakenBack() {
        Random random = new Random(7);
        Labelling labelling = new Labelling(GRID);
        labelling.add(ME, "second", 0xFF0000);
        List<byte[]> labels = new ArrayList<>(List.of(labelling.labels().classes()));
        for (int n = 0; n < 120; n++) {
            edit(labelling, random);
            byte[] now = labelling.labels().classes();
            int[] counted = new int[256];
            for (byte label : now) counted[label & 0xFF]++;
            assertArrayEquals(counted, labelling.voxels());
            labels.add(now);
        }
        for (int n = labels.size() - 2; n >= 0; n--) {
            labelling.undo(ME);
            assertArrayEquals(labels.get(n), labelling.labels().classes(), "after undoing edit " + n);
        }
        for (int n = 1; n < labels.size(); n++) {
            labelling.redo(ME);
            assertArrayEquals(labels.get(n), labelling.labels().classes(), "after redoing edit " + n);
        }
    }

    private static void edit(Labelling labelling, Random random) {
        int object = 1 + random.below(2), axis = random.below(3);
        Slices slices = new Slices(GRID, axis);
        int index = random.below(slices.count());
        boolean[] pixels = new boolean[slices.height() * slices.width()];
        for (int i = 0; i < pixels.length; i++) pixels[i] = random.below(3) == 0;
        Mask mask = new Mask(slices.height(), slices.width(), pixels);
        switch (random.below(6)) {
            case 0 -> labelling.brush(ME, object, axis, index, mask, random.below(2) == 0, random.below(2) == 0);
            case 1 -> labelling.tidy(ME, TIDY.get(random.below(3)), object, axis, index);
            case 2 -> labelling.tidy(ME, TIDY.get(random.below(3)), object);
            case 3 -> labelling.put(ME, object, axis, Map.of(index, mask));
            default -> labelling.prompt(ME, asked(object, axis, index), mask);
        }
    }

    @Test
    void objectsHaveNamesAndColoursThatComeBack() {
        Labelling labelling = new Labelling(GRID);
        labelling.change(ME, new LabelledObject(1, "liver", 0x123456));
        labelling.brush(ME, 1, 2, 1, mask(0), false, true);
        labelling.remove(ME, 1);
        assertEquals(List.of(), labelling.objects());
        assertEquals(0, labelling.voxels()[1]);
        labelling.undo(ME);
        assertEquals(List.of(new LabelledObject(1, "liver", 0x123456)), labelling.objects());
        assertEquals(1, at(labelling, 0));
        labelling.redo(ME);
        assertEquals(List.of(), labelling.objects());
        assertThrows(FormatException.class, () -> labelling.brush(ME, 1, 2, 1, mask(0), false, true));
        assertThrows(FormatException.class, () -> new LabelledObject(1, "two\nlines", 0));
        assertEquals("#123456", new LabelledObject(1, "x", 0x123456).css());
    }

    /// Between two discs the radius grows evenly.
    @Test
    void betweenTwoDiscsLieDiscs() {
        Geometry grid = Geometry.of(41, 41, 9, 1, 1, 1);
        Labelling labelling = new Labelling(grid);
        labelling.brush(ME, 1, 2, 0, disc(6), false, true);
        labelling.brush(ME, 1, 2, 8, disc(14), false, true);
        labelling.between(ME, 1, 2, 8, 0);
        for (int s = 1; s < 8; s++) {
            double expected = 6 + s, found = Math.sqrt(labelling.mask(1, 2, s).area() / Math.PI);
            assertEquals(expected, found, 0.35, "slice " + s);
        }
        labelling.undo(ME);
        assertEquals(0, labelling.mask(1, 2, 4).area());
        assertThrows(FormatException.class, () -> labelling.between(ME, 1, 2, 0, 1));
        assertThrows(FormatException.class, () -> labelling.between(ME, 1, 2, 0, 3));
    }

    private static Mask disc(double radius) {
        return Brush.stroke(41, 41, List.of(new Brush.Place(20, 20)), radius);
    }

    @Test
    void aStrokeIsWhatIsNearItsLine() {
        List<Brush.Place> path = List.of(new Brush.Place(2, 3), new Brush.Place(11.5, 7), new Brush.Place(12, -4));
        Mask stroke = Brush.stroke(15, 16, path, 2.5);
        for (int row = 0; row < 15; row++) for (int column = 0; column < 16; column++) {
            double nearest = Double.POSITIVE_INFINITY;
            for (int n = 0; n < 2; n++) for (int t = 0; t <= 1000; t++) {
                Brush.Place a = path.get(n), b = path.get(n + 1);
                double x = a.x() + (b.x() - a.x()) * t / 1000, y = a.y() + (b.y() - a.y()) * t / 1000;
                nearest = Math.min(nearest, Math.hypot(x - column, y - row));
            }
            if (Math.abs(nearest - 2.5) > 0.01) assertEquals(nearest < 2.5, stroke.at(row, column), "row " + row + ", column " + column);
        }
    }

    @Test
    void tidyingIsThatOfEveryVoxel() {
        Random random = new Random(3);
        VoxelBox box = VoxelBox.of(GRID);
        for (int n = 0; n < 20; n++) {
            boolean[] mask = new boolean[box.voxels()];
            for (int i = 0; i < mask.length; i++) mask[i] = random.below(10) < 4 + n % 4;
            Cleaning cleaning = new Cleaning(box);
            int[] parts = parts(mask, true);
            Map<Integer, Integer> sizes = new HashMap<>();
            for (int part : parts) if (part >= 0) sizes.merge(part, 1, Integer::sum);
            int most = sizes.values().stream().max(Integer::compare).orElseThrow();
            boolean[] largest = cleaning.largest(mask), filled = cleaning.filled(mask), smoothed = cleaning.smoothed(mask);
            int first = -1, kept = 0;
            for (int i = 0; i < mask.length; i++) if (largest[i]) {
                if (first < 0) first = parts[i];
                assertEquals(first, parts[i]);
                kept++;
            }
            assertEquals(most, kept);
            int[] holes = parts(mask, false);
            for (int i = 0; i < mask.length; i++) {
                boolean outside = false;
                for (int j = 0; j < mask.length; j++) outside |= holes[i] >= 0 && holes[j] == holes[i] && isRim(j);
                assertEquals(mask[i] || !outside, filled[i]);
                assertEquals(majority(mask, i), smoothed[i]);
            }
        }
    }

    /// In a volume only the box around the object is processed, which must make no difference.
    @Test
    void aVolumeIsTidiedAsAWhole() {
        Random random = new Random(11);
        for (int n = 0; n < 60; n++) {
            byte[] labels = new byte[GRID.voxels()];
            int i0 = random.below(6), j0 = random.below(4), k0 = random.below(3), dense = 2 + random.below(7);
            for (int v = 0; v < labels.length; v++) {
                boolean near = v % 9 >= i0 && v % 9 < i0 + 4 && v / 9 % 7 >= j0 && v / 9 % 7 < j0 + 4 && v / 63 >= k0 && v / 63 < k0 + 3;
                labels[v] = (byte) (near && random.below(10) < dense ? 1 : random.below(20) == 0 ? 2 : 0);
            }
            for (Tidy how : Tidy.values()) {
                Labelling labelling = new Labelling(GRID, labels.clone(), List.of());
                if (labelling.voxels()[1] == 0) continue;
                boolean[] mask = new boolean[labels.length];
                for (int v = 0; v < mask.length; v++) mask[v] = labels[v] == 1;
                Cleaning cleaning = new Cleaning(VoxelBox.of(GRID));
                boolean[] tidied = switch (how) {
                    case LARGEST -> cleaning.largest(mask);
                    case HOLES -> cleaning.filled(mask);
                    case SMOOTH -> cleaning.smoothed(mask);
                    case CLEAR -> new boolean[mask.length];
                };
                labelling.tidy(ME, how, 1);
                byte[] now = labelling.labels().classes();
                for (int v = 0; v < mask.length; v++)
                    assertEquals(labels[v] == 2 ? 2 : tidied[v] ? 1 : 0, now[v], how + ", voxel " + v);
            }
        }
    }

    @Test
    void aMaskOfAnotherSizeChangesNothing() {
        Labelling labelling = new Labelling(GRID, new byte[GRID.voxels()], List.of(LabelledObject.unnamed(1)));
        Mask turned = new Mask(9, 7, new boolean[63]), small = new Mask(1, 1, new boolean[]{true});
        for (Mask mask : List.of(turned, small))
            for (Runnable edit : List.<Runnable>of(() -> labelling.brush(ME, 1, 2, 0, mask, false, false),
                    () -> labelling.put(ME, 1, 2, Map.of(1, mask)),
                    () -> labelling.adopt(ME, 2, 0, List.of(mask))))
                assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, edit::run).getMessage()).endsWith("for a slice of 7 × 9"));
        assertEquals(1, labelling.objects().size());
        assertEquals(0, labelling.voxels()[1]);
    }

    @Test
    void whatIsInOneSliceIsTidiedInThatSlice() {
        for (int axis = 0; axis < 3; axis++) {
            for (Tidy how : TIDY) {
                VoxelBox slice = VoxelBox.slice(GRID, axis, 2);
                byte[] labels = new byte[GRID.voxels()];
                Random random = new Random(17);
                slice.rows(GRID, (at, box) -> {
                    for (int i = 0; i < slice.nx(); i++) labels[at + i] = (byte) (random.below(10) < 7 ? 1 : 0);
                });
                var inVolume = new Labelling(GRID, labels.clone(), List.of());
                var inSlice = new Labelling(GRID, labels.clone(), List.of());
                inVolume.tidy(ME, how, 1);
                inSlice.tidy(ME, how, 1, axis, 2);
                assertArrayEquals(inSlice.labels().classes(), inVolume.labels().classes(), how + ", axis " + axis);
                assertTrue(inVolume.voxels()[1] > 0);
            }
        }
    }

    /// The smallest index in the connected component of each voxel, spread until nothing changes.
    private static int[] parts(boolean[] mask, boolean kind) {
        int[] parts = new int[mask.length];
        for (int i = 0; i < parts.length; i++) parts[i] = mask[i] == kind ? i : -1;
        for (boolean changed = true; changed;) {
            changed = false;
            for (int a = 0; a < parts.length; a++)
                for (int b = 0; b < parts.length; b++)
                    if (parts[a] >= 0 && parts[b] >= 0 && parts[a] < parts[b] && apart(a, b) == 1) {
                        parts[b] = parts[a];
                        changed = true;
                    }
        }
        return parts;
    }

    private static int apart(int a, int b) {
        return Math.abs(a % 9 - b % 9) + Math.abs(a / 9 % 7 - b / 9 % 7) + Math.abs(a / 63 - b / 63);
    }

    private static boolean isRim(int v) {
        int i = v % 9, j = v / 9 % 7, k = v / 63;
        return i == 0 || i == 8 || j == 0 || j == 6 || k == 0 || k == 4;
    }

    private static boolean majority(boolean[] mask, int v) {
        int set = 0, all = 0;
        for (int w = 0; w < mask.length; w++) {
            if (Math.abs(v % 9 - w % 9) > 1 || Math.abs(v / 9 % 7 - w / 9 % 7) > 1 || Math.abs(v / 63 - w / 63) > 1) continue;
            all++;
            if (mask[w]) set++;
        }
        return 2 * set == all ? mask[v] : 2 * set > all;
    }

    @Test
    void smallerMasksLieInFrontAndClassesBecomeObjectsOfTheirName() {
        Labelling labelling = new Labelling(GRID);
        labelling.adopt(ME, 2, 1, List.of(mask(1), mask(0, 1, 2)));
        assertEquals(List.of(2, 3, 2), List.of(at(labelling, 0), at(labelling, 1), at(labelling, 2)));
        byte[] made = new byte[GRID.voxels()];
        made[0] = 2;
        made[1] = 1;
        labelling.replace(ME, new LabelVolume(GRID, made), List.of("background", "object 3", "new"));
        assertEquals(List.of(4, 3), List.of(labelling.labels().at(0, 0, 0), labelling.labels().at(1, 0, 0)));
        assertEquals(0, at(labelling, 0), "all labels are replaced");
        assertNotNull(labelling.undo(ME).changed());
        assertEquals(2, at(labelling, 0));
    }

    @Test
    void whatIsNotThereIsRefused() {
        Labelling labelling = new Labelling(GRID);
        assertThrows(FormatException.class, () -> labelling.prompt(ME, asked(2, 2, 1), mask(1)));
        assertThrows(FormatException.class, () -> labelling.prompt(ME, asked(1, 2, 5), mask(1)));
        assertThrows(FormatException.class, () -> labelling.tidy(ME, Tidy.CLEAR, 1, 3, 0));
        assertThrows(FormatException.class, () -> labelling.discard(ME));
        assertEquals(0, labelling.state(ME).revision());
    }
}
