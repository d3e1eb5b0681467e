package dev.samovar.models.medsam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.resample.AreaResize;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.sam.TinyVitConfig;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LiteMedSamFramingTest {
    private static final LiteMedSamFraming FRAMING = new LiteMedSamFraming();
    private static final SamConfig TINY = new SamConfig(new TinyVitConfig(List.of(8, 12, 12, 16), List.of(1, 1, 1, 1), List.of(2, 2, 4),
            List.of(7, 5, 3), 32, 1, 6, 4, 4), 16, 16, 16);

    @Test
    void aPixelIsTheMeanOfWhatItCovers() {
        Picture picture = new Picture(1, 2, 3, new float[]{0, 30, 60, 90, 120, 150});
        assertArrayEquals(new float[]{60, 90}, AreaResize.apply(new Picture(1, 2, 4, new float[]{0, 30, 60, 90, 90, 120, 120, 90}), 1, 2)
                .pixels(), "half of each side");
        assertArrayEquals(new float[]{10, 50, 100, 140}, AreaResize.apply(picture, 2, 2).pixels(),
                "a third of the middle column on each side");
        assertArrayEquals(picture.pixels(), AreaResize.apply(picture, 2, 3).pixels());
        assertArrayEquals(new float[]{0, 0, 90, 90}, AreaResize.apply(new Picture(1, 1, 2, new float[]{0, 90}), 1, 4).pixels(), "enlarged");
    }

    @Test
    void aPictureIsStretchedToOneThenFilledUp() {
        try (var _ = Scope.open()) {
            float[] x = FRAMING.input(Device.cpu(), new Picture(3, 1, 2, new float[]{10, 20, 30, 40, 50, 60}), 2).toArray();
            assertArrayEquals(new float[]{0, 0.2f, 0, 0, 0.4f, 0.6f, 0, 0, 0.8f, 1, 0, 0}, x, 1e-6f);
        }
    }

    @Test
    void boxesAreCutToWholePixels() {
        assertEquals(38, FRAMING.x(77, 300, 512, 256));
        assertEquals(128, FRAMING.y(257, 300, 512, 256));
    }

    @Test
    void aMaskIsAsLargeAsTheSquareAndComesBack() {
        boolean[] pixels = new boolean[24 * 40];
        for (int i = 0; i < pixels.length; i++) pixels[i] = i % 40 < 20;
        Prompt.LowRes prompt = FRAMING.prompt(new Mask(24, 40, pixels), 32);
        assertEquals(32, prompt.side());
        try (var _ = Scope.open()) {
            float[] back = FRAMING.masks(Tensor.of(Device.cpu(), prompt.logits(), 1, 1, 32, 32), 24, 40, 32).toArray();
            assertEquals(new Mask(24, 40, pixels), Mask.above(0, 24, 40, back));
        }
    }

    @Test
    void itsCheckpointIsKnownByItsPatchesAndAnswersBoxes() {
        assertTrue(LiteMedSamFraming.suits(SamConfig.liteMed()));
        assertFalse(LiteMedSamFraming.suits(SamConfig.mobile()));
        assertFalse(LiteMedSamFraming.suits(SamConfig.vitB()));
        try (TensorFile file = Formula.file(TINY.tensors(), name -> Formula.mobile(name, Objects.requireNonNull(TINY.tensors().get(name))))) {
            SamConfig config = SamConfig.infer(file);
            assertEquals(TINY, config.forImages(32));
            assertEquals(64, config.grid());
            try (Sam sam = Sam.load(file, Device.cpu())) {
                SamPredictor predictor = new SamPredictor(sam, FRAMING);
                float[] values = new float[3 * 60 * 100];
                for (int i = 0; i < values.length; i++) values[i] = i * 7 % 256;
                EmbeddedImage image = predictor.embed(new Picture(3, 60, 100, values));
                List<Candidate> found = predictor.predict(image, new Prompt.Box(10, 10, 70, 50), false);
                assertEquals(60, found.getFirst().mask().height());
                assertEquals(256, found.getFirst().lowRes().side());
            }
        }
    }
}
