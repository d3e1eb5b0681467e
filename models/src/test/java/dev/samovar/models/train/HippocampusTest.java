package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.sam.SamWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A short training on real volumes, long enough to see that it learns.
class HippocampusTest {
    private static final Path DATA = Path.of(System.getProperty("samovar.shared", "../../shared"), "data", "hippocampus");
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final List<String> CLASSES = List.of("background", "anterior", "posterior");

    @TempDir
    Path folder;

    @Test
    void aHeadTrainedOnThreeVolumesFindsTheHippocampusInAFourth() {
        assumeTrue(Files.isDirectory(DATA), "the hippocampus volumes are missing in " + DATA);
        Device device = Device.cpu();
        Dataset dataset = Dataset.open(DATA);
        List<Case> cases = dataset.cases();
        var split = new Split(cases.subList(0, 3).stream().map(Case::name).toList(), List.of(), List.of(cases.getLast().name()));
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var spec = new HeadSpec(HeadSpec.Kind.CNN, 2, 8, true, false);
            var preparation = new Preparation(Preprocessing.PAPER, 32, false, new Augment.None());
            var config = new RunConfig(new HeadMethod(spec), CLASSES, preparation, new RunConfig.Schedule(30, 1e-3, 4, 1, 1),
                    new RunConfig.Origin(DATA,
                            Reading.PLAIN, SAM, false, weights.sha256(), device.toString(), folder.resolve("cache")));
            Run run = Run.create(folder.resolve("run"), config, split);
            var cache = new EmbeddingCache(folder.resolve("cache"), weights, preparation, device, Progress.silent());
            try (var trainer = new Trainer(run, weights, dataset, cache, device, Progress.silent())) {
                trainer.run();
            }
            try (var segmenter = new Segmenter(run, Run.Which.LAST, weights, device)) {
                Sample sample = dataset.load(cases.getLast());
                var predicted = segmenter.segment(sample.image());
                assertEquals("", predicted.geometry().difference(sample.image().geometry()).orElse(""), "on the image's grid");
                double dice = new Evaluation(CLASSES, List.of(CaseScores.of("test", predicted, sample.label())), List.of()).mean(Metric.DICE);
                assertTrue(dice > 0.25, "mean Dice " + dice);
            }
        }
    }
}
