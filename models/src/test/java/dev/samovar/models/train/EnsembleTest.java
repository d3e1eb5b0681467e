package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnsembleTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final Mirror PLAIN = Mirror.ALL.getFirst();

    @TempDir
    private Path folder;

    private Run train(int seed, SamWeights weights, List<String> names) throws IOException {
        Path data = TwoBoxes.write(folder.resolve("data"), 2);
        Dataset dataset = Dataset.open(data);
        var origin = new RunConfig.Origin(data, dataset.reading(), SAM, false, weights.sha256(), Device.cpu().toString(), folder.resolve("cache"));
        var preparation = new Preparation(Preprocessing.PAPER, 32, false, new Augment.None());
        var config = new RunConfig(new HeadMethod(new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false)), names, preparation,
                new RunConfig.Schedule(1,
                        1e-3, 2,
                        seed, 1),
                origin);
        Run run = Run.create(folder.resolve("run" + seed), config, new Split(List.of("case0"), List.of(), List.of("case2")));
        var cache = new EmbeddingCache(folder.resolve("cache"), weights, preparation, Device.cpu(), Progress.silent());
        try (var trainer = new Trainer(run, weights, dataset, cache, Device.cpu(), Progress.silent())) {
            trainer.run();
        }
        return run;
    }

    @Test
    void anEnsembleAveragesProbabilitiesAndTellsWhereItsMembersPart() throws IOException {
        List<String> names = List.of("background", "class 1", "class 2");
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            Run one = train(1, weights, names), other = train(2, weights, names);
            Volume image = Nifti.read(folder.resolve("data/imagesTr/case2.nii"));
            try (var a = new Segmenter(one, Run.Which.LAST, weights, Device.cpu());
                    var b = new Segmenter(other, Run.Which.LAST, weights, Device.cpu())) {
                var first = a.segment(image, null, true, _ -> {});
                var second = b.segment(image, null, true, _ -> {});
                var alone = new Ensemble(List.of(new Ensemble.Member(one, a), new Ensemble.Member(one, a)), List.of(PLAIN)).segment(image,
                        null, (_,
                                _) -> {});
                assertArrayEquals(first.labels().classes(), alone.labels().classes());
                assertArrayEquals(new float[image.geometry().voxels()], alone.variance().voxels(), "the same head twice");
                assertArrayEquals(new float[image.geometry().voxels()], alone.entropy().voxels());
                assertEquals(0, alone.disagreement());

                var both = new Ensemble(List.of(new Ensemble.Member(one, a), new Ensemble.Member(other, b)), List.of(PLAIN)).segment(image,
                        null, (_,
                                _) -> {});
                for (int c = 0; c < 3; c++)
                    for (int i = 0; i < image.geometry().voxels(); i++)
                        assertEquals((first.probabilities().get(c).voxels()[i] + second.probabilities().get(c).voxels()[i]) / 2,
                                both.probabilities().get(c).voxels()[i], 1e-6f);
                assertTrue(both.variance().voxels()[0] > 0);

                var flipped = new Ensemble(List.of(new Ensemble.Member(one, a)), Mirror.ALL);
                assertEquals(4, flipped.answers());
                float[] expected = new float[image.geometry().voxels()];
                for (Mirror mirror : Mirror.ALL) {
                    float[] seen = mirror.apply(a.segment(mirror.apply(image), null, true, _ -> {}).probabilities().get(1)).voxels();
                    for (int i = 0; i < seen.length; i++) expected[i] += seen[i] / 4;
                }
                assertArrayEquals(expected, flipped.segment(image, null, (_, _) -> {}).probabilities().get(1).voxels(), 1e-6f);
            }
            var ended = new Segmenter(one, Run.Which.LAST, weights, Device.cpu());
            ended.close();
            assertEquals("this segmenter was closed", assertThrows(IllegalStateException.class, () -> ended.segment(image)).getMessage());
            Run foreign = train(3, weights, List.of("background", "a", "b"));
            try (var a = new Segmenter(one, Run.Which.LAST, weights, Device.cpu());
                    var c = new Segmenter(foreign, Run.Which.LAST, weights, Device.cpu())) {
                assertTrue(assertThrows(FormatException.class,
                        () -> new Ensemble(List.of(new Ensemble.Member(one, a), new Ensemble.Member(foreign, c)), List.of(PLAIN))).getMessage()
                        .contains("its classes are"));
            }
        }
    }

    @Test
    void aMirrorTurnsTheSlicesOfAVolumeAroundAndBack() {
        for (double[] spacing : new double[][]{{1, 1, 3}, {3, 1, 1}, {1, 3, 1}}) {
            Geometry grid = Geometry.of(4, 3, 2, spacing[0], spacing[1], spacing[2]);
            float[] voxels = new float[2 * grid.voxels()];
            byte[] classes = new byte[grid.voxels()];
            for (int i = 0; i < voxels.length; i++) voxels[i] = i;
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) i;
            Volume volume = new Volume(grid, 2, voxels);
            LabelVolume labels = new LabelVolume(grid, classes);
            Slices slices = Slices.of(grid);
            int w = slices.width(), h = slices.height();
            for (Mirror mirror : Mirror.ALL) {
                float[] seen = slices.cut(mirror.apply(volume), 1).pixels(), plain = slices.cut(volume, 1).pixels();
                byte[] seenLabels = slices.cut(mirror.apply(labels), 1), plainLabels = slices.cut(labels, 1);
                for (int i = 0; i < plain.length; i++) {
                    int x = i % w, y = i / w % h, from = i / (w * h) * w * h + (mirror.rows() ? h - 1 - y : y) * w + (mirror.columns()
                            ? w - 1 - x
                            : x);
                    assertEquals(plain[from], seen[i]);
                    if (i < w * h) assertEquals(plainLabels[from], seenLabels[i]);
                }
                assertArrayEquals(voxels, mirror.apply(mirror.apply(volume)).voxels());
                assertArrayEquals(classes, mirror.apply(mirror.apply(labels)).classes());
            }
        }
    }
}
