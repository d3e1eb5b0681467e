package dev.samovar.models.sam;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

@Order(1)
class SamTest {
    private static Tensor tensor(Device device, Safetensors file, String name) {
        return Tensor.of(device, file.floats(name), file.shape(name).dims());
    }

    private static List<Integer> labels(Safetensors golden) {
        List<Integer> labels = new ArrayList<>();
        for (float label : golden.floats("labels")) labels.add((int) label);
        return labels;
    }

    @Test
    void aPromptInEachOfSeveralImagesIsAPromptInEachByItself() {
        Device device = Device.cpu();
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder.safetensors");
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor images = tensor(device, golden, "input");
            Tensor boxes = Tensor.of(device, new float[]{10, 12, 60, 70, 30, 5, 100, 90}, 2, 4);
            var both = sam.forward(images, null, boxes, null);
            for (int i = 0; i < 2; i++) {
                var one = sam.forward(images.slice(0, i, i + 1), null, boxes.slice(0, i, i + 1), null);
                Golden.assertClose("masks of image " + i, one.masks().toArray(), both.masks().slice(0, i, i + 1).toArray(), 1e-5);
                Golden.assertClose("iou of image " + i, one.iou().toArray(), both.iou().slice(0, i, i + 1).toArray(), 1e-5);
            }
            assertArrayEquals(new int[]{2, 3, 32, 32}, both.choose(true).masks().shape().dims());
            assertArrayEquals(both.masks().slice(1, 0, 1).toArray(), both.choose(false).masks().toArray());
        }
    }

    @Test
    void aBatchOfPromptsGivesTheBitsOfEachPromptAlone() {
        Device device = Device.cpu();
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/prompts.safetensors");
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor embedding = tensor(device, golden, "image_embedding"), points = tensor(device, golden, "points");
            List<Integer> labels = labels(golden);
            float[] together = sam.decode(embedding, new PromptEncoder.Points(points, labels), null, null).masks().toArray();
            for (int i = 0; i < 2; i++) {
                var alone = new PromptEncoder.Points(points.slice(0, i, i + 1), labels.subList(2 * i, 2 * i + 2));
                float[] masks = sam.decode(embedding, alone, null, null).masks().toArray();
                for (int j = 0; j < masks.length; j++)
                    assertEquals(masks[j], together[i * masks.length + j], "prompt " + i + ", value " + j);
            }
        }
    }

    @Test
    void everyStageOfVitBAtFullSizeEqualsTheReference() {
        Device device = Device.cpu();
        try (Safetensors golden = Golden.open("sam-full/vit_b.safetensors");
                var weights = Formula.checkpoint("", SamConfig.vitB().tensors());
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor image = Tensor.of(device, Formula.signed("input.image", 3 * 1024 * 1024, 2), 1, 3, 1024, 1024);
            Tensor embedding = sam.imageEncoder().forward(image, (stage, x) -> assertSample(stage, golden, x, 2e-5));
            assertSample("embedding", golden, embedding, 2e-5);

            assertEquals("[[300,420],[700,111]] [1,0] [100,150,800,900]", String.join(" ", golden.metadata().get("points"), golden.metadata()
                    .get("labels"), golden.metadata().get("box")));
            var points = new PromptEncoder.Points(Tensor.of(device, new float[]{300, 420, 700, 111}, 1, 2, 2), List.of(1, 0));
            var decoded = sam.decode(embedding, points, Tensor.of(device, new float[]{100, 150, 800, 900}, 1, 4), null);
            assertSample("low_res_masks", golden, decoded.masks(), 5e-5);
            Golden.assertClose("iou", golden.floats("iou"), decoded.iou().toArray(), 5e-5);
        }
    }

    private static void assertSample(String stage, Safetensors golden, Tensor x, double tolerance) {
        float[] expected = golden.floats(stage + ".sample"), actual = Golden.sample(x.toArray(), expected.length);
        Golden.assertClose(stage, expected, actual, tolerance);
        double error = Golden.relativeL2(expected, actual);
        assertTrue(error <= 1.5e-6, stage + ": relative error " + error);
    }

    /// The inputs of a prediction.
    private record Inputs(Tensor image, Tensor points, Tensor boxes, Tensor mask) {
        static Inputs of(Device device) {
            return new Inputs(parameter(device, Formula.signed("input.image", 3 * 128 * 128, 2), 1, 3, 128, 128),
                    parameter(device, new float[]{30, 40, 90, 15, 64, 100, 20, 77}, 2, 2, 2),
                    parameter(device, new float[]{10, 20, 90, 100, 40, 30, 70, 120}, 2, 4),
                    parameter(device, Formula.signed("input.mask", 2 * 32 * 32, 4), 2, 1, 32, 32));
        }

        private static Tensor parameter(Device device, float[] values, int... shape) {
            return Tensor.parameter(device, values, Shape.of(shape), true);
        }
    }

    @Test
    void gradientsThroughTheWholeModelEqualDifferencesInDoublePrecision() {
        Device device = Device.reference();
        long seed = 4;
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors"); Params p = Params.load(weights, device)) {
            Sam sam = new Sam(p, SamConfig.infer(weights));
            Random random = new Random(seed, "whole model");
            Inputs x = Inputs.of(device);
            Map<String, Tensor> leaves = new LinkedHashMap<>(p.trainable());
            leaves.putAll(Map.of("image", x.image, "points", x.points, "boxes", x.boxes, "mask prompt", x.mask));
            double[] u = normal(random, 2 * 4 * 32 * 32), w = normal(random, 2 * 4);
            Map<Tensor, double[]> gradients = new HashMap<>();
            try (var _ = Scope.open()) {
                Gradients g = loss(sam, x, u, w).backward();
                leaves.forEach((name, t) -> {
                    boolean unused = name.contains("not_a_point") || name.contains("no_mask");             // this prompt has a box and a mask
                    boolean flat = name.endsWith("k_proj.bias");                   // the same for all keys, which a softmax ignores
                    if (!unused) gradients.put(t, g.of(t).toDoubles());
                    assertEquals(!unused && !flat, g.reached(t) && norm(g.of(t).toDoubles()) > 1e-9, name);
                });
            }
            var groups = new LinkedHashMap<String, List<Move>>();
            leaves.forEach((name, t) -> {
                double[] gradient = gradients.get(t);
                if (gradient == null) return;
                double scale = 1 / (1 + norm(gradient));
                double[] direction = normal(random, gradient.length);
                for (int i = 0; i < direction.length; i++) direction[i] *= scale;
                groups.computeIfAbsent(group(name), _ -> new ArrayList<>()).add(new Move(t, t.toDoubles(), direction, gradient));
            });
            groups.forEach((name, moves) -> {
                double epsilon = 1e-6, analytic = moves.stream().mapToDouble(Move::slope).sum();
                double ahead = moved(sam, x, moves, epsilon, u, w), behind = moved(sam, x, moves, -epsilon, u, w);
                double numeric = (ahead - behind) / (2 * epsilon);
                assertTrue(Math.abs(analytic - numeric) <= 1e-6, "%s, seed %d: the gradient says %.10e, two forward passes %.10e"
                        .formatted(name, seed, analytic, numeric));
            });
        }
    }

    /// Leaves that are moved together: those of one block, or each by itself with `-Pthorough`.
    private static String group(String name) {
        return Boolean.getBoolean("samovar.thorough") ? name : Stream.of(name.split("\\.")).limit(3).collect(joining("."));
    }

    /// A leaf, its values, the direction in which it is moved, and its gradient. The direction is scaled by the gradient's norm, so that no leaf dominates the others.
    @SuppressWarnings("ArrayRecordComponent")
    private record Move(Tensor leaf, double[] at, double[] direction, double[] gradient) {
        double slope() {
            double sum = 0;
            for (int i = 0; i < direction.length; i++) sum += gradient[i] * direction[i];
            return sum;
        }

        void by(double epsilon) {
            double[] there = new double[at.length];
            for (int i = 0; i < at.length; i++) there[i] = at[i] + epsilon * direction[i];
            leaf.device().memory().write(there, leaf.buffer());
        }
    }

    /// A scalar that depends on all masks and scores.
    private static Tensor loss(Sam sam, Inputs x, double[] u, double[] w) {
        var decoded = sam.forward(x.image, new PromptEncoder.Points(x.points, List.of(1, 0, 1, 1)), x.boxes, x.mask);
        Tensor masks = decoded.masks().mul(Tensor.of(sam.device(), u, 2, 4, 32, 32)).sum();
        return masks.add(decoded.iou().mul(Tensor.of(sam.device(), w, 2, 4)).sum());
    }

    private static double moved(Sam sam, Inputs x, List<Move> moves, double epsilon, double[] u, double[] w) {
        moves.forEach(move -> move.by(epsilon));
        try (var _ = Scope.open()) {
            return loss(sam, x, u, w).item();
        } finally {
            moves.forEach(move -> move.by(0));
        }
    }

    private static double[] normal(Random random, int n) {
        return Stream.generate(random::normal).limit(n).mapToDouble(d -> d).toArray();
    }

    private static double norm(double[] x) {
        double sum = 0;
        for (double v : x) sum += v * v;
        return Math.sqrt(sum);
    }
}
