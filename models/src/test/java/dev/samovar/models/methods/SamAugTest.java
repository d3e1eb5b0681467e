package dev.samovar.models.methods;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Json;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import dev.samovar.models.sam.Crop;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compares SAM's prior maps, and the mean of two outputs, with those of the released code.
class SamAugTest {
    private static final int H = 178, W = 267;

    private static Json loose() {
        return Json.read(Path.of(System.getProperty("samovar.shared", "../../shared"), "fixtures", "systems", "samaug.json")).at("loose");
    }

    private static List<MaskRecord> masks(Json loose) {
        List<MaskRecord> masks = new ArrayList<>();
        for (Json mask : loose.at("masks").list())
            masks.add(new MaskRecord(new Rle(H, W, mask.at("rle").at("counts").integers()), new Box(0, 0, W - 1, H - 1),
                    (float) mask.at("predicted_iou").number(), (float) mask.at("stability_score").number(), new Prompt.Point(0, 0, 1),
                    new Crop(0, 0, W, H, 0)));
        return masks;
    }

    private static Picture picture() {
        return PictureFile.read(Golden.path("sam-tiny/picture.png"));
    }

    @Test
    void mapsAndPictureAreTheReleasedOnes() {
        try (Fixture fixture = Fixture.open("samaug.safetensors")) {
            Picture maps = PriorMaps.of(masks(loose()), H, W);
            float[] boundaries = fixture.bytes("loose.boundary_prior", 1), expected = fixture.file().floats("loose.seg_prior");
            for (int i = 0; i < H * W; i++) {
                assertEquals(expected[i], maps.pixels()[i], 1e-6f * 3, "segmentation prior, pixel " + i);
                assertEquals(boundaries[i], maps.pixels()[H * W + i], "boundary prior, pixel " + i);
            }
            float[] unit = picture().pixels().clone();
            for (int i = 0; i < unit.length; i++) unit[i] /= 255;
            Picture seen = PriorMaps.onto(new Picture(3, H, W, unit).beside(maps), false);
            double[] sample = fixture.doubles("loose.augmented_sample");
            for (int i = 0; i < sample.length; i++) {
                int at = (int) (i * 2654435761L % (3 * H * W)), pixel = at / 3, channel = at % 3;      // in the fixture the channels of a pixel are side by side
                assertEquals(sample[i], seen.pixels()[channel * H * W + pixel], 5e-7, "augmented value " + i);
            }
            for (int i = 0; i < H * W; i++) assertEquals(unit[i], seen.pixels()[i], "red stays as it is");
            Picture grey = PriorMaps.onto(new Picture(3, H, W, unit).beside(maps), true);
            assertArrayEquals(maps.pixels(), java.util.Arrays.copyOfRange(grey.pixels(), H * W, 3 * H * W),
                    "a grey picture gets the maps as channels");
        }
    }

    @Test
    void theReleasedSettingsAreTooStrictForATinyNetwork() {
        try (var file = Golden.open("sam-tiny/sam-tiny-trained.safetensors"); Sam sam = Sam.load(file, Device.cpu(2))) {
            Settings settings = Priors.published().settings();
            assertEquals(List.of(32, 0.5, 0.5, 0.5, 0.95), List.of(settings.pointsPerSide(), settings.cropNmsThresh(), settings.boxNmsThresh(),
                    settings.predIouThresh(), settings.stabilityScoreThresh()));
            assertEquals(List.of(), new AutomaticMaskGenerator(new SamPredictor(sam), settings.withPoints(8)).generate(picture()));
        }
    }

    @Test
    void anEnsembleIsTheMeanOfWhatIsLikely() {
        try (Fixture fixture = Fixture.open("samaug.safetensors"); var _ = Scope.open()) {
            for (Device device : List.of(Device.scalar(2), Device.cpu(2))) {
                Tensor raw = twoClasses(device, fixture, "raw"), maps = twoClasses(device, fixture, "aug");
                float[] mean = PromptFreeNetwork.mean(List.of(raw, maps)).softmax(1).select(1, 1).toArray();
                Golden.assertClose("mean", fixture.file().floats("ens1.mean"), mean, 2e-6);
                Golden.assertClose("one twice", raw.softmax(1).toArray(), PromptFreeNetwork.mean(List.of(raw, raw)).softmax(1).toArray(), 1e-6);
            }
        }
    }

    /// Logits of two classes: a sigmoid is a softmax whose other logit is 0.
    private static Tensor twoClasses(Device device, Fixture fixture, String which) {
        Tensor logits = Tensor.of(device, fixture.file().floats("ens1." + which + "_logits"), 1, 1, 12, 10).resizeBilinear(37, 31);
        return Tensor.concat(1, Tensor.full(device, 0, 1, 1, 37, 31), logits);
    }
}
