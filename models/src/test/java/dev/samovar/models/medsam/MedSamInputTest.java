package dev.samovar.models.medsam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Picture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Compares with the same steps, composed of scikit-image 0.26 and NumPy 2.
class MedSamInputTest {

    static Json golden() {
        try (var in = Objects.requireNonNull(MedSamInputTest.class.getResourceAsStream("input.json"))) {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "input.json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyPixelEqualsTheReferences() {
        for (Json c : golden().at("cases").list()) {
            int h = c.at("height").integer(), w = c.at("width").integer(), side = c.at("side").integer();
            int[] resized = c.at("resized").integers();
            int min = Arrays.stream(resized).min().orElseThrow(), max = Arrays.stream(resized).max().orElseThrow();
            float[] expected = new float[resized.length];
            for (int i = 0; i < expected.length; i++) expected[i] = (float) ((resized[i] - min) / (double) (max - min));
            Picture input = new MedSamInput(side).prepare(picture(h, w));
            assertEquals(3, input.channels());
            assertArrayEquals(expected, input.pixels(), h + " × " + w);
        }
    }

    private static Picture picture(int h, int w) {
        float[] pixels = new float[3 * h * w];
        for (int i = 0; i < pixels.length; i++) {
            int c = i / (h * w), y = i / w % h, x = i % w;
            pixels[i] = (37 * y + 91 * x + 11 * x * y + 50 * c) / (3 + c) % 200 + 20;
        }
        return new Picture(3, h, w, pixels);
    }

    @Test
    void greyIsTheSameInAllChannels() {
        Picture colour = picture(13, 17), grey = new Picture(1, 13, 17, Arrays.copyOf(colour.pixels(), 221));
        float[] pixels = new float[663];
        for (int i = 0; i < 663; i++) pixels[i] = grey.pixels()[i % 221];
        assertArrayEquals(new MedSamInput(16).prepare(new Picture(3, 13, 17, pixels)).pixels(), new MedSamInput(16).prepare(grey).pixels());
    }

    @Test
    void aConstantPictureIsZero() {
        float[] pixels = new float[12];
        Arrays.fill(pixels, 77);
        assertArrayEquals(new float[3 * 64], new MedSamInput(8).prepare(new Picture(1, 3, 4, pixels)).pixels());
        assertThrows(IllegalArgumentException.class, () -> new MedSamInput(8).prepare(new Picture(2, 3, 2, pixels)));
    }
}
