package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
            for (int channel = 0; channel < 3; channel++) {
                int[] pixels = new int[h * w], ofChannel = new int[size[0] * size[1]];
                for (int y = 0; y < h; y++)
                    for (int x = 0; x < w; x++) pixels[y * w + x] = (37 * y + 91 * x + 53 * channel + 11 * x * y) % 256;
                for (int i = 0; i < ofChannel.length; i++) ofChannel[i] = expected[3 * i + channel];
                assertArrayEquals(ofChannel, new ResizeLongestSide(c.at("target").integer()).apply(pixels, h, w), h + " × " + w
                        + ", channel " + channel);
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
