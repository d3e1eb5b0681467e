package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.ImageToTokensWeights;
import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.kernel.MaskUpscalingWeights;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.core.kernel.TokensToImageWeights;
import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.kernel.WindowBlockShape;
import dev.samovar.core.kernel.WindowBlockWeights;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Calls of every kernel like those of ViT-B, MobileSAM and the training of heads: with the same channels, heads, windows and kernel sizes, so that the same loops run,
/// but with fewer pictures, tokens and pixels, so that a call takes milliseconds.
final class LargeWork {
    private static final int WIDTH = 768, SIDE = 16, TOKENS = SIDE * SIDE;

    private final Kernels kernels;
    private final Memory memory;
    private final Map<String, Runnable> calls = new LinkedHashMap<>();

    private LargeWork(Kernels kernels, Memory memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    /// The calls by name, which begins with the name of the kernel.
    static Map<String, Runnable> calls(Kernels kernels, Memory memory) {
        var work = new LargeWork(kernels, memory);
        work.elements();
        work.matrices();
        work.convolutions();
        work.normalisation();
        work.attention();
        work.encoderBlocks();
        work.mobileBlocks();
        work.maskDecoder();
        work.pictures();
        work.losses();
        return work.calls;
    }

    /// The kernel that a call of this name calls.
    static String kernel(String name) {
        return name.split("[ ,]", 2)[0];
    }

    private void call(String name, Runnable call) {
        if (calls.put(name, call) != null) throw new IllegalArgumentException(name + " exists already");
    }

    private Buffer numbers(int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (i * 37 % 101 - 50) / 100f;
        Buffer buffer = memory.allocate(n);
        memory.write(x, buffer);
        return buffer;
    }

    private Buffer positive(int n) {
        Buffer x = memory.allocate(n);
        float[] values = new float[n];
        Arrays.fill(values, 0.3f);
        memory.write(values, x);
        return x;
    }

    private Buffer output(int n) {
        return memory.allocate(n);
    }

    private void elements() {
        int n = 64 * WIDTH;
        Buffer x = numbers(n), y = numbers(n), p = positive(n), z = output(n);
        call("fill", () -> kernels.fill(0.5f, z));
        call("add", () -> kernels.add(x, y, z));
        call("sub", () -> kernels.sub(x, y, z));
        call("mul", () -> kernels.mul(x, y, z));
        call("div", () -> kernels.div(x, p, z));
        call("affine", () -> kernels.affine(2, x, 1, z));
        call("exp", () -> kernels.exp(x, z));
        call("log", () -> kernels.log(p, z));
        call("sqrt", () -> kernels.sqrt(p, z));
        call("sin", () -> kernels.sin(x, z));
        call("cos", () -> kernels.cos(x, z));
        call("sideBySide", () -> kernels.sideBySide(2, i -> kernels.affine(i, x, 1, i == 0 ? y : z)));
        call("relu", () -> kernels.relu(x, z));
        call("reluGrad", () -> kernels.reluGrad(x, y, z));
        call("clamp", () -> kernels.clamp(0, 6, 0, x, z));
        call("clampGrad", () -> kernels.clampGrad(0, Double.POSITIVE_INFINITY, 0.01, x, y, z));
        call("gelu", () -> kernels.gelu(x, z));
        call("geluGrad", () -> kernels.geluGrad(x, y, z));
        call("copy, transposed", () -> kernels.copy(new int[]{WIDTH, 64}, x, 0, new int[]{1, WIDTH}, z, 0, new int[]{64, 1}));
        call("sum of all", () -> kernels.sum(1, n, 1, x, z));
        call("sum of rows", () -> kernels.sum(64, WIDTH, 1, x, z));
        call("sum of columns", () -> kernels.sum(1, 64, WIDTH, x, z));
        List<AdamSlot> slots = List.of(new AdamSlot(x, positive(n), positive(n), numbers(n)), new AdamSlot(numbers(7), positive(7),
                positive(7), numbers(7)));
        call("adam", () -> kernels.adam(1e-3, 0.9, 0.999, 1e-8, 2, slots));
    }

    private void matrices() {
        int m = 29, n = 3 * WIDTH;                                                 // a number of rows that needs every tile
        Buffer x = numbers(m * WIDTH), w = numbers(n * WIDTH), constant = numbers(n * WIDTH), b = numbers(n), y = output(m * n);
        constant.markConstant();
        call("linear", () -> kernels.linear(m, n, WIDTH, x, w, b, y));
        call("linear, constant", () -> kernels.linear(m, n, WIDTH, x, constant, b, y));
        Buffer a = numbers(64 * 8192), long0 = numbers(96 * 8192), c = output(64 * 256);
        call("matmul", () -> kernels.matmul(2, 64, 128, 512, a, false, long0, false, c));
        call("matmul, b transposed", () -> kernels.matmul(2, 64, 128, 512, a, false, long0, true, c));
        call("matmul, a transposed", () -> kernels.matmul(2, 64, 128, 512, a, true, long0, false, c));
        call("matmul, long sums", () -> kernels.matmul(1, 64, 96, 8192, a, true, long0, false, c));
    }

    private void convolutions() {
        convolution(" 1×1", new Conv2dShape(2, 64, SIDE, SIDE, 64, 1, 1, 0));
        convolution(" 3×3", new Conv2dShape(1, 32, 64, 64, 32, 3, 1, 1));
        convolution(" 3×3 of small pictures", new Conv2dShape(4, 64, 28, 28, 64, 3, 1, 1));
        convolution(" 3×3 exact", new Conv2dShape(1, 32, SIDE, SIDE, 32, 3, 1, 1, 1, true));
        convolution(" 3×3 at an edge", new Conv2dShape(1, 20, 61, 67, 33, 3, 1, 1));
        convolution(" 16×16 patches", new Conv2dShape(1, 3, 128, 128, 96, 16, 16, 0));
        convolution(" 2×2 apart", new Conv2dShape(1, 16, 64, 64, 32, 2, 2, 0));
        convolution(" 3×3 of stride 2", new Conv2dShape(1, 16, SIDE, SIDE, 32, 3, 2, 1));
        convolution(" 3×3 by depth", new Conv2dShape(1, 64, SIDE, SIDE, 64, 3, 1, 1, 64, false));
    }

    private void convolution(String name, Conv2dShape s) {
        int inputs = s.batch() * s.inChannels() * s.height() * s.width(), outputs = s.batch() * s.outChannels() * s.outPixels();
        Buffer x = numbers(inputs), w = numbers(s.outChannels() * s.fanIn()), b = numbers(s.outChannels()), dy = numbers(outputs);
        Buffer y = output(outputs), dx = output(inputs), dw = output(w.size());
        call("conv2d" + name, () -> kernels.conv2d(s, x, w, b, y));
        if (s.stride() == 1 || s.stride() == s.kernel()) call("conv2dGradInput" + name, () -> kernels.conv2dGradInput(s, dy, w, null, dx)); // the others are plain loops
        call("conv2dGradWeight" + name, () -> kernels.conv2dGradWeight(s, x, dy, dw));
    }

    private void normalisation() {
        int[][] axes = {{64, WIDTH, 1}, {1, 256, 256}, {4, 4, 1000}, {2, 16, 301}};
        for (int[] a : axes) {
            int all = a[0] * a[1] * a[2], some = a[0] * a[2];
            String at = " " + a[0] + " × " + a[1] + " × " + a[2];
            Buffer x = numbers(all), w = numbers(a[1]), mean = positive(some), rstd = positive(some), y = output(all), dy = numbers(all);
            Buffer dw = output(a[1]), db = output(a[1]), dx = output(all);
            call("layerNorm" + at, () -> kernels.layerNorm(a[0], a[1], a[2], 1e-6f, x, w, w, y, mean, rstd));
            call("layerNormGrad" + at, () -> kernels.layerNormGrad(a[0], a[1], a[2], x, w, mean, rstd, dy, dx, dw, db));
            call("softmax" + at, () -> kernels.softmax(a[0], a[1], a[2], x, y));
            call("softmaxGrad" + at, () -> kernels.softmaxGrad(a[0], a[1], a[2], y, dy, dx));
        }
        int n = 64, all = 2 * n * TOKENS;
        Buffer x = numbers(all), w = numbers(n), mean = positive(n), rstd = positive(n), dy = numbers(all), y = output(all), dw = output(n);
        Buffer db = output(n);
        call("batchNorm", () -> kernels.batchNorm(2, n, TOKENS, 1e-5f, x, w, w, y, mean, rstd));
        call("batchNormGrad", () -> kernels.batchNormGrad(2, n, TOKENS, x, w, mean, rstd, dy, y, dw, db));
    }

    private void attention() {
        relPosAttention(" of windows", new AttentionShape(2, 14, 14, 64));
        relPosAttention(" of all", new AttentionShape(1, SIDE, SIDE, 64));
        multiHeadAttention(" of prompts", new MultiHeadShape(2, 8, 7, TOKENS, 16));
        multiHeadAttention(" of many prompts", new MultiHeadShape(1, 8, 64, TOKENS, 16));
        multiHeadAttention(" of pixels", new MultiHeadShape(2, 8, TOKENS, 7, 16));
        multiHeadAttention(" of tokens", new MultiHeadShape(1, 8, 7, 7, 32));
    }

    private void encoderBlocks() {
        for (int window : new int[]{0, 7}) {
            var s = new EncoderBlockShape(1, 8, 8, WIDTH, 12, 4 * WIDTH, window, 1e-6f);
            int n = 8 * 8 * WIDTH, table = 2 * s.attention().height() - 1;
            var weights = new EncoderBlockWeights<>(layer(1, WIDTH), constant(table * 64), constant(table * 64), layer(WIDTH, 3 * WIDTH),
                    layer(WIDTH, WIDTH), layer(1, WIDTH), layer(WIDTH, 4 * WIDTH), layer(4 * WIDTH, WIDTH));
            Buffer x = numbers(n), y = output(n);
            call("encoderBlock of windows of " + window, () -> fused(EncoderBlockKernel.class).encoderBlock(s, x, weights, y));
        }
    }

    private void mobileBlocks() {
        for (var s : new InvertedBottleneckShape[]{new InvertedBottleneckShape(1, 64, 256, 64, 32, 32, 1, true),
            new InvertedBottleneckShape(1, 64, 128, 128, 32, 32, 2, false), new InvertedBottleneckShape(1, 160, 320, 320, SIDE, SIDE, 1, false)}) {
            var weights = new InvertedBottleneckWeights<>(layer(s.in(), s.hidden()), layer(9, s.hidden()), layer(s.hidden(), s.out()));
            Buffer x = numbers(s.in() * s.height() * s.width()), y = output(s.out() * s.outHeight() * s.outWidth());
            call("invertedBottleneck from " + s.in() + " to " + s.out(), () -> fused(MobileBlockKernels.class).invertedBottleneck(s, x,
                    weights, y));
        }
        for (var s : new WindowBlockShape[]{new WindowBlockShape(1, 128, SIDE, SIDE, 4, 512, 7, 1e-5f), new WindowBlockShape(1, 160, SIDE,
                SIDE, 5, 640, 14, 1e-5f),
            new WindowBlockShape(1, 320, SIDE, SIDE, 10, 1280, 7, 1e-5f)}) {
            int c = s.channels(), h = s.hidden(), n = c * TOKENS;
            var weights = new WindowBlockWeights<>(layer(1, c), constant(s.heads() * s.places() * s.places()), layer(c, 3 * c), layer(c, c),
                    layer(9, c), layer(1, c), layer(c, h), layer(h, c));
            Buffer x = numbers(n), y = output(n);
            call("windowBlock of " + c, () -> fused(MobileBlockKernels.class).windowBlock(s, x, weights, y));
        }
    }

    private void maskDecoder() {
        int c = 256;
        for (int inner : new int[]{128, 256}) {
            var s = new TwoWayShape(2, 1, 7, TOKENS, c, 8, inner, 1e-5f);
            Buffer q = numbers(2 * 7 * inner), v = numbers(2 * 7 * inner), x = numbers(TOKENS * c), pe = numbers(TOKENS * c);
            Buffer out = output(2 * 7 * inner), y = output(2 * TOKENS * c);
            var there = new TokensToImageWeights<>(layer(c, inner), layer(c, inner));
            var back = new ImageToTokensWeights<>(layer(c, inner), layer(inner, c), layer(1, c));
            call("tokensToImage in " + inner, () -> fused(MaskDecoderKernels.class).tokensToImage(s, q, x, pe, there, out));
            call("imageToTokens in " + inner, () -> fused(MaskDecoderKernels.class).imageToTokens(s, x, pe, q, v, back, y));
        }
        var s = new MaskUpscalingShape(1, SIDE, SIDE, c, 4, 1e-6f);
        var weights = new MaskUpscalingWeights<>(layer(4 * c, 64), layer(1, 64), layer(4 * 64, 32));
        Buffer x = numbers(TOKENS * c), classifiers = numbers(4 * 32), masks = output(4 * 16 * TOKENS);
        call("maskUpscaling", () -> fused(MaskDecoderKernels.class).maskUpscaling(s, x, classifiers, weights, masks));
    }

    private <T> T fused(Class<T> piece) {
        return Objects.requireNonNull(kernels.fused(piece));
    }

    /// A weight with `in` numbers for each output, and the bias.
    private WeightAndBias<Buffer> layer(int in, int out) {
        return new WeightAndBias<>(constant(in * out), constant(out));
    }

    private Buffer constant(int n) {
        Buffer buffer = numbers(n);
        buffer.markConstant();
        return buffer;
    }

    private void relPosAttention(String name, AttentionShape s) {
        int n = s.groups() * s.tokens() * s.dim(), h = (2 * s.height() - 1) * s.dim(), w = (2 * s.width() - 1) * s.dim();
        Buffer qkv = numbers(3 * n), relH = numbers(h), relW = numbers(w), out = output(n), logs = output(s.groups() * s.tokens());
        Buffer dout = numbers(n), dqkv = output(3 * n), drelH = output(h), drelW = output(w);
        call("relPosAttention" + name, () -> kernels.relPosAttention(s, qkv, relH, relW, out, logs));
        call("relPosAttentionGrad" + name, () -> kernels.relPosAttentionGrad(s, qkv, relH, relW, out, logs, dout, dqkv, drelH, drelW));
    }

    private void multiHeadAttention(String name, MultiHeadShape s) {
        int few = s.batch() * s.queries() * s.width(), many = s.batch() * s.keys() * s.width();
        Buffer q = numbers(few), k = numbers(many), v = numbers(many), out = output(few), stats = output(2 * s.groups() * s.queries());
        Buffer dout = numbers(few), dq = output(few), dk = output(many), dv = output(many);
        call("multiHeadAttention" + name, () -> kernels.multiHeadAttention(s, q, k, v, out, stats));
        call("multiHeadAttentionGrad" + name, () -> kernels.multiHeadAttentionGrad(s, q, k, v, out, stats, dout, dq, dk, dv));
    }

    private void pictures() {
        int planes = 2, from = 32, to = 128;
        Buffer x = numbers(planes * from * from), y = output(planes * to * to), dy = numbers(planes * to * to), dx = output(planes * from
                * from);
        call("resizeBilinear", () -> kernels.resizeBilinear(planes, from, from, to, to, x, y));
        call("resizeBilinearGrad", () -> kernels.resizeBilinearGrad(planes, from, from, to, to, dy, dx));
        var window = new Conv2dShape(1, planes, to, to, planes, 2, 2, 0);
        Buffer pooled = output(planes * window.outPixels()), back = output(planes * to * to), dpooled = numbers(planes * window.outPixels());
        call("maxPool", () -> kernels.maxPool(window, dy, pooled));
        call("maxPoolGrad", () -> kernels.maxPoolGrad(window, dy, dpooled, back));
    }

    private void losses() {
        int batch = 4, classes = 4, pixels = 56 * 56, all = batch * classes * pixels;
        byte[] labels = new byte[batch * pixels];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (i % classes);
        Buffer logits = numbers(all), p = positive(all), one = positive(2), sums = output(3 * classes), loss = output(1), both = output(2);
        Buffer d = output(all);
        call("crossEntropy", () -> kernels.crossEntropy(batch, classes, pixels, logits, labels, loss));
        call("crossEntropyGrad", () -> kernels.crossEntropyGrad(batch, classes, pixels, logits, labels, one, d));
        call("softDice", () -> kernels.softDice(batch, classes, pixels, p, labels, sums, loss));
        call("softDiceGrad", () -> kernels.softDiceGrad(batch, classes, pixels, p, labels, sums, one, d));
        call("crossEntropyAndDice", () -> kernels.crossEntropyAndDice(batch, classes, pixels, logits, labels, sums, both));
        call("crossEntropyAndDiceGrad", () -> kernels.crossEntropyAndDiceGrad(batch, classes, pixels, logits, labels, sums, one, d));
    }
}
