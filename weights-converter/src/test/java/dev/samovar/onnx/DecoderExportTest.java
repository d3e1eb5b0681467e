package dev.samovar.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the exported prompt encoder and mask decoder, run by ONNX Runtime, with our own.
class DecoderExportTest {
    private static final int C = 32, G = 8, LOW = 32, SIZE = 128;

    @TempDir
    private Path folder;
    private Path model;

    @BeforeEach
    void name() {
        model = folder.resolve("decoder ü.onnx");
    }

    private static OnnxExport.Report export(Path weights, Path model, boolean external) {
        try (Safetensors file = Safetensors.open(weights)) {
            return OnnxExport.decoder(new SamWeights(weights, "0123", file), model, external, Progress.silent());
        }
    }

    /// A prompt and the picture's size. Points are x, y, label; a box is two points with the labels 2 and 3; a mask may be given or not.
    @SuppressWarnings("ArrayRecordComponent")
    private record Asked(float[][] points, boolean mask, int height, int width) {
        boolean box() {
            return points.length > 0 && points[points.length - 1][2] == 3;
        }

        Map<String, Onnx.Input> inputs() {
            int n = points.length + (box() ? 0 : 1);
            float[] coords = new float[2 * n], labels = new float[n];
            labels[n - 1] = -1;                                                        // the padding point, unless there is a box
            for (int i = 0; i < points.length; i++) {
                coords[2 * i] = points[i][0];
                coords[2 * i + 1] = points[i][1];
                labels[i] = points[i][2];
            }
            Map<String, Onnx.Input> inputs = new LinkedHashMap<>();
            inputs.put("image_embeddings", new Onnx.Input(Formula.signed("embedding", C * G * G, 1), 1, C, G, G));
            inputs.put("point_coords", new Onnx.Input(coords, 1, n, 2));
            inputs.put("point_labels", new Onnx.Input(labels, 1, n));
            inputs.put("mask_input", new Onnx.Input(Formula.signed("mask", LOW * LOW, 8), 1, 1, LOW, LOW));
            inputs.put("has_mask_input", new Onnx.Input(new float[]{mask ? 1 : 0}, 1));
            inputs.put("orig_im_size", new Onnx.Input(new float[]{height, width}, 2));
            return inputs;
        }

        /// The outputs of our own networks.
        Map<String, float[]> own(Sam sam) {
            Device device = Device.cpu();
            int clicks = points.length - (box() ? 2 : 0);
            try (var _ = Scope.open()) {
                List<Integer> labels = new ArrayList<>();
                float[] coords = new float[2 * clicks], corners = new float[4];
                for (int i = 0; i < clicks; i++) {
                    coords[2 * i] = points[i][0];
                    coords[2 * i + 1] = points[i][1];
                    labels.add((int) points[i][2]);
                }
                for (int i = clicks; i < points.length; i++) System.arraycopy(points[i], 0, corners, 2 * (i - clicks), 2);
                var click = clicks == 0 ? null : new PromptEncoder.Points(Tensor.of(device, coords, 1, clicks, 2), labels);
                Tensor box = box() ? Tensor.of(device, corners, 1, 4) : null;
                Tensor lowRes = mask ? Tensor.of(device, Formula.signed("mask", LOW * LOW, 8), 1, 1, LOW, LOW) : null;
                var answer = sam.decode(Tensor.of(device, Formula.signed("embedding", C * G * G, 1), 1, C, G, G), click, box, lowRes);
                Map<String, float[]> all = new HashMap<>();
                all.put("low_res_masks", answer.masks().toArray());
                all.put("iou_predictions", answer.iou().toArray());
                all.put("masks", new SamFraming().masks(answer.masks(), height, width, SIZE).toArray());
                return all;
            }
        }
    }

    private static float[] point(double x, double y, int label) {
        return new float[]{(float) x, (float) y, label};
    }

    private static List<Asked> prompts() {
        float[] on = point(60.5, 33.25, 1), beside = point(12, 90, 0), corner = point(20, 25.5, 2), other = point(101, 77, 3);
        return List.of(new Asked(new float[][]{on}, false, 83, 61), new Asked(new float[][]{on, beside, point(3, 4, 1)}, false, 61, 83),
                new Asked(new float[][]{corner, other}, false, 128, 128), new Asked(new float[][]{on, beside, corner, other}, true, 300,
                        200),
                new Asked(new float[][]{on}, true, 1, 300), new Asked(new float[][]{beside}, true, 77, 78));
    }

    @ParameterizedTest
    @CsvSource({"sam-tiny-trained, false", "sam-tiny, true"})
    void everyPromptsMasksEqualOurOwn(String name, boolean external) {
        Path weights = Golden.path("sam-tiny/" + name + ".safetensors");
        OnnxExport.Report report = export(weights, model, external);
        assertEquals("image_embeddings (1, 32, 8, 8), point_coords (1, num_points, 2), point_labels (1, num_points), mask_input (1, 1, 32, 32), "
                + "has_mask_input (1), orig_im_size (2)", report.input());
        assertEquals("masks (1, 4, height, width), iou_predictions (1, 4), low_res_masks (1, 4, 32, 32)", report.output());
        equalOurOwn(weights);
    }

    private void equalOurOwn(Path weights) {
        try (Onnx onnx = Onnx.open(model); Safetensors file = Safetensors.open(weights); Sam sam = Sam.load(file, Device.cpu())) {
            for (Asked asked : prompts()) {
                Map<String, float[]> ours = asked.own(sam), theirs = onnx.run(asked.inputs());
                assertEquals(List.of("masks", "iou_predictions", "low_res_masks"), List.copyOf(theirs.keySet()));
                theirs.forEach(
                        (output, values) -> Golden.assertClose(output + " of " + asked.height + " x " + asked.width, ours.get(output), values, 1e-5));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void anotherNumberOfHeadsIsThatOfTheMetadata(int heads) {
        Path weights = folder.resolve("heads.safetensors");
        try (Safetensors tiny = Golden.open("sam-tiny/sam-tiny-trained.safetensors")) {
            Safetensors.write(weights, Map.of(SamConfig.DECODER_HEADS_KEY, "" + heads),
                    tiny.entries().keySet().stream().map(name -> Safetensors.Item.of(name,
                            tiny)).toList());
        }
        export(weights, model, false);
        equalOurOwn(weights);
        try (Safetensors file = Safetensors.open(weights);
                Safetensors tiny = Golden.open("sam-tiny/sam-tiny-trained.safetensors");
                Sam some = Sam.load(file, Device.cpu());
                Sam eight = Sam.load(tiny, Device.cpu())) {
            float[] a = prompts().getFirst().own(some).get("low_res_masks"), b = prompts().getFirst().own(eight).get("low_res_masks");
            assertTrue(Golden.relativeL2(a, b) > 1e-3);
        }
    }

    /// Quantisers work channel by channel if the right operand of a product is a constant matrix. They must not quantise the positional encoding.
    @Test
    void productsWithWeightsHaveThemAsAMatrixOnTheRight() throws IOException {
        export(Golden.path("sam-tiny/sam-tiny.safetensors"), model, false);
        Protobuf graph = Protobuf.of(ByteBuffer.wrap(Files.readAllBytes(model))).message(7);
        Map<String, Integer> ranks = new HashMap<>();
        for (Protobuf tensor : graph.messages(5)) ranks.put(tensor.texts(8).getFirst(), tensor.numbers(1).size());
        Set<String> weights = new HashSet<>();
        for (Protobuf node : graph.messages(1)) {
            if (!node.texts(4).getFirst().equals("MatMul")) continue;
            List<String> sides = node.texts(1);
            assertTrue(!ranks.containsKey(sides.getFirst()) && !sides.getLast().contains("gaussian"), sides.toString());
            if (ranks.containsKey(sides.getLast())) {
                assertEquals(2, ranks.get(sides.getLast()), sides.toString());
                weights.add(sides.getLast());
            }
        }
        assertEquals(2 * 14 + 4 + 5 * 3, weights.size());
    }

    @Test
    void anEncoderAloneHasNoDecoder() {
        Path weights = folder.resolve("encoder.safetensors");
        try (Safetensors tiny = Golden.open("sam-tiny/sam-tiny.safetensors")) {
            Safetensors.write(weights, Map.of(), tiny.entries().keySet().stream().filter(name -> name.startsWith("image_encoder."))
                    .map(name -> Safetensors.Item.of(name, tiny)).toList());
        }
        String says = assertThrows(FormatException.class, () -> export(weights, model, false)).getMessage();
        assertTrue(says.contains("an image encoder alone"), says);
        assertTrue(Files.notExists(model));
    }
}
