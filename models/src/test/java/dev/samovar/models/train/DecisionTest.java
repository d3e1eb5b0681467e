package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Volume;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecisionTest {
    private static final int PIXELS = 4;
    private static final Geometry GRID = Geometry.of(2, 2, 5, 1, 1, 2);            // five slices of four voxels

    /// Background and classes, each of one probability in a slice.
    private static Segmenter.Segmentation decided(Decision decision, float[]... classes) {
        float[] rest = {1, 1, 1, 1, 1};
        for (float[] p : classes) for (int s = 0; s < rest.length; s++) rest[s] -= p[s];
        List<Volume> all = new ArrayList<>(List.of(volume(rest)));
        for (float[] p : classes) all.add(volume(p));
        return decision.of(all);
    }

    private static Volume volume(float[] slices) {
        float[] voxels = new float[GRID.voxels()];
        for (int i = 0; i < voxels.length; i++) voxels[i] = slices[i / PIXELS];
        return new Volume(GRID, voxels);
    }

    private static byte[] labels(Segmenter.Segmentation found) {
        byte[] classes = found.labels().classes(), slices = new byte[classes.length / PIXELS];
        for (int i = 0; i < classes.length; i++) {
            slices[i / PIXELS] = classes[i];
            assertEquals(classes[i / PIXELS * PIXELS], classes[i]);
        }
        return slices;
    }

    private static float[] probabilities(Segmenter.Segmentation found) {
        float[] voxels = found.probabilities().get(1).voxels(), slices = new float[voxels.length / PIXELS];
        for (int i = 0; i < voxels.length; i++) slices[i / PIXELS] = voxels[i];
        return slices;
    }

    @Test
    void slicesAreAveragedWithTheirNeighboursTheNearerTheMore() {
        var found = decided(new Decision(1, Decision.Rule.LIKELIEST), new float[]{0, 1, 0, 1, 1});
        assertArrayEquals(new float[]{1 / 3f, 0.5f, 0.5f, 0.75f, 1}, probabilities(found), 1e-7f);
        assertArrayEquals(new byte[]{0, 0, 0, 1, 1}, labels(found), "where two are as likely, the first");
        float[] end = {1, 0, 0, 0, 0};
        float[] two = probabilities(decided(new Decision(2, Decision.Rule.LIKELIEST), end));
        assertArrayEquals(new float[]{3 / 6f, 2 / 8f, 1 / 9f, 0, 0}, two, 1e-7f);
        float[] all = probabilities(decided(new Decision(Integer.MAX_VALUE, Decision.Rule.LIKELIEST), end));
        assertArrayEquals(new float[]{0.2f, 0.2f, 0.2f, 0.2f, 0.2f}, all, 1e-6f);
        assertThrows(IllegalArgumentException.class, () -> new Decision(-1, Decision.Rule.DICE));
    }

    @Test
    void neighboursAreThoseOfTheSlicesThatTheNetworkSees() {
        var random = new Random(3);
        int[] size = {3, 4, 5};
        float[] p = new float[60];
        for (int i = 0; i < p.length; i++) p[i] = (float) random.uniform();
        var decision = new Decision(1, Decision.Rule.DICE);
        float[] upright = decision.of(List.of(new Volume(Geometry.of(3, 4, 5, 1, 1, 2), p))).probabilities().getFirst().voxels();
        float[] turned = new float[60];                                            // the axis of the slices is now the first
        for (int i = 0; i < 60; i++) turned[turned(i, size)] = p[i];
        float[] found = decision.of(List.of(new Volume(Geometry.of(5, 3, 4, 2, 1, 1), turned))).probabilities().getFirst().voxels();
        for (int i = 0; i < 60; i++) assertEquals(upright[i], found[turned(i, size)]);
    }

    private static int turned(int i, int[] size) {
        int x = i % size[0], y = i / size[0] % size[1], z = i / (size[0] * size[1]);
        return z + size[2] * (x + size[0] * y);
    }

    @Test
    void moreIsTakenWhereTheNetworkIsUnsure() {
        float[] p = {0.9f, 0.8f, 0.45f, 0.4f, 0.05f};
        assertArrayEquals(new byte[]{1, 1, 0, 0, 0}, labels(decided(Decision.PLAIN, p)));
        // all but the last: 2 · 2.55 / (4 + 2.6) = 0.773, against 0.739 of the first two and 0.768 of the first three; half of it is 0.386
        assertArrayEquals(new byte[]{1, 1, 1, 1, 0}, labels(decided(new Decision(0, Decision.Rule.DICE), p)));
    }

    @Test
    void aClassThatIsNowhereTheLikeliestIsNotGiven() {
        assertArrayEquals(new byte[5], labels(decided(new Decision(0, Decision.Rule.DICE), new float[]{0.1f, 0.2f, 0.1f, 0, 0.1f})));
    }

    @Test
    void aVoxelThatTwoClassesWouldTakeGetsTheLikelierOne() {
        float[] one = {0.9f, 0.45f, 0.2f, 0, 0}, other = {0, 0.4f, 0.7f, 0.9f, 0};
        assertArrayEquals(new byte[]{1, 1, 2, 2, 0}, labels(decided(new Decision(0, Decision.Rule.DICE), one, other)));
    }
}
