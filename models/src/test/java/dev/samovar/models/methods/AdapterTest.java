package dev.samovar.models.methods;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.methods.Adapter.Form;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares adapters with those of the authors' code, and tests the guarantees of the other forms.
class AdapterTest {
    private static final double TRACE = 2e-6, STAGE = 2e-5;
    private static final float[] MEAN = {123.675f, 116.28f, 103.53f}, DEVIATION = {58.395f, 57.12f, 57.375f};

    static Stream<Device> devices() {
        return Stream.of(Device.scalar(2), Device.cpu(2));
    }

    /// The authors' model: its tables of relative positions have other names, and its position embedding comes from a grid of 64²; the fixture contains the resized one.
    private static TensorFile authors(Fixture fixture, boolean positions) {
        Map<String, Shape> tensors = new LinkedHashMap<>();
        Json keys = Json.read(Fixture.path("keys.json")).at("msa");
        for (String name : keys.keys()) {
            int[] dims = keys.at(name).at("shape").integers();
            tensors.put(name.replace("attn.rel_", "attn.rel_pos_"), name.endsWith("pos_embed")
                    ? fixture.file().shape("2d.pos_embed_resized")
                    : Shape.of(dims));
        }
        return Formula.file(tensors, name -> {
            Shape shape = Objects.requireNonNull(tensors.get(name));
            if (name.endsWith("pos_embed")) return fixture.file().floats("2d.pos_embed_resized");
            if (!name.contains("attn.rel_pos_")) return Formula.parameter(name, shape);
            return Formula.signed(name.replace("attn.rel_pos_", "attn.rel_"), shape.size(), positions ? 0.1f : 0);
        });
    }

    private record Task(Tensor input, PromptEncoder.Points points, Tensor truth) {}

    /// Two pictures in colour, or four grey slices, with a click and the truth of each.
    private static Task task(Fixture fixture, Device device, boolean volume) {
        String at = volume ? "3d." : "2d.";
        float[] stored = fixture.bytes(at + (volume ? "volume" : "image"), 1);
        int n = volume ? 4 : 2, pixels = 128 * 128;
        float[] input = new float[n * 3 * pixels];
        for (int i = 0; i < input.length; i++) {
            int channel = i / pixels % 3;
            float value = volume ? stored[i / (3 * pixels) * pixels + i % pixels] : stored[i];
            input[i] = (value - MEAN[channel]) / DEVIATION[channel];
        }
        Tensor coords = Tensor.of(device, fixture.file().floats(at + (volume ? "clicks" : "points")), n, 1, 2);
        return new Task(Tensor.of(device, input, n, 3, 128, 128), new PromptEncoder.Points(coords, Collections.nCopies(n, 1)),
                Tensor.of(device, fixture.bytes(at + "label", 1), n, 1, 128, 128));
    }

    private static PromptedNetwork network(Adapter adapter, Params learnt, TensorFile sam) {
        return (PromptedNetwork) adapter.network(learnt, sam, config(), 2);
    }

    /// The authors' mask decoder has other names than that of a SAM, so the sizes cannot be inferred from their file.
    private static SamConfig config() {
        try (Safetensors sam = Golden.open("sam-tiny/sam-tiny.safetensors")) {
            return SamConfig.infer(sam);
        }
    }

    private static Tensor ask(PromptedNetwork network, Tensor embedding, Task task) {
        return network.decode(embedding, network.promptEncoder().forward(task.points, null, null));
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stagesGradientsLossesAndParametersOfPicturesAreThePublishedOnes(Device device) {
        assertEquals(146, training(device, false, 8));
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stagesGradientsLossesAndParametersOfNeighbouringSlicesAreThePublishedOnes(Device device) {
        assertEquals(162, training(device, true, 8));
    }

    /// Trains like the authors' code, and compares everything in the fixture. Returns the number of compared gradients.
    private static int training(Device device, boolean volume, int steps) {
        String at = volume ? "3d." : "2d.";
        var adapter = new Adapter(volume ? 4 : 1, Form.RELEASED);
        int gradients = 0;
        try (Fixture fixture = Fixture.open("msa.safetensors");
                TensorFile sam = authors(fixture, true);
                Params learnt = adapter.initial(sam, 1, device);
                PromptedNetwork network = network(adapter, learnt, sam);
                Optimizer optimizer = adapter.optimizer(learnt.trainable(), adapter.defaults().learningRate())) {
            double[] trace = fixture.doubles(at + "trace");
            for (int step = 0; step < steps; step++) {
                try (var _ = Scope.open()) {
                    Task task = task(fixture, device, volume);
                    Tensor embedding = network.embed(task.input), lowRes = ask(network, embedding, task);
                    Tensor both = PromptedNetwork.losses(lowRes, task.truth, null, adapter.objectWeight());
                    Tensor loss = volume ? both.sum() : both.select(0, 1).sum();
                    if (step == 0) {
                        stages(fixture, at, adapter.encoder(learnt.over(Params.load(sam, device), adapter::learns), config()), task);
                        fixture.stage(at, "embedding", embedding);
                        fixture.stage(at, "low_res", lowRes);
                    }
                    assertEquals(trace[step], loss.item(), TRACE, "loss of step " + step);
                    Gradients of = loss.backward();
                    if (step == 0) {
                        Map<String, Tensor> all = new HashMap<>();
                        learnt.trainable().forEach((name, p) -> all.put(name, of.of(p)));
                        gradients = fixture.gradients(at, all);
                    }
                    optimizer.step(of);
                }
            }
            assertTrue(fixture.finals(at + "final.", learnt.all()) > (volume ? 40 : 130));
        }
        return gradients;
    }

    private static void stages(Fixture fixture, String at, ImageEncoder encoder, Task task) {
        try (var _ = Scope.open()) {
            encoder.forward(task.input, (stage, x) -> {
                if (stage.startsWith("block")) fixture.stage(at, stage, x);
            });
        }
    }

    /// With tables of zeros, as in a published run; with the third adapter across slices at a fixed window, as the paper means it; and with the Dice loss alone.
    @Test
    void otherWaysOfTheAuthorsCodeAreThePublishedOnes() {
        Device device = Device.cpu(2);
        var flat = new Adapter(1, Form.RELEASED);
        var deep = new Adapter(4, Form.RELEASED);
        try (Fixture fixture = Fixture.open("msa.safetensors");
                TensorFile zero = authors(fixture, false);
                TensorFile sam = authors(fixture, true);
                Params plain = flat.initial(zero, 1, device);
                PromptedNetwork without = network(flat, plain, zero);
                Params learnt = deep.initial(sam, 1, device);
                Params base = Params.load(sam, device);
                PromptedNetwork network = network(deep, learnt, sam);
                var _ = Scope.open()) {
            Task pictures = task(fixture, device, false), volume = task(fixture, device, true);
            Golden.assertClose("zero_rel", fixture.file().floats("2d.zero_rel.low_res"), ask(without, without.embed(pictures.input), pictures)
                    .toArray(), STAGE);
            ImageEncoder among = deep.encoder(learnt.over(base, deep::learns), config(), true, false);
            Golden.assertClose("paper", fixture.file().floats("3d_paper.low_res"), ask(network, among.forward(volume.input), volume).toArray(),
                    STAGE);
            Tensor both = PromptedNetwork.losses(ask(network, network.embed(volume.input), volume), volume.truth);
            double[] parts = fixture.doubles("3d.loss_parts");
            assertEquals(parts[0], both.select(0, 0).item(), TRACE);
            assertEquals(parts[1], both.select(0, 1).item(), TRACE);
            assertEquals(fixture.doubles("3d_dice.trace")[0], both.select(0, 0).item(), TRACE);
            Gradients of = both.select(0, 0).sum().backward();
            Map<String, Tensor> all = new HashMap<>();
            learnt.trainable().forEach((name, p) -> all.put(name, of.of(p)));
            assertTrue(fixture.gradients("3d_dice.", all) >= 48, "three adapters in four blocks, four tensors each");
        }
    }

    /// Both forms that start at zero first give the output of SAM, whatever the neighbours. Only adapters, and a decoder that learns, are saved. Frozen parameters do not change.
    @ParameterizedTest
    @EnumSource(names = "RELEASED", mode = EnumSource.Mode.EXCLUDE)
    void trainingStartsFromSamAndMovesWhatLearnsAlone(Form form) {
        Device device = Device.cpu(2);
        var adapter = new Adapter(2, form);
        try (Safetensors sam = Golden.open("sam-tiny/sam-tiny-trained.safetensors");
                Params learnt = adapter.initial(sam, 1, device);
                PromptedNetwork network = network(adapter, learnt, sam);
                Params other = new MedSam().initial(sam, 1, device);
                PromptedNetwork plain = (PromptedNetwork) new MedSam().network(other, sam, config(), 2);
                Optimizer optimizer = adapter.optimizer(learnt.trainable(), 1e-2);
                var _ = Scope.open()) {
            Tensor image = Tensor.of(device, Formula.signed("image", 2 * 3 * 128 * 128, 1), 2, 3, 128, 128);
            Tensor boxes = Tensor.of(device, new float[]{20, 30, 80, 90, 10, 10, 50, 60}, 2, 4);
            Tensor truth = Tensor.full(device, 1, 2, 1, 128, 128);
            Tensor before = network.decode(network.embed(image), boxes);
            Golden.assertClose("masks", plain.decode(plain.embed(image), boxes).toArray(), before.toArray(), 1e-4);
            assertTrue(learnt.all().keySet().stream()
                    .allMatch(name -> name.contains("_Adapter.") || (form == Form.SAM && name.startsWith("mask_decoder."))),
                    learnt.all().keySet().toString());
            assertEquals(form == Form.PAPER ? 4 * (3 * 4 + 3 * 2) : 4 * 3 * 4,
                    learnt.all().keySet().stream().filter(name -> name.contains("_Adapter.")).count(), "weight and bias of both layers");
            optimizer.step(PromptedNetwork.losses(before, truth).sum().backward());
            float[] after = network.decode(network.embed(image), boxes).toArray();
            assertTrue(Golden.relativeL2(before.toArray(), after) > 1e-3, "training has an effect");
            Golden.assertClose("another start", after, frozen(adapter, learnt, sam, image, boxes), 1e-4);
        }
    }

    private static float[] frozen(Adapter adapter, Params learnt, TensorFile sam, Tensor image, Tensor boxes) {
        try (PromptedNetwork again = network(adapter, learnt.frozen(), sam)) {
            return again.decode(again.embed(image), boxes).toArray();
        }
    }

    /// Through the third adapter a slice sees its neighbours, but no slice of another stack.
    @Test
    void slicesOfAStackSeeEachOtherAndNoOthers() {
        Device device = Device.cpu(2);
        var adapter = new Adapter(2, Form.SAM);
        try (Safetensors sam = Golden.open("sam-tiny/sam-tiny-trained.safetensors");
                Params learnt = adapter.initial(sam, 1, device);
                PromptedNetwork network = network(adapter, learnt, sam);
                var _ = Scope.open()) {
            learnt.all().forEach((name, p) -> {
                if (name.contains("Depth_Adapter.D_fc2")) device.memory().write(Formula.signed(name, p.shape().size(), 0.3f), p.buffer());
            });
            float[] input = Formula.signed("image", 4 * 3 * 128 * 128, 1), other = input.clone();
            Arrays.fill(other, 0, 3 * 128 * 128, 0.5f);                            // the first of four slices differs
            float[] one = network.embed(Tensor.of(device, input, 4, 3, 128, 128)).toArray(), two = network.embed(Tensor.of(device, other, 4,
                    3,
                    128, 128)).toArray();
            int size = one.length / 4;
            assertTrue(Golden.relativeL2(Arrays.copyOfRange(one, size, 2 * size), Arrays.copyOfRange(two, size, 2 * size)) > 1e-3);
            assertArrayEquals(Arrays.copyOfRange(one, 2 * size, 4 * size), Arrays.copyOfRange(two, 2 * size, 4 * size));
        }
    }

    /// The adapters of ViT-B have 10,651,392 parameters with the third one, which the code has even if it is not used, and two thirds of that without it.
    @ParameterizedTest
    @CsvSource({"1, 7100928", "4, 10651392"})
    void theCountAtFullSizeIsThePublishedOne(int depth, long adapters) {
        VitConfig vit = SamConfig.vitB().encoder() instanceof VitConfig config ? config : null;
        assertEquals(adapters, Objects.requireNonNull(vit).depth() * blockOf(vit, depth));
        assertEquals(depth == 4 ? 3 * 525_568L : 2 * 525_568L, blockOf(SamConfig.vitL().vit(), depth));
        assertEquals(depth == 4 ? 3 * 820_800L : 2 * 820_800L, blockOf(SamConfig.vitH().vit(), depth));
    }

    private static long blockOf(VitConfig vit, int depth) {
        try (Params p = Params.random(1, Device.cpu(1))) {
            new Adapter(depth, Form.SAM).new Block(p, vit, 0, false, false);
            var adapters = new HashMap<>(p.all());
            adapters.keySet().removeIf(name -> !new Adapter(depth, Form.SAM).learns(name));
            return Params.count(adapters);
        }
    }

    /// The results of the authors' search for two factors whose product is the number of slices.
    @ParameterizedTest
    @CsvSource({"2,2", "3,3", "4,4", "5,5", "6,3", "9,9", "12,4", "16,8", "32,8", "64,16"})
    void neighboursLieInTheAuthorsRectangle(int slices, int width) {
        assertEquals(width, Adapter.width(slices));
    }

    @Test
    void wrongSizesAreRefused() {
        assertTrue(assertThrows(FormatException.class, () -> new Adapter(65, Form.SAM)).getMessage().contains("2 to 64"));
        assertTrue(assertThrows(FormatException.class, () -> Form.of("x")).getMessage().contains("sam, paper, released"));
    }
}
