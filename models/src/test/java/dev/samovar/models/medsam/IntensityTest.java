package dev.samovar.models.medsam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Volume;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntensityTest {
    private static Volume volume(double... voxels) {
        float[] floats = new float[voxels.length];
        for (int i = 0; i < voxels.length; i++) floats[i] = (float) voxels[i];
        return new Volume(Geometry.of(voxels.length, 1, 1, 1, 1, 1), floats);
    }

    private static float[] bits(Intensity intensity, double... voxels) {
        return intensity.apply(volume(voxels)).voxels();
    }

    @Test
    void theSoftWindowIsTheReferences() {
        float[] expected = {0, 0, 38, 102, 127, 165, 229, 254, 255, 255};
        assertArrayEquals(expected, bits(Intensity.Window.SOFT, -1000, -160, -100, 0, 40, 100, 200, 239, 240, 1000));
    }

    @Test
    void aWindowIsStretchedFromTheLeastToTheGreatestThatIsLeft() {
        assertArrayEquals(new float[]{0, 127, 255}, bits(Intensity.Window.SOFT, -100, 0, 100), "not the window's ends");
        assertArrayEquals(new float[]{0, 255, 255}, bits(Intensity.Window.BRAIN, 0, 80, 3000));
        assertArrayEquals(new float[]{0, 0, 127, 255}, bits(Intensity.Window.LUNG, -2000, -1350, -600, 150));
        assertArrayEquals(new float[3], bits(Intensity.Window.SOFT, 500, 600, 700), "all above it");
    }

    @Test
    void percentilesAreTheReferences() {
        var golden = MedSamInputTest.golden().at("percentiles");
        double[] voxels = golden.at("voxels").list().stream().mapToDouble(v -> v.number()).toArray();
        int[] expected = golden.at("uint8").integers();
        float[] actual = bits(new Intensity.Percentiles(), voxels);
        for (int i = 0; i < expected.length; i++) assertEquals(expected[i], actual[i], "voxel " + i + ", " + voxels[i]);
    }

    @Test
    void percentilesEqualThoseOfSortedNumbers() {
        for (int n : new int[]{1, 2, 3, 7, 200, 5000}) {
            Random random = new Random(n);
            double[] voxels = new double[n], sorted;
            for (int i = 0; i < n; i++) voxels[i] = (float) StrictMath.exp(20 * random.normal());
            sorted = voxels.clone();
            Arrays.sort(sorted);
            double lower = between(sorted, 0.005), upper = between(sorted, 0.995);
            float[] actual = bits(new Intensity.Percentiles(), voxels);
            for (int i = 0; i < n; i++) {
                double cut = Math.clamp(voxels[i], lower, upper);
                int expected = upper > lower ? (int) ((cut - lower) / (upper - lower) * 255) : 0;
                assertEquals(expected, actual[i], 1, "seed " + n + ", voxel " + i);         // the limits may differ in the last bit
            }
        }
    }

    private static double between(double[] sorted, double share) {
        double place = (sorted.length - 1) * share;
        int before = (int) place;
        return sorted[before] + (place - before) * (sorted[Math.min(before + 1, sorted.length - 1)] - sorted[before]);
    }

    @Test
    void zeroStaysZeroThoughOthersAreNegative() {
        assertArrayEquals(new float[]{0, 0, 0, 255}, bits(new Intensity.Percentiles(), -5, 0, 10, 20));
        assertArrayEquals(new float[4], bits(new Intensity.Percentiles(), 0, 0, 0, 0));
        String says = assertThrows(FormatException.class, () -> bits(new Intensity.Percentiles(), -1, 0)).getMessage();
        assertEquals("none of its voxels is above 0, so there are no percentiles of them; choose a window LEVEL,WIDTH", says);
    }

    @Test
    void eightBitsStayAsTheyAre() {
        Volume photograph = volume(0, 7, 255);
        assertSame(photograph, new Intensity.Unchanged().apply(photograph));
        for (double bad : new double[]{-1, 256, 0.5})
            assertTrue(assertThrows(FormatException.class, () -> bits(new Intensity.Unchanged(), 1, bad)).getMessage().startsWith("it holds "));
    }

    @ParameterizedTest
    @CsvSource({"soft, 40, 400", "lung, -600, 1500", "brain, 40, 80", "'50,350', 50, 350", "'-500.5,1e3', -500.5, 1000",
        "'40,400', 40, 400"})
    void windowsHaveNamesOrNumbers(String name, double level, double width) {
        Intensity intensity = Intensity.of(name);
        assertEquals(new Intensity.Window(level, width), intensity);
        assertEquals(intensity, Intensity.of(intensity.toString()));
    }

    @Test
    void percentilesHaveAName() {
        assertEquals(new Intensity.Percentiles(), Intensity.of("percentiles"));
        assertEquals("percentiles", new Intensity.Percentiles().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Soft", "40", "40,", ",400", "40,0", "40,-1", "NaN,1", "1,NaN", "1,Infinity", "1,2,3", "a,b", "1;2",
        "bits:", "bits:0", "bits:33", "auto "})
    void allElseIsRefused(String name) {
        String says = assertThrows(FormatException.class, () -> Intensity.of(name)).getMessage();
        assertEquals("there is no intensity \"" + name
                + "\": it is auto, soft, lung, brain, LEVEL,WIDTH as in 40,400 with a width above 0, percentiles, range, bits:N with N from 1 to 32, or unchanged",
                says);
    }
}
