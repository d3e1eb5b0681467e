package dev.samovar.models.methods;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.AlignedResize;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.generator.HarDBlock;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.generator.PromptGenerator;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares the training of the prompt generator with that of its published code.
class AutoSamTest {
    /// The published layout, but narrower.
    private static final HarDNet.Layout NARROW = new HarDNet.Layout("narrow", false, 6, 8, 1.7, List.of(new HarDNet.Stage(4, 4, 10, true),
            new HarDNet.Stage(4, 4, 12, false), new HarDNet.Stage(5, 2, 14, true), new HarDNet.Stage(6, 4, 16, false), new HarDNet.Stage(6,
                    8, 18, true)));
    private static final HarDBlock.Layout DEEPEST = new HarDBlock.Layout(18, 8, 1.7, 2, false);
    private static final Fixture.Limits LIMITS = new Fixture.Limits(1e-4, 1e-3, 1e-2);
    private static final AutoSam METHOD = new AutoSam(NARROW, 128);
    private static final double[] TRACE = {2e-6, 2e-6, 2e-6, 2e-5, 1e-3, 1e-3};     // by update: if rounding moves one unit past a kink of ReLU6, the fourth changes by 4e-6
    private static final int SIZE = 128, MASK = 32, BATCH = 4;

    static Stream<Device> devices() {
        return Stream.of(Device.scalar(2), Device.cpu(2));
    }

    /// The published names with values of the formula; running statistics have their initial values.
    private static TensorFile weights() {
        Json keys = Json.read(Path.of(System.getProperty("samovar.shared", "../../shared"), "fixtures", "systems", "keys.json"))
                .at("autosam-shaharabany");
        var tensors = new LinkedHashMap<String, Shape>();
        for (String key : keys.keys()) tensors.put(key.substring("g.".length()), Shape.of(keys.at(key).at("shape").integers()));
        return Formula.file(tensors, name -> {
            Shape shape = requireNonNull(tensors.get(name));
            float[] values = new float[shape.size()];
            if (name.endsWith("running_mean")) return values;
            Arrays.fill(values, 1);
            return name.endsWith("running_var") ? values : Formula.parameter("g." + name, shape);
        });
    }

    /// The eight pictures in two batches of four, as the generator sees them, and their embeddings, for which the pictures were normalised twice.
    private static final class Pictures {
        private final Fixture fixture;
        private final Device device;
        private final Tensor[] pictures = new Tensor[2], embeddings = new Tensor[2], targets = new Tensor[2];

        Pictures(Fixture fixture, Safetensors sam, Device device) {
            this.fixture = fixture;
            this.device = device;
            float[] once = new float[8 * 3 * SIZE * SIZE], bytes = fixture.bytes("image", 1), gt = fixture.bytes("gt", 1);
            for (int i = 0; i < bytes.length; i++) {
                int plane = i / (96 * SIZE);
                once[plane * SIZE * SIZE + i % (96 * SIZE)] = SamFraming.normalised(plane % 3, bytes[i]);
            }
            float[] twice = new float[once.length], nearest = new float[8 * MASK * MASK];
            for (int i = 0; i < once.length; i++) twice[i] = SamFraming.normalised(i / (SIZE * SIZE) % 3, once[i]);
            for (int i = 0; i < nearest.length; i++)
                nearest[i] = gt[i / (MASK * MASK) * SIZE * SIZE + i / MASK % MASK * 4 * SIZE + i % MASK * 4];
            try (Params p = Params.load(sam, device)) {
                ImageEncoder encoder = ImageEncoder.of(p.in("image_encoder").frozen(), SamConfig.infer(sam));
                for (int half = 0; half < 2; half++) {
                    pictures[half] = half(once, half, 3, SIZE);
                    targets[half] = half(nearest, half, 1, MASK);
                    Tensor input = half(twice, half, 3, SIZE);
                    embeddings[half] = encoder.forward(input);
                    if (half == 0) fixture.stage("sam_input", input);
                }
            }
        }

        private Tensor half(float[] all, int half, int channels, int side) {
            int n = BATCH * channels * side * side;
            return Tensor.of(device, Arrays.copyOfRange(all, half * n, (half + 1) * n), BATCH, channels, side, side);
        }

        Tensor losses(AutoSamNetwork network, int half, boolean compared, @Nullable Params deepest) {
            Tensor small = network.small(pictures[half]);
            PromptGenerator.Maps maps = network.generator().maps(small, true);
            Tensor dense = maps.end().tanh(), lowRes = network.decode(embeddings[half], dense), scaled = AutoSamNetwork.scaled(lowRes);
            if (deepest != null)
                new HarDBlock(deepest.in("backbone").in("base").in(16), DEEPEST).forward(maps.taps().get(3).maxPool2d(2, 2, 0), true);
            if (compared) {
                fixture.stage("input_small", small);
                for (int i = 0; i < 4; i++) fixture.stage("tap" + i, maps.taps().get(i));
                fixture.stage("up1", maps.up1());
                fixture.stage("up2", maps.up2());
                fixture.stage("final", maps.end());
                fixture.stage("embedding", embeddings[half]);
                fixture.stage("dense", AlignedResize.forward(dense, 8, 8));
                fixture.stage("low_res", lowRes);
                fixture.stage("masks", scaled);
            }
            return AutoSamNetwork.losses(scaled, targets[half], null);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stagesGradientsLossesAndParametersAreThePublishedOnes(Device device) {
        try (Fixture fixture = Fixture.open("autosam-shaharabany.safetensors", LIMITS);
                Safetensors sam = Golden.open("sam-tiny/sam-tiny.safetensors");
                Params learnt = Params.load(weights(), device);
                Params deepest = Params.load(weights(), device);
                AutoSamNetwork network = (AutoSamNetwork) METHOD.network(learnt, sam, SamConfig.infer(sam), 2);
                Optimizer optimizer = METHOD.optimizer(learnt.trainable(), 3e-4);
                var _ = Scope.open()) {
            Pictures pictures = new Pictures(fixture, sam, device);
            double[] trace = fixture.doubles("trace"), parts = fixture.doubles("loss_parts");
            for (int update = 0; update < 6; update++) {
                try (var _ = Scope.open()) {
                    Gradients sum = null;
                    for (int i = 0; i < 4; i++) {
                        boolean first = update + i == 0;
                        Tensor losses = pictures.losses(network, i % 2, first, first ? deepest : null);
                        double expected = trace[4 * update + i];
                        assertEquals(expected, losses.sum().item(), TRACE[update], "loss of batch " + i + " of update " + update);
                        Gradients gradients = losses.sum().backward();
                        if (first) assertEquals(105, fixture.gradients("", of(gradients, learnt)));
                        sum = gradients.addedTo(sum);
                        if (!first) continue;
                        assertEquals(parts[0], losses.select(0, 0).item(), 2e-6, "cross entropy");
                        assertEquals(parts[1], losses.select(0, 1).item(), 2e-6, "Dice");
                        assertEquals(70, statistics(fixture, learnt) + statistics(fixture, deepest) + 2,
                                "the second norm at the end is never used");
                        try (Params frozen = frozen(learnt, device);
                                AutoSamNetwork now = (AutoSamNetwork) METHOD.network(frozen.frozen(), sam, SamConfig.infer(sam), 2)) {
                            Tensor dense = now.generator().forward(pictures.pictures[0].slice(0, 0, 1), false);
                            fixture.stage("eval1.dense", AlignedResize.forward(dense, 8, 8), 1e-4);
                            fixture.stage("eval1.masks", AutoSamNetwork.scaled(now.decode(pictures.embeddings[0].slice(0, 0, 1), dense)), 1e-4);
                        }
                    }
                    Gradients all = requireNonNull(sum);
                    if (update == 0) assertEquals(105, fixture.gradientsOf("grad_sum4.", of(all, learnt)));
                    optimizer.step(all);
                }
            }
            assertEquals(102, fixture.finals("final.", learnt.all()),
                    "the others are the deepest stage's, the second norm's, and three of no effect");
        }
    }

    private static int statistics(Fixture fixture, Params params) {
        int compared = 0;
        for (var e : params.all().entrySet()) {
            if (!e.getKey().contains("running")) continue;
            fixture.stage("running1." + e.getKey(), e.getValue(), 1e-5);
            compared++;
        }
        return compared;
    }

    private static Params frozen(Params learnt, Device device) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        learnt.all().forEach((name, p) -> shapes.put(name, p.shape()));
        return Params.load(Formula.file(shapes, name -> requireNonNull(learnt.all().get(name)).toArray()), device);
    }

    private static Map<String, Tensor> of(Gradients gradients, Params learnt) {
        Map<String, Tensor> all = new HashMap<>();
        learnt.trainable().forEach((name, p) -> all.put(name, gradients.of(p)));
        return all;
    }

    /// The lowest pixel is object and the highest is background: the loss is large, but no larger than in the published code.
    @ParameterizedTest
    @MethodSource("devices")
    void theWorstMaskHasTheLossOfThePublishedOne(Device device) {
        try (Fixture fixture = Fixture.open("autosam-shaharabany.safetensors", LIMITS); var _ = Scope.open()) {
            Tensor lowRes = Tensor.of(device, fixture.file().floats("harsh.low_res"), 1, 1, 2, 2),
                    truth = Tensor.of(device, fixture.bytes("harsh.gt", 1), 1, 1, 2, 2);
            double[] parts = fixture.doubles("harsh.loss_parts");
            double[] losses = AutoSamNetwork.losses(AutoSamNetwork.scaled(lowRes), truth, null).toDoubles();
            assertArrayEquals(parts, losses, 1e-3);
        }
    }

    /// Masks are resized to the picture's size as in the published evaluation.
    @ParameterizedTest
    @MethodSource("devices")
    void masksAreBroughtToThePicturesSizeWithCornersOnCorners(Device device) {
        try (Fixture fixture = Fixture.open("autosam-shaharabany.safetensors", LIMITS); var _ = Scope.open()) {
            Tensor masks = Tensor.of(device, fixture.file().floats("eval.masks"), 1, 1, MASK, MASK);
            Tensor picture = AlignedResize.forward(AlignedResize.forward(masks, SIZE, SIZE).slice(2, 0, 96), 120, 160);
            fixture.stage("eval.postprocessed", picture, 1e-5);
            fixture.stage("eval.resized", AlignedResize.forward(picture, SIZE, SIZE), 1e-5);
        }
    }

    @Test
    void aConstantMaskIsNothingAndHasAGradientThatIsANumber() {
        Device device = Device.cpu(2);
        Tensor masks = Tensor.parameter(device, new float[16], Shape.of(1, 1, 4, 4), true);
        try (var _ = Scope.open()) {
            Tensor scaled = AutoSamNetwork.scaled(masks);
            assertArrayEquals(new float[16], scaled.toArray());
            for (float g : scaled.sum().backward().of(masks).toArray()) assertTrue(Float.isFinite(g), "gradient " + g);
        }
    }

    /// The loss is that of the counted pixels alone. Ignored pixels could have a gradient only as the smallest or the largest value, which are elsewhere.
    @Test
    void ignoredPixelsHaveNoLossAndNoGradient() {
        Device device = Device.reference();
        float[] counted = {1, 1, 0, 0, 1, 1, 0, 1, 1}, truth = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        Tensor masks = Tensor.parameter(device, new float[]{1, 0.2f, 0.9f, 0.1f, 0.5f, 0.3f, 0.7f, 0, 0.8f}, Shape.of(1, 1, 3, 3), true);
        try (var _ = Scope.open()) {
            Tensor all = AutoSamNetwork.losses(AutoSamNetwork.scaled(masks), Tensor.of(device, truth, 1, 1, 3, 3), counted);
            double range = 1 + 1e-6;
            float[] rest = {1, 0.2f, 0.5f, 0.3f, 0, 0.8f};
            Tensor same = Tensor.of(device, rest, 1, 1, 2, 3).affine(1 / range, 0);
            assertArrayEquals(AutoSamNetwork.losses(same, Tensor.of(device, new float[]{1, 0, 1, 0, 0, 1}, 1, 1, 2, 3), null).toDoubles(),
                    all.toDoubles(), 1e-9);
            float[] g = all.sum().backward().of(masks).toArray();
            for (int i = 0; i < 9; i++) if (counted[i] == 0) assertEquals(0, g[i], "gradient " + i);
            assertTrue(g[1] > 0 && g[4] < 0, "the other pixels have gradients");
        }
    }

    /// Each class has a prompt and a mask of its own. SAM does not change, nor do the running statistics in prediction.
    @Test
    void severalClassesHaveAMaskEachAndTheGeneratorAloneLearns() {
        Device device = Device.cpu(2);
        var method = new AutoSam(NARROW, 64);
        try (Safetensors sam = Golden.open("sam-tiny/sam-tiny-trained.safetensors");
                Params learnt = method.initial(sam, 1, device);
                AutoSamNetwork network = (AutoSamNetwork) method.network(learnt, sam, SamConfig.infer(sam), 4);
                var _ = Scope.open()) {
            SamConfig config = SamConfig.infer(sam);
            assertEquals(3 * config.promptWidth(), requireNonNull(learnt.all().get("decoder.final.conv2.weight")).dim(0));
            byte[] classes = new byte[2 * 64 * 64];
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i / 64 % 64 < 20 ? 3 : i % 64 < 30 ? 1 : 0);
            Tensor input = Tensor.of(device, Formula.signed("input", 2 * Method.Input.EMBEDDING_AND_PICTURE.size(config, 64), 1),
                    Method.Input.EMBEDDING_AND_PICTURE.shape(config, 64, 2));
            var batch = new Batch(input, new Labels(2, 64, 64, classes), List.of());
            Tensor mean = requireNonNull(learnt.all().get("backbone.base.0.norm.running_mean"));
            float[] before = mean.toArray();
            network.validate(batch, List.of());
            Tensor logits = network.logits(input.slice(0, 0, 1), null);
            assertArrayEquals(new int[]{1, 4, 32, 32}, logits.shape().dims());
            float[] values = logits.toArray();
            for (int i = 0; i < values.length; i++) assertTrue(i < 1024 ? values[i] == 0 : Math.abs(values[i]) <= 2, "logit " + values[i]);
            assertArrayEquals(before, mean.toArray(), "prediction does not change the statistics");
            Gradients gradients = network.losses(batch).sum().backward();
            for (var e : learnt.trainable().entrySet()) assertTrue(gradients.reached(e.getValue()), e.getKey());
            assertFalse(Arrays.equals(before, mean.toArray()), "training remembers");
        }
    }

    @Test
    void impossibleSidesAndACheckpointWithoutADecoderAreRefused() {
        assertEquals("the prompt generator's picture has a multiple of 16 pixels a side, at most 4096, not 100",
                assertThrows(FormatException.class, () -> new AutoSam(NARROW, 100)).getMessage());
        try (Params learnt = Params.random(1, Device.cpu(1)); Safetensors sam = Golden.open("sam-tiny/sam-tiny.safetensors")) {
            var encoder = new SamConfig(SamConfig.infer(sam).encoder(), 32, 0, 0);
            assertTrue(assertThrows(FormatException.class, () -> METHOD.network(learnt, sam, encoder, 2)).getMessage().contains("take a whole SAM"));
        }
    }

    /// The published count is 41,558,300 trainable parameters. It includes those of the deepest stage and of an unused norm, which never change and are missing here.
    @Test
    void theCountAtFullSizeIsThePublishedOne() {
        try (Params learnt = Params.random(1, Device.cpu(2)); Params unused = Params.random(1, Device.cpu(2))) {
            new PromptGenerator(learnt, HarDNet.Layout.HARDNET85, 256, 1);
            var deepest = new HarDBlock.Layout(720, 256, 1.7, 4, false);
            new HarDBlock(unused, deepest);
            long narrow = 1280L * deepest.out() + 2 * 1280, norm = 2 * 256;
            assertEquals(41_558_300, Params.count(learnt.trainable()) + Params.count(unused.trainable()) + narrow + norm);
        }
    }

    /// The counts of the backbones without the stage whose output is not used.
    @ParameterizedTest
    @CsvSource({"hardnet85, 17883548", "hardnet68, 8006368", "hardnet39ds, 912682"})
    void theSmallerBackbonesHaveThePublishedCounts(String title, long count) {
        try (Params params = Params.random(1, Device.cpu(2))) {
            new HarDNet(params, HarDNet.Layout.of(title));
            assertEquals(count, Params.count(params.trainable()));
        }
    }
}
