package dev.samovar.benchmarks.peers;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Work;
import dev.samovar.benchmarks.Works;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.unet.UNetEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A training step of a head, or of the U-Net, in libtorch: forward, loss, autograd's gradients, and PyTorch's fused Adam, one program. The parameters start with the same values as ours.
final class TorchTraining {
    private TorchTraining() {}

    static Work of(PtNDManager manager, String name, Sizes sizes) {
        boolean unet = name.equals("train-unet");
        HeadSpec.Kind kind = unet ? null : HeadSpec.Kind.of(name.substring("train-".length()));
        Map<String, float[]> values = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        List<float[]> frozen = new ArrayList<>();
        try (TensorFile file = Numbers.checkpoint(sizes); Params params = kind == null
                ? Params.random(1, Device.scalar(1))
                : Works.head(kind, sizes).initial(file, 1, Device.scalar(1))) {
            if (kind == null) Works.unet(params, sizes);
            else Works.head(kind, sizes).build(params, sizes.sam(), sizes.classes());
            for (Map.Entry<String, Tensor> e : params.trainable().entrySet()) {
                values.put(e.getKey(), e.getValue().toArray());
                int[] dims = e.getValue().shape().dims();
                long[] longs = new long[dims.length];
                for (int i = 0; i < dims.length; i++) longs[i] = dims[i];
                shapes.put(e.getKey(), longs);
            }
            if (kind == HeadSpec.Kind.VIT) {
                frozen.add(value(params, "mask_decoder.iou_token.weight"));
                frozen.add(positions(value(params, "pe_layer.positional_encoding_gaussian_matrix"), sizes.sam().grid()));
            }
        }
        List<String> names = List.copyOf(values.keySet());
        String forward = switch (kind) {
            case null -> unet(names);
            case CNN -> cnn(names);
            case LINEAR -> linear(names);
            case VIT -> new TorchVitHead(names, sizes).forward();
        };
        JniUtils.setGradMode(true);
        var script = new TorchScript(manager, step(forward, sizes));
        return new Step(manager, script, arguments(manager, values, shapes, frozen, unet, sizes));
    }

    private static float[] value(Params params, String name) {
        return Objects.requireNonNull(params.all().get(name), name).toArray();
    }

    /// SAM's encoding of the cells of a grid, `(side·side, dim)`, by a matrix `(2, dim/2)`.
    private static float[] positions(float[] matrix, int side) {
        int half = matrix.length / 2;
        float[] encoded = new float[side * side * 2 * half];
        for (int i = 0; i < side * side; i++)
            for (int j = 0; j < half; j++) {
                int row = i / side, column = i % side;
                double x = 2 * (column + 0.5) / side - 1, y = 2 * (row + 0.5) / side - 1;
                double angle = 2 * Math.PI * (x * matrix[j] + y * matrix[half + j]);
                encoded[i * 2 * half + j] = (float) Math.sin(angle);
                encoded[i * 2 * half + half + j] = (float) Math.cos(angle);
            }
        return encoded;
    }

    /// The program: cross entropy plus soft Dice of the resized logits, as the reference computes them.
    private static String step(String forward, Sizes sizes) {
        return """
                def forward(self: __torch__.Program, x: Tensor, labels: Tensor, c: List[Tensor], p: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor]) -> Tensor:
                %1$s  hot = c[0]
                  logits = torch.upsample_bilinear2d(x, [%2$d, %2$d], False, None)
                  ce = torch.cross_entropy_loss(logits, labels, None, 1, -100, 0.)
                  q = torch.slice(torch.softmax(logits, 1, None), 1, 1, %3$d, 1)
                  num = torch.add(torch.mul(torch.sum(torch.mul(q, hot), [0, 2, 3], False, dtype=None), 2), 1)
                  den = torch.add(torch.add(torch.sum(torch.mul(q, q), [0, 2, 3], False, dtype=None), torch.sum(torch.mul(hot, hot), [0, 2, 3], False, dtype=None)), 1)
                  dice = torch.mean(torch.rsub(torch.div(num, den), 1))
                  loss = torch.add(ce, dice)
                  optional = torch.autograd.grad([loss], p)
                  grads = annotate(List[Tensor], [])
                  for index in range(torch.len(p)):
                    grads = torch.append(grads, unchecked_cast(Tensor, optional[index]))
                  torch._foreach_add_(steps, 1)
                  torch._fused_adam_(p, grads, m, v, annotate(List[Tensor], []), steps, lr=%4$s, beta1=0.9, beta2=0.999, weight_decay=0., eps=1.0e-08, amsgrad=False, maximize=False)
                  return torch.detach(loss)
                """.formatted(forward, sizes.labelSide(), sizes.classes(), Works.LEARNING_RATE);
    }

    private static String pair(List<String> names, String name) {
        return "p[" + names.indexOf(name + ".weight") + "], p[" + names.indexOf(name + ".bias") + "]";
    }

    private static String conv(List<String> names, String name, int padding) {
        return "  x = torch.conv2d(x, %s, [1, 1], [%2$d, %2$d], [1, 1], 1)%n".formatted(pair(names, name), padding);
    }

    private static String up(List<String> names, String name) {
        return "  x = torch.conv_transpose2d(x, %s, [2, 2], [0, 0], [0, 0], 1, [1, 1])%n".formatted(pair(names, name));
    }

    private static String cnn(List<String> names) {
        String decoder = "mask_decoder.", relu = "  x = torch.relu(x)\n";
        var text = new StringBuilder(conv(names, decoder + "input_block.0", 0) + relu + conv(names, decoder + "input_block.2", 0) + relu);
        for (int i = 0; names.contains(decoder + "blocks." + i + ".0.weight"); i++) {
            String block = decoder + "blocks." + i;
            text.append(conv(names, block + ".0", 1)).append(relu).append(conv(names, block + ".2", 1)).append(relu);
            if (names.contains(block + ".4.weight")) text.append(up(names, block + ".4"));
        }
        return text + conv(names, decoder + "final.0", 1) + conv(names, decoder + "final.1", 0);
    }

    /// LayerNorm over channels, as the reference composes it.
    static String norm2d(List<String> names, String name) {
        return """
                  u = torch.mean(x, [1], True)
                  s = torch.mean(torch.pow(torch.sub(x, u), 2), [1], True)
                  x = torch.div(torch.sub(x, u), torch.sqrt(torch.add(s, 1.0e-06)))
                  x = torch.add(torch.mul(torch.reshape(p[%d], [1, -1, 1, 1]), x), torch.reshape(p[%d], [1, -1, 1, 1]))
                """.formatted(names.indexOf(name + ".weight"), names.indexOf(name + ".bias"));
    }

    private static String linear(List<String> names) {
        String decoder = "mask_decoder.", up = decoder + "output_upscaling.", gelu = "  x = torch.gelu(x, approximate=\"none\")\n";
        return up(names, up + "0") + norm2d(names, up + "1") + gelu + up(names, up + "3") + gelu + conv(names, decoder + "final.0", 0) + "  x = torch.relu(x)\n" + conv(names, decoder
                + "final.2", 0);
    }

    private static String unet(List<String> names) {
        String encoder = "encoder.", relu = "  x = torch.relu(x)\n", leaky = "  x = torch.leaky_relu(x, 0.01)\n";
        String norm = "  x = torch.instance_norm(x, None, None, None, None, True, 0.1, 1.0e-05, True)\n";
        var text = new StringBuilder();
        for (int level = 1; level <= UNetEncoder.LEVELS; level++) {
            for (int unit = 1; unit <= 2; unit++) text.append(conv(names, encoder + "contr_" + level + "_" + unit + ".0", 1)).append(norm).append(leaky);
            text.append("  s%d = x%n".formatted(level)).append("  x = torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)\n");
        }
        text.append(conv(names, encoder + "center.0", 1)).append(relu).append(conv(names, encoder + "center.2", 1)).append(relu);
        text.append(up(names, encoder + "center.4")).append(relu);
        for (int level = UNetEncoder.LEVELS; level >= 1; level--) {
            text.append("  x = torch.cat([x, s%d], 1)%n".formatted(level));
            for (int unit = 1; unit <= 2; unit++) text.append(conv(names, encoder + "expand_" + level + "_" + unit + ".0", 1)).append(leaky);
            if (level > 1) text.append(up(names, encoder + "upscale" + level));
        }
        return text + conv(names, "head", 0);
    }

    private static NDList arguments(PtNDManager manager, Map<String, float[]> values, Map<String, long[]> shapes, List<float[]> frozen, boolean unet, Sizes sizes) {
        int b = sizes.batch(), g = sizes.sam().grid(), side = sizes.labelSide(), k = sizes.classes(), pixels = side * side;
        byte[] labels = Numbers.labels(sizes);
        long[] classes = new long[labels.length];
        float[] hot = new float[b * (k - 1) * pixels];
        for (int i = 0; i < labels.length; i++) {
            classes[i] = labels[i];
            if (labels[i] > 0) hot[(i / pixels * (k - 1) + labels[i] - 1) * pixels + i % pixels] = 1f;
        }
        var all = new NDList();
        add(all, "x", unet
                ? TorchScript.tensor(manager, Numbers.frames(sizes), b, 3, sizes.frameSide(), sizes.frameSide())
                : TorchScript.tensor(manager, Numbers.embeddings(sizes), b, sizes.sam().promptWidth(), g, g));
        add(all, "labels", (PtNDArray) manager.create(classes, new Shape(b, side, side)));
        add(all, "c[]", TorchScript.tensor(manager, hot, b, k - 1, side, side));
        if (!frozen.isEmpty()) {
            int dim = sizes.sam().promptWidth();
            add(all, "c[]", TorchScript.tensor(manager, frozen.getFirst(), k, 1, dim));
            add(all, "c[]", TorchScript.tensor(manager, frozen.getLast(), 1, (long) g * g, dim));
        }
        values.forEach((name, v) -> {
            PtNDArray p = TorchScript.tensor(manager, v, Objects.requireNonNull(shapes.get(name), name));
            p.setRequiresGradient(true);
            add(all, "p[]", p);
        });
        for (String list : List.of("m[]", "v[]")) shapes.values().forEach(s -> add(all, list, (PtNDArray) manager.zeros(new Shape(s))));
        shapes.values().forEach(_ -> add(all, "steps[]", (PtNDArray) manager.zeros(new Shape(), DataType.FLOAT32)));
        return all;
    }

    private static void add(NDList all, String name, PtNDArray tensor) {
        tensor.setName(name);
        all.add(tensor);
    }

    private record Step(PtNDManager manager, TorchScript script, NDList arguments, List<Float> losses) implements Work {
        Step(PtNDManager manager, TorchScript script, NDList arguments) {
            this(manager, script, arguments, new ArrayList<>());
        }

        @Override
        public void run() {
            try (NDList out = script.train(manager, arguments)) {
                losses.add(out.singletonOrThrow().toFloatArray()[0]);
            }
        }

        @Override
        public float[] result() {
            while (losses.size() < Works.STEPS) run();
            float[] first = new float[Works.STEPS];
            for (int i = 0; i < first.length; i++) first[i] = losses.get(i);
            return first;
        }

        @Override
        public void close() {
            script.close();
        }
    }
}
