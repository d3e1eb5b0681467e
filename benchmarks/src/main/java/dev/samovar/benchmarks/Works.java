package dev.samovar.benchmarks;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.heads.SegmentationHead;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.pretrain.PretrainingWork;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.unet.UNet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/// Samovar's side: every piece of work, by name, on a device, through the same calls that the rest of Samovar uses.
public final class Works {
    /// Steps of a training whose losses are compared.
    public static final int STEPS = 3;
    /// The step size of a training.
    public static final double LEARNING_RATE = 5e-4;

    private static final int TOGETHER = 8;
    private static final boolean SINGLY = Boolean.getBoolean("samovar.bench.singly");

    private final Device device;
    private final Kernels kernels;
    private final Sizes sizes;
    private final SamConfig sam;
    private final List<Buffer> owned = new ArrayList<>();

    /// The work on a device, with these sizes.
    public Works(Device device, Sizes sizes) {
        this.device = device;
        this.kernels = device.kernels();
        this.sizes = sizes;
        this.sam = sizes.sam();
    }

    /// The piece of work with this name.
    public Work of(String name) {
        return switch (name) {
            case "gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2" -> linear(Operations.Product.of(name, sizes));
            case "attention-global" -> attention(Operations.global(sizes));
            case "attention-window" -> attention(Operations.windows(sizes));
            case "layer-norm" -> layerNorm(sizes.tokens(), sam.vit().width());
            case "layer-norm-2d" -> layerNorm2d(sam.promptWidth(), sizes.tokens());
            case "resize" -> resize(3, 4 * sam.grid(), 16 * sam.grid());
            case "gelu" -> gelu(sizes.tokens() * sam.vit().mlp());
            case "dice" -> dice();
            case "train-linear" -> training(HeadSpec.Kind.LINEAR);
            case "train-cnn" -> training(HeadSpec.Kind.CNN);
            case "train-vit" -> training(HeadSpec.Kind.VIT);
            case "train-unet" -> trainingOfUNet();
            case "train-medsam", "train-lora", "train-adapter" -> SamTraining.of(name, sizes, device);
            case "train-mini" -> pretraining(sizes.of(name));
            case "encode", "encode-mobile", "encode-large", "encode-huge" -> encode(sizes.of(name), 1);
            case "encode-batch" -> encode(sizes, sizes.batch());
            case "click" -> clicks(1);
            case "everything" -> clicks(sizes.clicks());
            case "read-volume", "write-labels" -> VolumeWorks.of(name, sizes);
            default -> {
                if (name.endsWith("-forward")) yield convolution(Operations.Convolution.of(name, sizes));
                if (name.endsWith("-backward")) yield convolutionBackward(Operations.Convolution.of(name, sizes));
                throw new IllegalArgumentException("there is no benchmark " + name + ": they are " + String.join(", ", Operations.NAMES));
            }
        };
    }

    // ---- kernels

    private Work linear(Operations.Product p) {
        int m = p.m(), n = p.n(), k = p.k();
        Buffer x = input(Numbers.of("x", m * k)), w = input(Numbers.weights("w", n * k, k)), b = input(Numbers.of("b", n)), y = output(m
                * n);
        w.markConstant();
        return kernel(() -> kernels.linear(m, n, k, x, w, b, y), y);
    }

    private Work attention(AttentionShape s) {
        int n = s.groups() * s.tokens() * s.dim();
        Buffer qkv = input(Numbers.of("qkv", 3 * n, 2)), h = input(Numbers.of("relH", (2 * s.height() - 1) * s.dim(), 0.1)),
                w = input(Numbers.of("relW", (2 * s.width() - 1) * s.dim(), 0.1)), out = output(n), logs = output(s.groups() * s.tokens());
        return kernel(() -> kernels.relPosAttention(s, qkv, h, w, out, logs), out);
    }

    private Work layerNorm(int rows, int n) {
        Buffer x = input(Numbers.of("x", rows * n, 3)), w = input(Numbers.of("w", n)), b = input(Numbers.of("b", n)), y = output(rows * n),
                mean = output(rows), rstd = output(rows);
        return kernel(() -> kernels.layerNorm(rows, n, 1, 1e-6f, x, w, b, y, mean, rstd), y);
    }

    /// Of the neck's output: channels that lie a picture apart.
    private Work layerNorm2d(int channels, int pixels) {
        Buffer x = input(Numbers.of("x", channels * pixels, 3)), w = input(Numbers.of("w", channels)), b = input(Numbers.of("b", channels)),
                y = output(channels * pixels), mean = output(pixels), rstd = output(pixels);
        return kernel(() -> kernels.layerNorm(1, channels, pixels, 1e-6f, x, w, b, y, mean, rstd), y);
    }

    /// Masks of the decoder, four times as large: at the official size the picture's.
    private Work resize(int planes, int from, int to) {
        Buffer x = input(Numbers.of("x", planes * from * from)), y = output(planes * to * to);
        return kernel(() -> kernels.resizeBilinear(planes, from, from, to, to, x, y), y);
    }

    private Work gelu(int n) {
        Buffer x = input(Numbers.of("x", n, 4)), y = output(n);
        return kernel(() -> kernels.gelu(x, y), y);
    }

    private Work convolution(Operations.Convolution c) {
        Buffer w = input(Numbers.weights("w", c.weights(), c.shape().fanIn()));
        if (c.transposed()) {
            Buffer y = input(Numbers.of("x", c.outputs())), b = input(Numbers.of("b", c.shape().inChannels())), x = output(c.inputs());
            return kernel(() -> kernels.conv2dGradInput(c.shape(), y, w, b, x), x);
        }
        Buffer x = input(Numbers.of("x", c.inputs())), b = input(Numbers.of("b", c.shape().outChannels())), y = output(c.outputs());
        return kernel(() -> kernels.conv2d(c.shape(), x, w, b, y), y);
    }

    /// Both gradients, of the input and of the weights.
    private Work convolutionBackward(Operations.Convolution c) {
        Buffer w = input(Numbers.weights("w", c.weights(), c.shape().fanIn())), dw = output(c.weights());
        if (c.transposed()) {
            Buffer y = input(Numbers.of("x", c.outputs())), dx = input(Numbers.of("dy", c.inputs())), dy = output(c.outputs());
            return kernel(() -> {
                kernels.conv2d(c.shape(), dx, w, null, dy);
                kernels.conv2dGradWeight(c.shape(), dx, y, dw);
            }, dy, dw);
        }
        Buffer x = input(Numbers.of("x", c.inputs())), dy = input(Numbers.of("dy", c.outputs())), dx = output(c.inputs());
        return kernel(() -> {
            kernels.conv2dGradInput(c.shape(), dy, w, null, dx);
            kernels.conv2dGradWeight(c.shape(), x, dy, dw);
        }, dx, dw);
    }

    private Work dice() {
        int pixels = sizes.labelSide() * sizes.labelSide(), b = sizes.batch(), k = sizes.classes();
        float[] p = Numbers.of("p", b * k * pixels, 0.5);
        for (int i = 0; i < p.length; i++) p[i] += 0.5f;
        byte[] labels = Numbers.labels(sizes);
        Buffer x = input(p), sums = output(3 * k), loss = output(1);
        return kernel(() -> kernels.softDice(b, k, pixels, x, labels, sums, loss), sums, loss);
    }

    private Buffer input(float[] values) {
        Buffer buffer = output(values.length);
        device.memory().write(values, buffer);
        return buffer;
    }

    private Buffer output(int n) {
        Buffer buffer = device.memory().allocate(n);
        owned.add(buffer);
        return buffer;
    }

    private Work kernel(Runnable call, Buffer... outputs) {
        return new Work() {
            @Override
            public void run() {
                call.run();
            }

            @Override
            public float[] result() {
                float[] all = new float[Arrays.stream(outputs).mapToInt(Buffer::size).sum()];
                int at = 0;
                for (Buffer output : outputs) {
                    float[] values = new float[output.size()];
                    device.memory().read(output, values);
                    System.arraycopy(values, 0, all, at, values.length);
                    at += values.length;
                }
                return all;
            }

            @Override
            public void close() {
                owned.forEach(device.memory()::release);
                owned.clear();
            }
        };
    }

    // ---- networks

    /// The initial parameters of a head by name, the same for every side.
    public static HeadSpec head(HeadSpec.Kind kind, Sizes sizes) {
        return new HeadSpec(kind, 4, sizes.topChannel(), false, false);
    }

    private Work training(HeadSpec.Kind kind) {
        HeadSpec spec = head(kind, sizes);
        Params params;
        try (TensorFile checkpoint = Numbers.checkpoint(sizes)) {
            params = spec.initial(checkpoint, 1, device);
            SegmentationHead head = spec.build(params, sam, sizes.classes());
            return training(params, head::forward, Numbers.embeddings(sizes), sizes.batch(), sam.promptWidth(), sam.grid(), sam.grid());
        }
    }

    private Work trainingOfUNet() {
        Params params = Params.random(1, device);
        UNet net = unet(params, sizes);
        return training(params, net::forward, Numbers.frames(sizes), sizes.batch(), 3, sizes.frameSide(), sizes.frameSide());
    }

    /// The parameters of the U-Net by name; its uppermost level is as wide as the CNN head's last block.
    public static UNet unet(Params params, Sizes sizes) {
        return new UNet(params, 3, sizes.topChannel(), sizes.classes());
    }

    private Work training(Params params, UnaryOperator<Tensor> net, float[] inputs, int... shape) {
        var adam = new Adam(params.trainable(), LEARNING_RATE);
        int side = sizes.labelSide();
        var labels = new Labels(sizes.batch(), side, side, Numbers.labels(sizes));
        return new Steps(() -> {
            try (var _ = Scope.open()) {
                Tensor logits = net.apply(Tensor.of(device, inputs, shape)).resizeBilinear(side, side);
                Tensor loss = logits.crossEntropyAndDice(labels).sum();
                adam.step(loss.backward());
                return loss.item();
            }
        }, () -> {
            adam.close();
            params.close();
        });
    }

    private Work pretraining(Sizes mini) {
        try (TensorFile start = Numbers.checkpoint(mini)) {
            return PretrainingWork.of(mini.sam(), mini.batch(), start, device);
        }
    }

    /// The work after a picture's embedding: the masks of `side · side` clicks, a few at a time, as the predictor computes them.
    private Work clicks(int side) {
        TensorFile checkpoint = Numbers.checkpoint(sizes);
        Sam model = Sam.load(checkpoint, device);
        float[] embedding = Numbers.embedding(sizes), clicks = Numbers.clicks(sizes, side);
        return new Work() {
            private float[] masks = {};

            @Override
            public void run() {
                for (int from = 0, n; from < side * side; from += n) {
                    n = Math.min(TOGETHER, side * side - from);
                    float[] coords = Arrays.copyOfRange(clicks, 2 * from, 2 * (from + n));
                    try (var _ = Scope.open()) {
                        var points = new PromptEncoder.Points(Tensor.of(device, coords, n, 1, 2), Collections.nCopies(n, 1));
                        Tensor image = Tensor.of(device, embedding, 1, sam.promptWidth(), sam.grid(), sam.grid());
                        masks = model.maskDecoder().masks(model.attend(image, points, null, null).choose(true)).toArray();
                    }
                }
            }

            @Override
            public float[] result() {
                return masks.clone();
            }

            @Override
            public void close() {
                model.close();
                checkpoint.close();
            }
        };
    }

    /// So many pictures, together or, if [#SINGLY] is set, one after another.
    private Work encode(Sizes sizes, int batch) {
        SamConfig sam = sizes.sam();
        TensorFile checkpoint = Numbers.checkpoint(sizes);
        Params params = Params.load(checkpoint, device);
        var encoder = ImageEncoder.of(params.in("image_encoder").frozen(), sam);
        float[] pictures = batch == 1 ? Numbers.picture(sizes) : Numbers.pictures(sizes);
        int side = sam.imageSize(), together = SINGLY ? 1 : batch;
        return new Work() {
            private final float[] embeddings = new float[batch * sam.embeddingSize()];

            @Override
            public void run() {
                for (int i = 0; i < batch; i += together) {
                    try (var _ = Scope.open()) {
                        float[] x = together == batch
                                ? pictures
                                : Arrays.copyOfRange(pictures, i * sizes.pixels(), (i + 1) * sizes.pixels());
                        float[] y = encoder.forward(Tensor.of(device, x, together, 3, side, side)).toArray();
                        System.arraycopy(y, 0, embeddings, i * sam.embeddingSize(), y.length);
                    }
                }
            }

            @Override
            public float[] result() {
                return embeddings.clone();
            }

            @Override
            public void close() {
                params.close();
                checkpoint.close();
            }
        };
    }
}
