package dev.samovar.models.medsam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import org.junit.jupiter.api.Test;

class MedSamFramingTest {
    private static final MedSamFraming FRAMING = new MedSamFraming();

    /// The reference's own example: a box in a picture of 400 × 500.
    @Test
    void aBoxIsStretchedAsThePicture() {
        double[] box = {FRAMING.x(95, 400, 500, 1024), FRAMING.y(255, 400, 500, 1024), FRAMING.x(190, 400, 500, 1024), FRAMING.y(350, 400,
                500, 1024)};
        assertArrayEquals(new double[]{194.56, 652.8, 389.12, 896.0}, box, 1e-9);
    }

    /// As in the reference, probabilities at the decoder's size are resized to the picture, and those above one half are in the mask.
    @Test
    void masksAreThoseOfTheResizedProbabilities() {
        Device device = Device.cpu();
        Random random = new Random(3, "masks");
        float[] logits = new float[32 * 32], p = new float[32 * 32];
        for (int i = 0; i < p.length; i++) {
            logits[i] = (float) (3 * random.normal());
            p[i] = (float) (1 / (1 + Math.exp(-logits[i])));
        }
        try (var _ = Scope.open()) {
            float[] resized = Tensor.of(device, p, 1, 1, 32, 32).resizeBilinear(50, 41).toArray();
            float[] found = FRAMING.masks(Tensor.of(device, logits, 1, 1, 32, 32), 50, 41, 128).toArray();
            for (int i = 0; i < found.length; i++) {
                assertEquals(Math.log(resized[i] / (1.0 - resized[i])), found[i], 1e-4, "pixel " + i);
                if (Math.abs(resized[i] - 0.5) > 1e-5) assertEquals(resized[i] > 0.5, found[i] > 0, "pixel " + i);
            }
        }
    }

    @Test
    void theNetworkIsGivenThePreparedPicture() {
        float[] pixels = new float[5 * 7];
        for (int i = 0; i < pixels.length; i++) pixels[i] = 7 * i;
        Picture picture = new Picture(1, 5, 7, pixels);
        try (var _ = Scope.open()) {
            assertArrayEquals(new MedSamInput(16).prepare(picture).pixels(), FRAMING.input(Device.cpu(), picture, 16).toArray());
        }
    }
}
