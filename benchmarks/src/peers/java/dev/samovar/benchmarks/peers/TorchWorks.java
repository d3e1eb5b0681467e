package dev.samovar.benchmarks.peers;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Operations;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Work;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// libtorch's side: each piece of work is a program for its own interpreter, of the operators that PyTorch itself calls for it (MKL for products, oneDNN for
/// convolutions), started by one call from here. The optimizer of graphs is off: it makes the programs slower.
final class TorchWorks {
    private final PtNDManager manager = (PtNDManager) PtEngine.getInstance().newBaseManager(Device.cpu());
    private final Sizes sizes;
    private final SamConfig sam;

    TorchWorks(Sizes sizes, int threads) {
        this.sizes = sizes;
        this.sam = sizes.sam();
        JniUtils.setNumThreads(threads);
        JniUtils.setGraphExecutorOptimize(false);
    }

    Work of(String name) {
        return switch (name) {
            case "gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2" -> linear(Operations.Product.of(name, sizes));
            case "attention-global" -> attention(Operations.global(sizes));
            case "attention-window" -> attention(Operations.windows(sizes));
            case "layer-norm" -> layerNorm(sizes.tokens(), sam.vit().width());
            case "gelu" -> {
                int mlp = sam.vit().mlp();
                yield program("x: Tensor", "torch.gelu(x, approximate=\"none\")", tensor(Numbers.of("x", sizes.tokens() * mlp, 4), sizes.tokens(), mlp));
            }
            case "encode" -> encode();
            case "train-linear", "train-cnn", "train-vit", "train-unet" -> TorchTraining.of(manager, name, sizes);
            default -> {
                if (name.endsWith("-forward")) yield convolution(Operations.Convolution.of(name, sizes));
                if (name.endsWith("-backward")) yield convolutionBackward(Operations.Convolution.of(name, sizes));
                throw new IllegalArgumentException("libtorch has no part in \"" + name + "\"");
            }
        };
    }

    private PtNDArray tensor(float[] values, long... shape) {
        return TorchScript.tensor(manager, values, shape);
    }

    /// One expression of its arguments.
    private Work program(String parameters, String expression, PtNDArray... arguments) {
        return program(new TorchScript(manager, "def forward(self: __torch__.Program, " + parameters + ") -> Tensor:\n  return " + expression + "\n"), () -> {
            IValue[] values = new IValue[arguments.length];
            for (int i = 0; i < values.length; i++) values[i] = IValue.from(arguments[i]);
            return values;
        });
    }

    private Work program(TorchScript script, Supplier<IValue[]> arguments) {
        return new Work() {
            private float[] result = {};

            private PtNDArray once() {
                IValue[] values = arguments.get();
                try (IValue out = script.run(values)) {
                    return out.toTensor(manager);
                } finally {
                    for (IValue value : values) value.close();
                }
            }

            @Override
            public void run() {
                try (PtNDArray out = once()) {
                    if (out.isEmpty()) throw new IllegalStateException("nothing was computed");
                }
            }

            @Override
            public float[] result() {
                try (PtNDArray out = once()) {
                    result = out.toFloatArray();
                }
                return result.clone();
            }

            @Override
            public void close() {
                script.close();
            }
        };
    }

    private Work linear(Operations.Product p) {
        return program("x: Tensor, w: Tensor, b: Tensor", "torch.linear(x, w, b)", tensor(Numbers.of("x", p.m() * p.k()), p.m(), p.k()),
                tensor(Numbers.weights("w", p.n() * p.k(), p.k()), p.n(), p.k()), tensor(Numbers.of("b", p.n()), p.n()));
    }

    private Work layerNorm(int rows, int n) {
        return program("x: Tensor, w: Tensor, b: Tensor", "torch.layer_norm(x, [" + n + "], w, b, 1.0e-06)", tensor(Numbers.of("x", rows * n, 3), rows, n),
                tensor(Numbers.of("w", n), n), tensor(Numbers.of("b", n), n));
    }

    /// `scaled_dot_product_attention` with the positions as a bias: it must be there as a whole, one number for each query and key.
    private Work attention(AttentionShape s) {
        int heads = sam.vit().heads(), b = s.groups() / heads, h = s.height(), w = s.width(), d = s.dim(), t = h * w;
        var script = new TorchScript(manager, """
                def forward(self: __torch__.Program, qkv: Tensor, h: Tensor, w: Tensor) -> Tensor:
                  q, k, v, = torch.unbind(qkv, 0)
                  bias = torch.reshape(%s, [%d, %d, %d, %d])
                  return torch.scaled_dot_product_attention(q, k, v, bias, 0., False)
                """.formatted(BIAS.formatted("q", s.groups(), h, w, d), b, heads, t, t));
        PtNDArray qkv = tensor(Numbers.of("qkv", 3 * s.groups() * t * d, 2), 3, b, heads, t, d), offsetsH = offsets("relH", h, d), offsetsW = offsets("relW", w, d);
        return program(script, () -> new IValue[]{IValue.from(qkv), IValue.from(offsetsH), IValue.from(offsetsW)});
    }

    /// The positions' share of the scores, `(g, h, w, h, w)`, from tables `(h, h, d)` and `(w, w, d)`, as the reference's `add_decomposed_rel_pos` computes it.
    private static final String BIAS = "torch.add(torch.unsqueeze(torch.einsum(\"bhwc,hkc->bhwk\", [torch.reshape(%1$s, [%2$d, %3$d, %4$d, %5$d]), h]), -1), "
            + "torch.unsqueeze(torch.einsum(\"bhwc,wkc->bhwk\", [torch.reshape(%1$s, [%2$d, %3$d, %4$d, %5$d]), w]), -2))";

    /// A table of offsets, spread out to one vector for each pair of places, as the reference does in every call; here it is done once.
    private PtNDArray offsets(String name, int side, int d) {
        return spread(Numbers.of(name, (2 * side - 1) * d, 0.1), side, d);
    }

    private PtNDArray spread(float[] table, int side, int d) {
        float[] values = new float[side * side * d];
        for (int q = 0; q < side; q++)
            for (int k = 0; k < side; k++) System.arraycopy(table, (q - k + side - 1) * d, values, (q * side + k) * d, d);
        return tensor(values, side, side, d);
    }

    private Work convolution(Operations.Convolution c) {
        Conv2dShape s = c.shape();
        PtNDArray w = tensor(Numbers.weights("w", c.weights(), s.fanIn()), s.outChannels(), s.inChannels(), s.kernel(), s.kernel());
        if (c.transposed())
            return program("x: Tensor, w: Tensor, b: Tensor", "torch.conv_transpose2d(x, w, b, [2, 2], [0, 0], [0, 0], 1, [1, 1])",
                    tensor(Numbers.of("x", c.outputs()), 1, s.outChannels(), s.outHeight(), s.outWidth()), w,
                    tensor(Numbers.of("b", s.inChannels()), s.inChannels()));
        return program("x: Tensor, w: Tensor, b: Tensor", "torch.conv2d(x, w, b, [1, 1], [" + s.padding() + ", " + s.padding() + "], [1, 1], 1)",
                tensor(Numbers.of("x", c.inputs()), 1, s.inChannels(), s.height(), s.width()), w, tensor(Numbers.of("b", s.outChannels()), s.outChannels()));
    }

    /// Both gradients.
    private Work convolutionBackward(Operations.Convolution c) {
        Conv2dShape s = c.shape();
        PtNDArray w = tensor(Numbers.weights("w", c.weights(), s.fanIn()), s.outChannels(), s.inChannels(), s.kernel(), s.kernel());
        PtNDArray small = tensor(Numbers.of(c.transposed() ? "x" : "dy", c.outputs()), 1, s.outChannels(), s.outHeight(), s.outWidth());
        PtNDArray large = tensor(Numbers.of(c.transposed() ? "dy" : "x", c.inputs()), 1, s.inChannels(), s.height(), s.width());
        String call = "torch.convolution_backward(dy, x, w, None, [%1$d, %1$d], [%2$d, %2$d], [1, 1], %3$s, [0, 0], 1, [True, True, False])"
                .formatted(s.stride(), s.padding(), c.transposed() ? "True" : "False");
        var script = new TorchScript(manager, "def forward(self: __torch__.Program, x: Tensor, dy: Tensor, w: Tensor) -> Tensor:\n  dx, dw, _0, = " + call
                + "\n  return torch.cat([torch.reshape(dx, [-1]), torch.reshape(dw, [-1])], 0)\n");
        return program(script, () -> new IValue[]{IValue.from(c.transposed() ? small : large), IValue.from(c.transposed() ? large : small), IValue.from(w)});
    }

    // ---- the encoder

    /// The encoder as in the reference, except its attention, which is `scaled_dot_product_attention` with a bias. This is faster and needs less memory.
    private Work encode() {
        var text = new StringBuilder("def forward(self: __torch__.Program, x: Tensor, p: List[Tensor]) -> Tensor:\n");
        List<PtNDArray> weights = new ArrayList<>();
        try (TensorFile file = Numbers.checkpoint(sizes)) {
            new Encoder(text, weights, file).write();
        }
        var script = new TorchScript(manager, text.toString());
        PtNDArray picture = tensor(Numbers.picture(sizes), 1, 3, sam.imageSize(), sam.imageSize());
        PtNDArray[] all = weights.toArray(PtNDArray[]::new);
        return program(script, () -> new IValue[]{IValue.from(picture), IValue.listFrom(all)});
    }

    private final class Encoder {
        private final StringBuilder text;
        private final List<PtNDArray> weights;
        private final TensorFile file;

        Encoder(StringBuilder text, List<PtNDArray> weights, TensorFile file) {
            this.text = text;
            this.weights = weights;
            this.file = file;
        }

        @SuppressWarnings("AnnotateFormatMethod")
        private void line(String format, Object... arguments) {
            text.append("  ").append(format.formatted(arguments)).append('\n');
        }

        /// The parameter of a name, as the program sees it.
        private String parameter(String name) {
            var shape = Objects.requireNonNull(file.entries().get("image_encoder." + name), name).shape();
            long[] dims = new long[shape.rank()];
            for (int i = 0; i < dims.length; i++) dims[i] = shape.dim(i);
            return next(tensor(file.floats("image_encoder." + name), dims));
        }

        private String next(PtNDArray tensor) {
            weights.add(tensor);
            return "p[" + (weights.size() - 1) + "]";
        }

        private String pair(String name) {
            return parameter(name + ".weight") + ", " + parameter(name + ".bias");
        }

        void write() {
            int g = sam.grid(), c = sam.vit().width();
            line("x = torch.conv2d(x, %s, [%2$d, %2$d], [0, 0], [1, 1], 1)", pair("patch_embed.proj"), sam.vit().patch());
            line("x = torch.add(torch.permute(x, [0, 2, 3, 1]), %s)", parameter("pos_embed"));
            for (int i = 0; i < sam.vit().depth(); i++) block("blocks." + i, sam.vit().isGlobal(i) ? 0 : sam.vit().window(), g, c);
            line("x = torch.permute(x, [0, 3, 1, 2])");
            line("x = torch.conv2d(x, %s, None, [1, 1], [0, 0], [1, 1], 1)", parameter("neck.0.weight"));
            norm2d("neck.1");
            line("x = torch.conv2d(x, %s, None, [1, 1], [1, 1], [1, 1], 1)", parameter("neck.2.weight"));
            norm2d("neck.3");
            line("return torch.contiguous(x)");
        }

        /// LayerNorm over channels, as the reference composes it.
        private void norm2d(String name) {
            line("u = torch.mean(x, [1], True)");
            line("s = torch.mean(torch.pow(torch.sub(x, u), 2), [1], True)");
            line("x = torch.div(torch.sub(x, u), torch.sqrt(torch.add(s, 1.0e-06)))");
            line("x = torch.add(torch.mul(torch.reshape(%s, [1, -1, 1, 1]), x), torch.reshape(%s, [1, -1, 1, 1]))", parameter(name + ".weight"), parameter(name
                    + ".bias"));
        }

        private void block(String name, int window, int g, int c) {
            int side = window == 0 ? g : window, across = Math.ceilDiv(g, side), b = across * across, heads = sam.vit().heads(), d = sam.vit().headWidth();
            line("y = torch.layer_norm(x, [%d], %s, 1.0e-06)", c, pair(name + ".norm1"));
            if (window != 0) {
                line("y = torch.constant_pad_nd(y, [0, 0, 0, %1$d, 0, %1$d], 0.)", across * side - g);
                line("y = torch.reshape(torch.permute(torch.reshape(y, [1, %1$d, %2$d, %1$d, %2$d, %3$d]), [0, 1, 3, 2, 4, 5]), [%4$d, %2$d, %2$d, %3$d])",
                        across, side, c, b);
            }
            line("y = torch.permute(torch.reshape(torch.linear(y, %s), [%d, %d, 3, %d, %d]), [2, 0, 3, 1, 4])", pair(name + ".attn.qkv"), b, side * side, heads, d);
            line("q, k, v, = torch.unbind(y, 0)");
            for (String axis : List.of("h", "w")) {
                String key = "image_encoder." + name + ".attn.rel_pos_" + axis;
                line("%s = %s", axis, next(spread(file.floats(key), side, d)));
            }
            line("a = torch.reshape(%s, [%d, %d, %d, %d])", BIAS.formatted("q", b * heads, side, side, d), b, heads, side * side, side * side);
            line("y = torch.scaled_dot_product_attention(q, k, v, a, 0., False)");
            line("y = torch.reshape(torch.permute(y, [0, 2, 1, 3]), [%1$d, %2$d, %2$d, %3$d])", b, side, c);
            line("y = torch.linear(y, %s)", pair(name + ".attn.proj"));
            if (window != 0) {
                line("y = torch.reshape(torch.permute(torch.reshape(y, [1, %1$d, %1$d, %2$d, %2$d, %3$d]), [0, 1, 3, 2, 4, 5]), [1, %4$d, %4$d, %3$d])", across,
                        side, c, across * side);
                line("y = torch.slice(torch.slice(y, 1, 0, %1$d, 1), 2, 0, %1$d, 1)", g);
            }
            line("x = torch.add(x, y)");
            line("y = torch.layer_norm(x, [%d], %s, 1.0e-06)", c, pair(name + ".norm2"));
            line("y = torch.gelu(torch.linear(y, %s), approximate=\"none\")", pair(name + ".mlp.lin1"));
            line("x = torch.add(x, torch.linear(y, %s))", pair(name + ".mlp.lin2"));
        }
    }
}
