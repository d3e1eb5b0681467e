package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.pretrain.HeldOut;
import dev.samovar.models.pretrain.PretrainConfig;
import dev.samovar.models.scenes.Cells;
import dev.samovar.models.scenes.Photographs;
import dev.samovar.models.scenes.SceneSource;
import dev.samovar.models.scenes.Sections;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuiltInSamTest {
    private static final int SCENES = 6, SIDE = 256;

    @Test
    void itIsTheMiniModelInHalfPrecisionAsItsCardSays() throws IOException {
        try (Safetensors file = BuiltInSam.open()) {
            assertEquals(PretrainConfig.mini(), SamConfig.of(file));
            assertTrue(file.entries().values().stream().allMatch(e -> e.dtype() == DType.F16), "half precision");
            assertEquals("samovar pretrain", file.metadata().get("made by"));
        }
        Path card = Path.of("..", "mini", "MODEL_CARD.md");
        assertTrue(Files.readString(card).contains(BuiltInSam.sha256()), card + " has another file's digest");
    }

    @Test
    void itsNameIsAWordAndNoPath() {
        assertTrue(BuiltInSam.is(Path.of("mini")));
        assertFalse(BuiltInSam.is(Path.of("./mini")));
        assertFalse(BuiltInSam.is(Path.of("mini.safetensors")));
    }

    /// The model card's results on many scenes hold for a few of them, with a margin.
    @Test
    void itSegmentsScenesThatItNeverSaw() {
        try (Safetensors file = BuiltInSam.open(); Sam sam = Sam.load(file, Device.cpu())) {
            var predictor = new SamPredictor(sam);
            double box = 0, corrected = 0, correlation = 0;
            List<SceneSource> sources = List.of(new Photographs(), new Cells(), new Sections());
            for (SceneSource source : sources) {
                HeldOut figures = HeldOut.of(predictor, source, SCENES, SIDE, Progress.silent());
                box += figures.box() / sources.size();
                corrected += figures.corrected().getLast() / sources.size();
                correlation += figures.correlation() / sources.size();
            }
            assertTrue(box > 0.55, "mean IoU of a box: " + box);
            assertTrue(corrected > 0.6, "mean IoU after five corrections: " + corrected);
            assertTrue(correlation > 0.5, "r of the predicted with the true IoU: " + correlation);
        }
    }
}
