package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Picture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizeLongestSideTest {
    private static final Json GOLDEN = golden();

    private static Json golden() {
        try (var in = ResizeLongestSideTest.class.getResourceAsStream("resize.json")) {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "resize.json");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void everyPixelEqualsTheReferences() {
        for (Json c : GOLDEN.at("cases").list()) {
            int h = c.at("h").integer(), w = c.at("w").integer();
            int[] size = c.at("out_hw").integers(), expected = c.at("out_hwc_flat").integers();
            float[] pixels = new float[3 * h * w], planes = new float[expected.length];
            for (int i = 0; i < pixels.length; i++) {
                int channel = i / (h * w), y = i / w % h, x = i % w;
                pixels[i] = (37 * y + 91 * x + 53 * channel + 11 * x * y) % 256;
            }
            int n = size[0] * size[1];
            for (int i = 0; i < expected.length; i++) planes[i % 3 * n + i / 3] = expected[i];
            var resize = new ResizeLongestSide(c.at("target").integer());
            Picture resized = resize.apply(new Picture(3, h, w, pixels));
            assertArrayEquals(planes, resized.pixels(), h + " × " + w);
            Picture grey = resize.apply(new Picture(1, h, w, Arrays.copyOf(pixels, h * w)));
            assertArrayEquals(Arrays.copyOf(planes, n), grey.pixels(), "grey " + h + " × " + w);
        }
    }

    /// Compares with Pillow 12.3 for pictures with opacity, in colour and grey.
    @Test
    void opacityWeighsColours() {
        for (Json c : GOLDEN.at("opacity").list()) {
            int h = c.at("h").integer(), w = c.at("w").integer(), channels = c.at("channels").integer();
            int[] size = c.at("out_hw").integers(), expected = c.at("out_hwc_flat").integers();
            float[] pixels = new float[channels * h * w], planes = new float[expected.length];
            for (int i = 0; i < pixels.length; i++) {
                int channel = i / (h * w), y = i / w % h, x = i % w;
                boolean opacity = channel == channels - 1;
                pixels[i] = opacity && x + y == 0
                        ? 0
                        : opacity && x + y == h + w - 2 ? 255 : (37 * y + 91 * x + 53 * (opacity ? 3 : channel) + 11 * x * y) % 256;
            }
            int n = size[0] * size[1];
            for (int i = 0; i < expected.length; i++) planes[i % channels * n + i / channels] = expected[i];
            Picture resized = new ResizeLongestSide(c.at("target").integer()).apply(new Picture(channels, h, w, pixels));
            assertArrayEquals(planes, resized.pixels(), h + " × " + w + ", " + channels + " channels");
        }
    }

    @Test
    void coordinatesGoThereAsTheReferences() {
        Json coords = GOLDEN.at("coords");
        var resize = new ResizeLongestSide(1024);
        for (String which : List.of("", "2")) {
            int[] hw = coords.at("hw" + which).integers();
            List<Json> in = coords.at("in").list(), out = coords.at("out" + which).list();
            for (int i = 0; i < in.size(); i++) {
                double[] from = in.get(i).numbers(), to = out.get(i).numbers();
                assertEquals(to[0], resize.x(from[0], hw[0], hw[1]), 1e-9);
                assertEquals(to[1], resize.y(from[1], hw[0], hw[1]), 1e-9);
            }
        }
    }

    @Test
    void theNewSizeEqualsTheReferences() {
        var resize = new ResizeLongestSide(1024);
        for (Json c : GOLDEN.at("shapes").list()) {
            int[] hw = c.at("hw").integers();
            assertArrayEquals(c.at("out").integers(), new int[]{resize.height(hw[0], hw[1]), resize.width(hw[0], hw[1])}, hw[0] + " × "
                    + hw[1]);
        }
        assertEquals(1, resize.width(2000, 1));
    }
}
