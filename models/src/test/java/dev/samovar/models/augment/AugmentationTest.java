package dev.samovar.models.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Picture;
import org.junit.jupiter.api.Test;

/// Compares with the same steps, composed of SciPy 1.17.1's `map_coordinates` and `gaussian_filter`, on the same stream of random numbers.
class AugmentationTest {
    private static final int SIDE = 24;
    private static final int[] SOME = {0, 1, 23, 100, 287, 300, 575, 581, 1485, 1727};

    @Test
    void aTurnedAndZoomedPictureIsTheReferences() {
        float[] expected = {0.7046438f, 0.9057409f, 0.8656187f, 0.3753156f, 0.571020f, 0.3668763f, 0.06191223f, 0.1522350f, 0.8642820f, 0.3235097f};
        warped(2, expected, new int[]{136, 153, 131, 156}, 259_938);
    }

    @Test
    void soIsAMirroredOne() {
        float[] expected = {0.9392859f, 0.7784313f, 0.3509153f, 0.7940751f, 0.6423719f, 0.1382776f, 0.7950954f, 0.5929143f, 0.4523923f, 0.1138921f};
        warped(10, expected, new int[]{159, 137, 132, 148}, 244_160);
    }

    private static void warped(long seed, float[] expected, int[] counts, int sum) {
        Warp warp = Warp.draw(SIDE, new Random(seed));
        float[] pixels = new float[3 * SIDE * SIDE], some = new float[SOME.length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = formula(i);
        float[] warped = warp.apply(new Picture(3, SIDE, SIDE, pixels)).pixels();
        for (int i = 0; i < SOME.length; i++) some[i] = warped[SOME[i]];
        assertArrayEquals(expected, some, 2e-6f);
        byte[] labels = new byte[SIDE * SIDE];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (i * 7 / 50 % 4);
        byte[] moved = warp.apply(labels);
        int[] found = new int[4];
        int places = 0;
        for (int i = 0; i < moved.length; i++) {
            found[moved[i]]++;
            places += (i + 1) * moved[i];
        }
        assertArrayEquals(counts, found);
        assertEquals(sum, places);
    }

    private static float formula(int i) {
        return (i * 37 + i / 7 * 91) % 256 / 255f;
    }

    @Test
    void brightnessGammaAndNoiseAreTheReferences() {
        float[][] expected = {{0.0027305f, 0.4479636f, 1.0199081f, 0.3715822f, 0.6756622f, 0.7541404f},           // gamma, noise
            {0, 0.4193548f, 0.9677419f, 0.3870968f, 0.7096774f, 0.7419355f},                                      // nothing
            {0, 0.4193548f, 0.9677419f, 0.3870968f, 0.7096774f, 0.7419355f},
            {-0.2100647f, 0.1896362f, 0.8529060f, 1.4242843f, 2.7531190f, 2.6211228f},                            // brightness, noise
            {2.5309596f, 2.8741171f, 3.3046718f, 0.7143409f, 2.9707973f, 2.9963937f},                             // brightness, gamma
            {1.2242825f, 1.4830025f, 2.1201017f, 1.6240225f, 2.5792253f, 2.7815647f},
            {0, 0.6095452f, 0.9677418f, 0.5831637f, 0.8152715f, 0.8355522f},                                      // gamma
            {1.5314012f, 1.5320735f, 2.0248585f, 0.3952005f, 1.2953281f, 1.4071560f}};                            // all three
        int[] some = {0, 1, 19, 20, 47, 59};
        for (int seed = 0; seed < expected.length; seed++) {
            float[] slice = new float[60];
            for (int i = 0; i < 60; i++) slice[i] = i * 13 % 31 / 31f;
            float[] x = Augmentation.brightness(new Picture(3, 5, 4, slice), new Random(seed)).pixels(), of = new float[6];
            for (int i = 0; i < 6; i++) of[i] = x[some[i]];
            assertArrayEquals(expected[seed], of, 3e-6f, "seed " + seed);
        }
    }

    @Test
    void aWarpFitsItsSideAlone() {
        Warp warp = Warp.draw(SIDE, new Random(1));
        assertThrows(IllegalArgumentException.class, () -> warp.apply(new Picture(1, 5, SIDE, new float[5 * SIDE])));
        assertThrows(IllegalArgumentException.class, () -> warp.apply(new byte[3]));
    }
}
