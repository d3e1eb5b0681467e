package dev.samovar.models.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptUncertaintyTest {
    @Test
    void promptsThatAreNotMovedLeaveNoUncertaintyAndThoseThatAreDo() {
        try (var file = Safetensors.open(Golden.path("sam-tiny/sam-tiny-trained.safetensors")); var sam = Sam.load(file, Device.cpu())) {
            var predictor = new SamPredictor(sam);
            EmbeddedImage image = predictor.embed(PictureFile.read(Golden.path("sam-tiny/picture.png")));
            Prompt box = Prompt.box(40, 30, 120, 130).and(Prompt.click(80, 80));
            int n = image.height() * image.width();
            var still = PromptUncertainty.of(predictor, image, box, new PromptUncertainty.Jitter(4, 0, 1), "thing");
            assertArrayEquals(new float[n], still.answers().variance());
            assertArrayEquals(new float[n], still.answers().entropy());
            assertEquals(0, still.answers().disagreement());
            assertArrayEquals(predictor.best(image, box).mask().pixels(), still.first().mask().pixels());
            var moved = PromptUncertainty.of(predictor, image, box, new PromptUncertainty.Jitter(4, 15, 1), "thing");
            assertTrue(moved.answers().disagreement() > 0);
            float[] variance = moved.answers().variance();
            assertTrue(IntStream.range(0, n).anyMatch(i -> variance[i] > 0));
            assertEquals(moved.answers().disagreement(), PromptUncertainty.of(predictor, image, box, new PromptUncertainty.Jitter(4, 15, 1),
                    "thing").answers().disagreement(), "the same seed");
            assertTrue(moved.stability() > 0 && moved.stability() <= 1);
        }
        assertThrows(FormatException.class, () -> new PromptUncertainty.Jitter(1, 3, 1));
        assertThrows(FormatException.class, () -> new PromptUncertainty.Jitter(3, -1, 1));
    }
}
