package dev.samovar.models.resample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Picture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SplineResizeTest {
    private static final double TOLERANCE = 2e-5;                       // an ulp of a float, and the last digit of the file

    private static Json golden() {
        try (var in = Objects.requireNonNull(SplineResizeTest.class.getResourceAsStream("resize.json"))) {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "resize.json");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Picture picture(int h, int w, int modulus, int base) {
        float[] pixels = new float[h * w];
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) pixels[y * w + x] = (37 * y + 91 * x + 11 * x * y) % modulus + base;
        return new Picture(1, h, w, pixels);
    }

    @Test
    void everyPixelEqualsTheReferences() {
        int cases = 0;
        for (Json c : golden().at("cases").list()) {
            int[] in = c.has("in") ? c.at("in").integers() : new int[]{9, 11}, size = c.at("size").integers();
            Picture from = c.has("base") ? picture(in[0], in[1], 150, c.at("base").integer()) : picture(in[0], in[1], 256, 0);
            float[] actual = SplineResize.apply(from, size[0], size[1]).pixels();
            double[] expected = c.at("out_float").list().stream().mapToDouble(Json::number).toArray();
            String name = Arrays.toString(in) + " to " + Arrays.toString(size);
            assertEquals(expected.length, actual.length, name);
            for (int i = 0; i < expected.length; i++) assertEquals(expected[i], actual[i], TOLERANCE, name + ", pixel " + i);
            cases++;
        }
        assertEquals(10, cases);
    }

    @Test
    void aPictureOfTheSameSizeAndAFlatOneStayAsTheyAre() {
        Picture noise = picture(40, 50, 256, 0), flat = new Picture(1, 3, 4, new float[12]);
        Arrays.fill(flat.pixels(), 100);
        assertArrayEquals(noise.pixels(), SplineResize.apply(noise, 40, 50).pixels());
        for (float v : SplineResize.apply(flat, 17, 2).pixels()) assertEquals(100, v);
    }

    /// A step, which a spline overshoots on both sides, beside two channels of full range.
    @Test
    void channelsAreResizedAloneAndCutTogether() {
        float[] pixels = new float[3 * 99], step = new float[99];
        Picture full = picture(9, 11, 256, 0);
        for (int i = 0; i < 99; i++) step[i] = i % 11 < 6 ? 60 : 180;
        System.arraycopy(full.pixels(), 0, pixels, 0, 99);
        System.arraycopy(full.pixels(), 0, pixels, 99, 99);
        System.arraycopy(step, 0, pixels, 198, 99);
        float[] all = SplineResize.apply(new Picture(3, 9, 11, pixels), 12, 16).pixels();
        float[] first = SplineResize.apply(full, 12, 16).pixels();
        float[] third = SplineResize.apply(new Picture(1, 9, 11, step), 12, 16).pixels();
        assertArrayEquals(first, Arrays.copyOf(all, 192));
        assertArrayEquals(first, Arrays.copyOfRange(all, 192, 384));
        int swings = 0;
        for (int i = 0; i < 192; i++) {
            assertEquals(third[i], Math.clamp(all[384 + i], 60, 180));
            if (third[i] != all[384 + i]) swings++;
        }
        assertTrue(swings >= 24, "the spline must overshoot in every row, but does so only " + swings + " times");
    }
}
