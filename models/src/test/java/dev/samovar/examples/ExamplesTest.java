package dev.samovar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Geometry;
import dev.samovar.models.data.LabelVolume;
import dev.samovar.models.data.Nifti;
import dev.samovar.models.data.Split;
import dev.samovar.models.data.Volume;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.HeadSpec;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Progress;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.SamWeights;
import dev.samovar.models.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The examples of the README run, and the README shows them as they are.
class ExamplesTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"SegmentAVolume", "TrainAHead"})
    void theReadmeShowsTheExampleAsItIs(String name) throws IOException {
        String source = Files.readString(Path.of("src/test/java/dev/samovar/examples/" + name + ".java"));
        String shown = source.substring(source.indexOf("// README: begin\n") + 17, source.indexOf("    // README: end")).replaceAll(
                "(?m)^ {4}", "");
        assertTrue(Files.readString(Path.of("../README.md")).contains("```java\n" + shown + "```"), "README.md does not show " + name
                + " as it is:\n" + shown);
    }

    @Test
    void aHeadTrainedOnOnePictureLearnsIt() {
        int side = 128, disc = 32;
        float[] pixels = new float[3 * side * side];
        byte[] classes = new byte[disc * disc];
        for (int i = 0; i < pixels.length; i++) {
            int row = i / side % side, column = i % side;
            double y = (double) row / side - 0.5, x = (double) column / side - 0.5;
            pixels[i] = x * x + y * y < 0.06 ? 1 : 0;
        }
        for (int i = 0; i < classes.length; i++) {
            int row = i / disc, column = i % disc;
            double y = (row + 0.5) / disc - 0.5, x = (column + 0.5) / disc - 0.5;
            classes[i] = (byte) (x * x + y * y < 0.06 ? 1 : 0);
        }
        Path head = folder.resolve("head.safetensors");
        double first = TrainAHead.train(SAM, pixels, classes, disc, 1, head);
        double last = TrainAHead.train(SAM, pixels, classes, disc, 40, head);
        assertTrue(last < first / 3, "loss " + first + " → " + last);
        assertTrue(Files.exists(head));
    }

    @Test
    void aVolumeIsSegmentedWithATrainedRun() throws IOException {
        Path data = data(folder.resolve("data")), run = folder.resolve("run"), image = data.resolve("imagesTr/b.nii.gz"), labels = folder
                .resolve("labels.nii.gz");
        train(data, run);
        SegmentAVolume.segment(SAM, run, image, labels);
        LabelVolume predicted = Nifti.readLabels(labels), truth = Nifti.readLabels(data.resolve("labelsTr/b.nii.gz"));
        assertEquals("", predicted.geometry().difference(truth.geometry()).orElse(""), "on the grid of its image");
        int agree = 0;
        for (int i = 0; i < truth.classes().length; i++) if (truth.classes()[i] == predicted.classes()[i]) agree++;
        assertTrue(agree > 0.85 * truth.classes().length, agree + " of " + truth.classes().length + " voxels agree");
    }

    private static void train(Path data, Path folder) {
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var dataset = Dataset.open(data);
            var split = new Split(List.of("a"), List.of(), List.of("b"));
            Device device = Device.cpu();
            var spec = HeadSpec.of(HeadSpec.Kind.VIT);
            var classes = List.of("background", "ball");
            var preparation = new Preparation(Preprocessing.PAPER, 32, true, new Augment.None());
            var config = new RunConfig(spec, classes, preparation, new RunConfig.Schedule(8, 2e-3, 4, 1, 1), new RunConfig.Origin(data,
                    null, SAM, weights.sha256(), device.toString(), folder.resolveSibling("cache")));
            Run run = Run.create(folder, config, split);
            var cache = new EmbeddingCache(folder.resolveSibling("cache"), weights, preparation, device, Progress.silent());
            try (var trainer = new Trainer(run, weights, dataset, cache, device, Progress.silent())) {
                trainer.run();
            }
        }
    }

    /// Two volumes with a bright ball in noise.
    private static Path data(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("imagesTr"));
        Files.createDirectories(folder.resolve("labelsTr"));
        for (String name : List.of("a", "b")) {
            int n = 24, slices = 12;
            Geometry g = Geometry.of(n, n, slices, 1, 1, 3);
            var random = new Random(7, name);
            float[] voxels = new float[n * n * slices];
            byte[] classes = new byte[voxels.length];
            for (int i = 0; i < voxels.length; i++) {
                double x = i % n - 11, y = i / n % n - 13, z = 2 * (i / (n * n) - 6);
                classes[i] = (byte) (x * x + y * y + z * z < 60 ? 1 : 0);
                voxels[i] = (float) (100 * classes[i] + 10 * random.normal());
            }
            Nifti.write(folder.resolve("imagesTr/" + name + ".nii.gz"), new Volume(g, voxels));
            Nifti.write(folder.resolve("labelsTr/" + name + ".nii.gz"), new LabelVolume(g, classes));
        }
        assertEquals(2, Dataset.open(folder).cases().stream().map(Case::name).distinct().count());
        return folder;
    }
}
