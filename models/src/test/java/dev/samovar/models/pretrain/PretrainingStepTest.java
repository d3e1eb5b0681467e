package dev.samovar.models.pretrain;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.MaskDecoder;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.scenes.Photographs;
import dev.samovar.models.scenes.Scene;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the gradient of a pretraining step with finite differences in double precision, and with that of one graph of all rounds.
class PretrainingStepTest {
    private static final SamConfig TINY = new SamConfig(new VitConfig(8, 2, 2, 3, List.of(1), 32, 8, 16), 16, 16, 8, 2);

    /// Two pictures with up to two things each, always the same.
    private static List<PretrainingStep.Example> examples() {
        List<PretrainingStep.Example> examples = new ArrayList<>();
        for (int i = 0; examples.size() < 2; i++) {
            Random random = new Random(3, "scene " + i);
            Scene scene = new Photographs().draw(random, 32);
            List<Thing> things = Thing.of(scene, 2, 16, 2, random);
            if (things.isEmpty()) continue;
            List<Random> draws = new ArrayList<>();
            for (int k = 0; k < things.size(); k++) draws.add(new Random(11 + k, "thing of " + i));
            examples.add(new PretrainingStep.Example(scene.picture(), things, draws));
        }
        return examples;
    }

    private static double difference(Params params, String name, Random random, DoubleSupplier loss, double[] gradient) {
        Tensor p = requireNonNull(params.all().get(name));
        double[] at = p.toDoubles(), direction = new double[at.length];
        double along = 0;
        for (int i = 0; i < at.length; i++) {
            direction[i] = random.normal() / Math.sqrt(at.length);
            along += direction[i] * gradient[i];
        }
        double step = 1e-6, ahead = moved(p, at, direction, step, loss), behind = moved(p, at, direction, -step, loss);
        moved(p, at, direction, 0, () -> 0);
        assertEquals((ahead - behind) / (2 * step), along, 1e-8 + 1e-6 * Math.abs(along), name);
        return Math.abs(along);
    }

    private static double moved(Tensor p, double[] at, double[] direction, double by, DoubleSupplier loss) {
        double[] there = at.clone();
        for (int i = 0; i < there.length; i++) there[i] += by * direction[i];
        p.device().memory().write(there, p.buffer());
        return loss.getAsDouble();
    }

    @Test
    void theGradientOfARoundIsThatOfFiniteDifferences() {
        try (Params params = Params.random(5, Device.reference()); var _ = Scope.open()) {
            Sam sam = new Sam(params, TINY);
            var step = new PretrainingStep(sam, params);
            var result = step.of(examples(), List.of(), Recipe.FOCAL);
            Random random = new Random(1, "directions");
            double all = 0;
            for (String name : params.trainable().keySet()) {
                if (name.contains("mask_downscaling")) continue;                   // is used from the second round on
                double[] g = result.gradients().of(requireNonNull(params.all().get(name))).toDoubles();
                all += difference(params, name, random, () -> loss(step), g);
            }
            assertTrue(all > 0.1, "the gradient is zero");
        }
    }

    private static double loss(PretrainingStep step) {
        try (var _ = Scope.open()) {
            return step.of(examples(), List.of(), Recipe.FOCAL).loss();
        }
    }

    /// Backward passes for each round, and one through the encoder, give the gradient of a backward pass through everything.
    @Test
    void roundsAddUpToWhatOneGraphOfAllSays() {
        try (Params params = Params.random(6, Device.reference()); var _ = Scope.open()) {
            Sam sam = new Sam(params, TINY);
            var result = new PretrainingStep(sam, params).of(examples(), List.of(true, false), Recipe.FOCAL);

            List<PretrainingStep.Example> examples = examples();
            int things = examples.stream().mapToInt(e -> e.things().size()).sum();
            Tensor sum = Tensor.full(params.device(), 0, 1);
            for (var example : examples) {
                Tensor embedding = sam.imageEncoder().forward(SamFraming.filledUp(params.device(), example.picture(), 32));
                var dialogue = new Dialogue(example.things(), example.draws());
                for (int round = 0; round < 3; round++) {
                    if (round == 1) dialogue.correct();
                    var prompts = sam.promptEncoder().complete(dialogue.points(params.device()), dialogue.isAnswered()
                            ? dialogue.masks(params.device())
                            : null);
                    MaskDecoder.Decoded decoded = sam.maskDecoder().forward(embedding, sam.promptEncoder().densePe(), prompts);
                    sum = sum.add(PromptableLoss.of(decoded, dialogue, Recipe.FOCAL).loss().reshape(1));
                }
            }
            Tensor loss = sum.affine(1.0 / (3 * things), 0);
            assertEquals(loss.item(), result.loss(), 1e-12);
            Gradients whole = loss.backward();
            params.trainable().forEach((name, p) -> {
                double[] one = whole.of(p).toDoubles(), other = result.gradients().of(p).toDoubles();
                for (int i = 0; i < one.length; i++) assertEquals(one[i], other[i], 1e-10, name);
            });
            assertEquals(whole.norm(), result.gradients().norm(), 1e-10, "what is clipped is the gradient of the parameters alone");
        }
    }

    /// Compares with formulas written out pixel by pixel: of three masks the one with the smallest loss learns, and all three predicted IoUs learn. Ignored cells count in neither loss.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLossIsThePublishedOne(boolean ignoring) {
        Device device = Device.reference();
        try (var _ = Scope.open()) {
            Thing drawn = examples().getFirst().things().getFirst();
            float[] counts = new float[256];
            for (int i = 0; i < 256; i++) counts[i] = ignoring && i % 3 == 0 && drawn.target()[i] == 0 ? 0 : 1;
            Thing thing = new Thing(drawn.mask(), drawn.target(), ignoring ? counts : null, drawn.side(), drawn.pixels());
            int seed = 0;
            while (!new Dialogue(List.of(thing), List.of(new Random(seed))).isAmbiguous(0)) seed++;
            var dialogue = new Dialogue(List.of(thing), List.of(new Random(seed)));
            double[] masks = new double[4 * 256];
            Random random = new Random(2, "masks");
            for (int i = 0; i < masks.length; i++) masks[i] = 2 * random.normal() + Math.floorDiv(i, 256) * (thing.target()[i % 256] - 0.5);
            double[] thought = {0.9, 0.2, 0.4, 0.3};
            var decoded = new MaskDecoder.Decoded(Tensor.of(device, masks, 1, 4, 16, 16), Tensor.of(device, thought, 1, 4));
            double least = Double.POSITIVE_INFINITY, judgement = 0;
            for (int m = 1; m < 4; m++) {
                double focal = 0, both = 0, sizes = 0, hits = 0, either = 0;
                for (int i = 0; i < 256; i++) {
                    if (counts[i] == 0) continue;
                    double p = 1 / (1 + Math.exp(-masks[m * 256 + i])), t = thing.target()[i], pt = t == 1 ? p : 1 - p;
                    focal += (t == 1 ? 0.25 : 0.75) * (1 - pt) * (1 - pt) * -Math.log(pt) / 256;
                    both += p * t;
                    sizes += p + t;
                    hits += p > 0.5 && t == 1 ? 1 : 0;
                    either += p > 0.5 || t == 1 ? 1 : 0;
                }
                least = Math.min(least, 20 * focal + 1 - (2 * both + 1) / (sizes + 1));
                judgement += (thought[m] - hits / either) * (thought[m] - hits / either) / 3;
            }
            var round = PromptableLoss.of(decoded, dialogue, Recipe.FOCAL);
            assertEquals(least + judgement, round.loss().item(), 1e-7);
            assertEquals(judgement, round.judgement(), 1e-7);
            float[] answered = dialogue.masks(device).toArray();
            for (int i = 0; i < 256; i++)
                assertEquals((float) masks[2 * 256 + i], answered[i], "the mask with the highest predicted IoU is the answer");
        }
    }

    /// Compares with PyTorch 2.13's functional losses in double precision: `python3 benchmarks/src/peers/python/pretraining_loss.py` computes the numbers below from the same formulas.
    @Test
    void lossAndGradientOfARoundAreThoseOfPyTorchsFunctions() {
        int side = 16, cells = side * side;
        boolean[] disk = new boolean[cells], diamond = new boolean[cells];
        double[] masks = new double[8 * cells];
        for (int i = 0; i < cells; i++) {
            int x = i % side, y = Math.floorDiv(i, side);
            disk[i] = (x - 7) * (x - 7) + (y - 8) * (y - 8) < 30;
            diamond[i] = Math.abs(x - 5) + Math.abs(y - 6) < 5;
        }
        for (int i = 0; i < masks.length; i++) {
            int cell = i % cells, mask = Math.floorDiv(i, cells) % 4, thing = Math.floorDiv(i, 4 * cells);
            double there = (thing == 0 ? disk : diamond)[cell] ? 0.5 : -0.5;
            masks[i] = 2 * Math.sin(0.7 * cell + 3 * mask + 5 * thing) + (1 + mask) * there;
        }
        double[] thought = {0.9, 0.2, 0.6, 0.3, 0.5, 0.1, 0.8, 0.7};
        Device device = Device.reference();
        try (var _ = Scope.open()) {
            List<Thing> things = List.of(thing(disk, side), thing(diamond, side));
            int box = 0, click = 0;
            while (new Dialogue(things, List.of(new Random(box), new Random(0))).isAmbiguous(0)) box++;
            while (!new Dialogue(things, List.of(new Random(0), new Random(click))).isAmbiguous(1)) click++;
            var dialogue = new Dialogue(things, List.of(new Random(box), new Random(click)));
            round(device, masks, thought, dialogue, 5.399173411115, new double[]{-0.257479558480, 0, 0, 0, 0, 0, 0, -0.037923674782},
                    new double[]{1.129268276691, 0, 0, 0, 0, -0.100000002980, 0.301449280027, -0.200000005960}, -25.414955914,
                    -262.613917097);
            round(device, masks, thought, dialogue, 9.522029296224, new double[]{-0.257479558480, 0, 0, 0, 0.087404437216, 0, 0, 0},
                    new double[]{1.129268276691, 0, 0, 0, 0.661538451910, 0, 0, 0}, -25.414955914, -86.987076279);
        }
    }

    private static Thing thing(boolean[] pixels, int side) {
        float[] target = new float[pixels.length];
        for (int i = 0; i < target.length; i++) target[i] = pixels[i] ? 1 : 0;
        return new Thing(new Mask(side, side, pixels), target, null, side, 1);
    }

    private static void round(Device device, double[] masks, double[] thought, Dialogue dialogue, double loss, double[] ofMasks,
            double[] ofThought, double... answered) {
        Tensor m = Tensor.of(device, masks, 2, 4, 16, 16).leaf(true), t = Tensor.of(device, thought, 2, 4).leaf(true);
        var round = PromptableLoss.of(new MaskDecoder.Decoded(m, t), dialogue, Recipe.FOCAL);
        assertEquals(loss, round.loss().item(), 1e-9);
        Gradients gradients = round.loss().backward();
        assertArrayEquals(ofThought, gradients.of(t).toDoubles(), 1e-9);
        double[] g = gradients.of(m).toDoubles(), along = new double[8];
        for (int i = 0; i < g.length; i++) along[Math.floorDiv(i, 256)] += Math.cos(i) * g[i];
        assertArrayEquals(ofMasks, along, 1e-9);
        float[] answers = dialogue.masks(device).toArray();
        double[] sums = new double[2];
        for (int i = 0; i < answers.length; i++) sums[Math.floorDiv(i, 256)] += answers[i];
        assertArrayEquals(answered, sums, 1e-4);
    }

    @Test
    void whatIsNearerToThePixelsLearnsMoreSlowlyAndTablesDoNotDecay() {
        assertEquals(0, LayerRates.layer("image_encoder.patch_embed.proj.weight", 6));
        assertEquals(0, LayerRates.layer("image_encoder.pos_embed", 6));
        assertEquals(4, LayerRates.layer("image_encoder.blocks.3.attn.qkv.weight", 6));
        assertEquals(7, LayerRates.layer("image_encoder.neck.0.weight", 6));
        assertEquals(7, LayerRates.layer("mask_decoder.iou_token.weight", 6));
        try (Params params = Params.random(5, Device.cpu(1))) {
            var _ = new Sam(params, TINY);
            Map<Boolean, Integer> counts = new HashMap<>();
            params.trainable().forEach((name, p) -> counts.merge(LayerRates.decays(name, p), 1, Integer::sum));
            List<String> still = params.trainable().entrySet().stream()
                    .filter(e -> e.getValue().shape().rank() > 1 && !LayerRates.decays(e.getKey(), e.getValue())).map(Map.Entry::getKey).sorted()
                    .toList();
            assertEquals(List.of("image_encoder.blocks.0.attn.rel_pos_h", "image_encoder.blocks.0.attn.rel_pos_w",
                    "image_encoder.blocks.1.attn.rel_pos_h", "image_encoder.blocks.1.attn.rel_pos_w", "image_encoder.pos_embed",
                    "mask_decoder.iou_token.weight", "mask_decoder.mask_tokens.weight", "prompt_encoder.no_mask_embed.weight",
                    "prompt_encoder.not_a_point_embed.weight", "prompt_encoder.point_embeddings.0.weight",
                    "prompt_encoder.point_embeddings.1.weight", "prompt_encoder.point_embeddings.2.weight",
                    "prompt_encoder.point_embeddings.3.weight"), still);
            assertTrue(counts.getOrDefault(true, 0) > 40, counts.toString());
        }
    }
}
