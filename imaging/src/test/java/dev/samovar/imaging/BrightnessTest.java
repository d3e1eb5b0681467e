package dev.samovar.imaging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Random;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrightnessTest {
    private static Brightness auto(float... numbers) {
        return new Intensity.Auto().brightness(Numbers.of(numbers));
    }

    @Test
    void wholeNumbersOfEightBitsStayAsTheyAre() {
        float[] photograph = {0, 7, 80, 255};
        assertTrue(auto(photograph).isSame());
        assertArrayEquals(photograph, auto(photograph).of(photograph));
        Volume volume = new Volume(Geometry.of(4, 1, 1, 1, 1, 1), photograph);
        assertSame(volume, new Intensity.Auto().apply(volume));
    }

    /// Numbers of 10, 12, 14 or 16 bits, signed numbers and fractions are all stretched in the same way.
    @ParameterizedTest
    @CsvSource({"4, 0", "16, 0", "64, 0", "256, 0", "64, -8000", "0.00390625, 0", "1e-9, 5e-7", "1048576, 1e8"})
    void whatIsStretchedDoesNotDependOnScaleOrOffset(double scale, double offset) {
        float[] numbers = new float[256];
        for (int i = 0; i < 256; i++) numbers[i] = (float) (i * scale + offset);
        Brightness brightness = auto(numbers);
        double lower = 0.255, upper = 254.745;
        for (int i = 0; i < 256; i++)
            assertEquals(Math.rint((Math.clamp(i, lower, upper) - lower) / (upper - lower) * 255), brightness.of(numbers[i]), i + " of "
                    + brightness.words());
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e30, -1e30, 60000, -30000, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aFewOutliersDoNotDecide(double outlier) {
        float[] numbers = new float[10_000];
        for (int i = 0; i < numbers.length; i++) numbers[i] = 1000 + i % 1000;
        float before = auto(numbers).of(1500);
        numbers[5] = (float) outlier;
        numbers[6] = (float) outlier;
        Brightness brightness = auto(numbers);
        assertEquals(before, brightness.of(1500), 1, brightness.words());
        assertEquals(outlier > 0 ? 255 : 0, brightness.of((float) outlier));
    }

    @Test
    void percentilesAreThoseOfTheSortedNumbers() {
        for (boolean whole : new boolean[]{true, false}) for (int n : new int[]{1, 2, 3, 999, 1000, 1001, 5000}) {
            Random random = new Random(n);
            float[] numbers = new float[n];
            for (int i = 0; i < n; i++) numbers[i] = (float) (whole ? random.below(70_000) - 20_000 : random.normal() * 1e-3 - 7);
            float[] sorted = numbers.clone();
            Arrays.sort(sorted);
            Brightness brightness = auto(numbers);
            if (n < 3) continue;
            assertEquals(between(sorted, 0.001), brightness.lower(), Math.abs(sorted[0]) * 1e-12, n + ", " + whole);
            assertEquals(between(sorted, 0.999), brightness.upper(), Math.abs(sorted[n - 1]) * 1e-12, n + ", " + whole);
        }
    }

    private static double between(float[] sorted, double share) {
        double place = (sorted.length - 1) * share, t = place - (int) place;
        int before = (int) place;
        return sorted[before] + t * ((double) sorted[Math.min(before + 1, sorted.length - 1)] - sorted[before]);
    }

    @Test
    void aFewSpotsInTheDarkAreSeen() {
        float[] dark = new float[10_000];
        dark[17] = 4000;
        assertEquals(255, auto(dark).of(4000), "if both percentiles are equal, the least and the greatest value are used");
        assertEquals("brightness: 0 is black and 4000 white (the least and the greatest)", auto(dark).words());
    }

    @Test
    void whatIsConstantIsBlack() {
        assertArrayEquals(new float[3], auto(700, 700, 700).of(700, 700, 700));
        assertArrayEquals(new float[3], auto(Float.NaN, Float.NaN).of(Float.NaN, Float.NaN, 0));
        assertEquals("brightness: 0 is black and 255 white (as it is); 1 of the numbers are NaN or infinite, and NaN is black", auto(3,
                Float.NaN).words());
    }

    @Test
    void bitsAreThoseOfACamera() {
        assertArrayEquals(new float[]{0, 1, 128, 255}, Intensity.of("bits:16").brightness(Numbers.of(5)).of(0, 257, 32896, 65535));
        assertArrayEquals(new float[]{0, 255, 255}, Intensity.of("bits:12").brightness(Numbers.of(5)).of(0, 4095, 5000));
        assertArrayEquals(new float[]{0, 128, 255}, Intensity.of("range").brightness(Numbers.of(-1, 1)).of(-1, 0, 1));
        for (String name : new String[]{"auto", "bits:12", "range", "unchanged", "soft", "percentiles"})
            assertEquals(name, Intensity.of(name).toString());
    }
}
