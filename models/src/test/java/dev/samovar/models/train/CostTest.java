package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Phantom;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.methods.Adapter;
import dev.samovar.models.methods.AutoSam;
import dev.samovar.models.methods.Batch;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.MedSam;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Network;
import dev.samovar.models.methods.Pretraining;
import dev.samovar.models.methods.UNetMethod;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.sam.UntrainedSam;
import dev.samovar.models.sam.VitConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Operations as the specification counts them, in units of 10⁹.
@Isolated("it counts the memory of the whole process")
@Order(1)
class CostTest {
    @Test
    void ofTheEncoders() {
        assertEquals(486.04, SamConfig.vitB().encoderOperations() * 1e-9, 0.01, "vit_b");
        assertEquals(1492.84, SamConfig.vitL().encoderOperations() * 1e-9, 0.01, "vit_l");
        assertEquals(2980.54, SamConfig.vitH().encoderOperations() * 1e-9, 0.01, "vit_h");
    }

    @Test
    void ofWhatIsTrained() {
        assertEquals(7.10, HeadSpec.of(HeadSpec.Kind.VIT).operations(SamConfig.vitB(), 4) * 1e-9, 0.05, "vit");
        assertEquals(91.0, HeadSpec.of(HeadSpec.Kind.CNN).operations(SamConfig.vitB(), 4) * 1e-9, 0.1, "cnn");
        assertEquals(36.89, new UNetMethod(64).operations(SamConfig.vitB(), 4, 224) * 1e-9, 0.01, "unet");
        assertEquals(0.478, HeadSpec.of(HeadSpec.Kind.LINEAR).operations(SamConfig.vitB(), 4) * 1e-9, 0.001, "linear");
    }

    /// Pictures of 128 × 128 in patches of 4 × 4, two blocks, 0.2 million parameters in the image encoder.
    private static final SamConfig SMALL = new SamConfig(new VitConfig(64, 2, 4, 8, List.of(1), 128, 4, 128), 64, 128, 64);

    @TempDir
    private Path folder;

    private static void write(Path file, SamConfig sizes) {
        TensorFile drawn = UntrainedSam.file(sizes, 1);
        Safetensors.write(file, Map.of(), drawn.entries().keySet().stream().map(name -> Safetensors.Item.of(name, drawn)).toList());
    }

    static Stream<Method> methods() {
        return Stream.concat(Stream.of(HeadSpec.Kind.values()).map(kind -> new HeadMethod(new HeadSpec(kind, 2, 16, false, false))),
                Stream.of(new AutoSam(HarDNet.Layout.HARDNET39DS, 128), new UNetMethod(16), new UNetMethod(16, null, false, new Pretraining(1,
                        1e-4, 6))));
    }

    /// Compares the estimate with the measured peak of the kernels' memory, for a batch of four on a small encoder with a grid of 32 × 32.
    @ParameterizedTest
    @MethodSource("methods")
    void theMemoryOfATrainingIsToldWithinAFifth(Method method) {
        Path sam = folder.resolve("sam.safetensors");
        write(sam, SMALL);
        try (var file = Safetensors.open(sam)) {
            var weights = new SamWeights(sam, Sha256.of(sam), file);
            var preparation = new Preparation(Preprocessing.PAPER, 128, false, new Augment.None());
            Device device = Device.cpu(2);
            var config = new RunConfig(method, List.of("background", "RV", "Myo", "LV"), preparation,
                    new RunConfig.Schedule(1, 1e-3, 4, 1, 1), new RunConfig.Origin(folder, Reading.PLAIN, sam, false, weights.sha256(), "",
                            folder, new RunConfig.Beginning(folder.resolve("data"), null)));
            Sample sample = Phantom.patient(1, 1).getFirst();
            new EmbeddingCache(folder.resolve("cache"), weights, preparation, device, Progress.silent()).of(sample.name(), sample.image(),
                    new Embedder(weights, preparation, device), _ -> {}).close();
            Phantom.write(folder.resolve("data"), 1, 1);
            Dataset dataset = Dataset.open(folder.resolve("data"));
            Run run = Run.create(folder.resolve("run"), config, new Split(List.of(sample.name()), List.of(), List.of()));
            var cache = new EmbeddingCache(folder.resolve("cache"), weights, preparation, device, Progress.silent());
            long told = Cost.trainingMemory(config, weights.config(), Cost.learning(config, weights, device), true);
            device.memory().resetPeak();
            long before = device.memory().bytesInUse();
            try (var trainer = new Trainer(run, weights, dataset, cache, device, Progress.silent())) {
                trainer.run();
            }
            long peak = device.memory().peakBytes() - before;
            double ratio = (double) told / peak;
            assertTrue(ratio > 0.8 && ratio < 1.2, method.describe() + ": estimated " + told + " bytes, peak " + peak);
        }
    }

    /// The same for an encoder that learns, with and without recomputation.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theMemoryOfAnEncoderThatLearnsIsToldWithinAFifth(boolean anew) {
        Path sam = folder.resolve("sam.safetensors");
        SamConfig sizes = new SamConfig(new VitConfig(96, 6, 4, 5, List.of(2, 5), 256, 16, 384), 64, 128, 64);
        write(sam, sizes);
        try (var file = Safetensors.open(sam)) {
            var weights = new SamWeights(sam, Sha256.of(sam), file);
            Device device = Device.cpu(2);
            Method method = new MedSam();
            var config = new RunConfig(method, List.of("background", "one"), new Preparation(Preprocessing.MEDSAM, 256, false,
                    new Augment.None()), new RunConfig.Schedule(1, 1e-4, 2, 1, 1),
                    new RunConfig.Origin(folder, Reading.PLAIN, sam, false,
                            weights.sha256(), "", folder));
            long told = Cost.trainingMemory(config, weights.config(), Cost.learning(config, weights, device), anew),
                    before = device.memory().bytesInUse();
            byte[] classes = new byte[2 * 256 * 256];
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i % 256 > 100 && i % 256 < 180 ? 1 : 0);
            device.memory().resetPeak();
            try (Params learnt = method.initial(file, 1, device);
                    Network network = method.network(learnt, file, sizes, 2);
                    Optimizer optimizer = method.optimizer(learnt.trainable(), 1e-4);
                    var _ = Scope.open()) {
                network.recompute(anew);
                Tensor input = Tensor.full(device, 0.5f, 2, 3, 256, 256);
                optimizer.step(network.losses(new Batch(input, new Labels(2, 256, 256, classes), List.of(new Random(1, "a"), new Random(1,
                        "b")))).sum().backward());
            }
            long needed = device.memory().peakBytes() - before;
            double ratio = (double) told / needed;
            assertTrue(ratio > 0.8 && ratio < 1.2, "estimated " + told + " bytes, needed " + needed);
        }
    }

    /// A stack of slices whose label is outside a small piece of it.
    @Test
    void aRehearsalHasSomethingToAskForWhereverTheLabelsLie() {
        Path sam = folder.resolve("sam.safetensors");
        write(sam, SMALL);
        try (var file = Safetensors.open(sam)) {
            var weights = new SamWeights(sam, Sha256.of(sam), file);
            Method method = new Adapter(3, Adapter.Form.RELEASED);
            var config = new RunConfig(method, List.of("background", "one"), new Preparation(Preprocessing.SAM, 64, false,
                    new Augment.None()),
                    new RunConfig.Schedule(1, 1e-4, 1, 1, 1), new RunConfig.Origin(folder, Reading.PLAIN, sam, false, weights.sha256(), "", folder));
            Geometry grid = Geometry.of(64, 64, 3, 1, 1, 4);
            byte[] classes = new byte[grid.voxels()];
            for (int z = 0; z < 3; z++) classes[(z + 1) * 64 * 64 - 1] = 1;       // the last pixel of each slice
            Sample sample = new Sample("one", new Volume(grid, new float[classes.length]), new LabelVolume(grid, classes), Orientation.of(grid));
            assertTrue(Rehearsal.of(config, weights, sample, new Rehearsal.Times(0, 1, 0), false, Device.cpu(1)).step() > 0);
        }
    }
}
