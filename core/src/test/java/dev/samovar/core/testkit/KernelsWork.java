package dev.samovar.core.testkit;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.kernel.MultiHeadShape;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Calls every kernel, with the same numbers every time and at sizes that are split into several tasks, and keeps the outputs.
public final class KernelsWork {
    private final Kernels kernels;
    private final Memory memory;
    private final Random random = new Random(7);
    private final List<Buffer> outputs = new ArrayList<>();

    /// Work for these kernels.
    public KernelsWork(Kernels kernels, Memory memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    /// The names of the kernels that these interfaces declare: the methods without a result, but for [Kernels#prepare]; the others are queries.
    public static SortedSet<String> names(Class<?>... interfaces) {
        return Arrays.stream(interfaces).map(Class::getMethods).flatMap(Arrays::stream).filter(method -> method.getReturnType() == void.class)
                .map(Method::getName).filter(name -> !name.equals("prepare")).collect(Collectors.toCollection(TreeSet::new));
    }

    /// The outputs of every kernel.
    public List<float[]> everything() {
        elements();
        matrices();
        convolutions();
        normalisation();
        layers();
        attention();
        multiHeadAttention();
        pictures();
        losses();
        piecesSideBySide();
        List<float[]> values = new ArrayList<>();
        for (Buffer output : outputs) {
            float[] y = new float[output.size()];
            memory.read(output, y);
            values.add(y);
        }
        return values;
    }

    private Buffer normal(int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.nextGaussian();
        Buffer buffer = memory.allocate(n);
        memory.write(x, buffer);
        return buffer;
    }

    private Buffer output(int n) {
        Buffer buffer = memory.allocate(n);
        outputs.add(buffer);
        return buffer;
    }

    private void elements() {
        int n = 70_001;
        Buffer x = normal(n), y = normal(n);
        kernels.add(x, y, output(n));
        kernels.sub(x, y, output(n));
        kernels.mul(x, y, output(n));
        kernels.div(x, y, output(n));
        kernels.affine(0.3f, x, 0.7f, output(n));
        Buffer e = output(n), positive = output(n);
        kernels.exp(x, e);
        kernels.log(e, output(n));
        kernels.sqrt(e, output(n));
        kernels.sin(x, output(n));
        kernels.cos(x, output(n));
        kernels.relu(x, positive);
        kernels.reluGrad(positive, y, output(n));
        kernels.gelu(x, output(n));
        kernels.geluGrad(x, y, output(n));
        kernels.copy(new int[]{127, 529}, x, 0, new int[]{1, 127}, output(127 * 529), 0, new int[]{529, 1});
        kernels.sum(1, n, 1, x, output(1));
        kernels.sum(1, 70, 1000, x, output(1000));
        kernels.sum(700, 100, 1, x, output(700));
        List<AdamSlot> slots = new ArrayList<>();
        for (int size : new int[]{7, n, n / 3}) {                                  // small and large
            Buffer m = output(size), v = output(size), p = output(size);
            kernels.fill(0.1f, m);
            kernels.fill(0.2f, v);
            kernels.fill(0.3f, p);
            slots.add(new AdamSlot(normal(size), m, v, p));
        }
        kernels.adam(0.01, 0.9, 0.999, 1e-8, 3, slots);
    }

    private void matrices() {
        kernels.matmul(3, 97, 300, 33, normal(3 * 97 * 33), false, normal(3 * 33 * 300), true, output(3 * 97 * 300));
        kernels.matmul(1, 70, 90, 200, normal(70 * 200), true, normal(200 * 90), false, output(70 * 90));
        kernels.linear(130, 97, 65, normal(130 * 65), normal(97 * 65), normal(97), output(130 * 97));
    }

    private void convolutions() {
        Conv2dShape[] shapes = {new Conv2dShape(2, 20, 17, 19, 9, 3, 1, 1), new Conv2dShape(1, 3, 64, 48, 8, 16, 16, 0), new Conv2dShape(1,
                8, 32, 32, 16, 2, 2, 0),
            new Conv2dShape(2, 20, 17, 35, 19, 3, 1, 1), new Conv2dShape(4, 20, 13, 14, 19, 3, 1, 1),
            new Conv2dShape(2, 20, 17, 35, 20, 3, 1, 1, 20, false)};
        for (Conv2dShape s : shapes) {
            int x = s.batch() * s.inChannels() * s.height() * s.width(), w = s.outChannels() * s.fanIn(), y = s.batch() * s.outChannels()
                    * s.outPixels();
            kernels.conv2d(s, normal(x), normal(w), normal(s.outChannels()), output(y));
            kernels.conv2dGradInput(s, normal(y), normal(w), normal(s.inChannels()), output(x));
            kernels.conv2dGradWeight(s, normal(x), normal(y), output(w));
        }
    }

    private void normalisation() {
        int[][] axes = {{300, 96, 1}, {2, 32, 700}};
        for (int[] a : axes) {
            int all = a[0] * a[1] * a[2], some = a[0] * a[2];
            Buffer x = normal(all), w = normal(a[1]), mean = output(some), rstd = output(some), y = output(all), dy = normal(all);
            kernels.layerNorm(a[0], a[1], a[2], 1e-5f, x, w, w, y, mean, rstd);
            kernels.layerNormGrad(a[0], a[1], a[2], x, w, mean, rstd, dy, output(all), output(a[1]), output(a[1]));
            Buffer p = output(all);
            kernels.softmax(a[0], a[1], a[2], x, p);
            kernels.softmaxGrad(a[0], a[1], a[2], p, dy, output(all));
        }
    }

    private void layers() {
        int all = 4 * 9 * 3000;
        Buffer x = normal(all), w = normal(9), mean = output(9), rstd = output(9), dy = normal(all);
        kernels.clamp(0, 6, 0.01, x, output(all));
        kernels.clampGrad(0, 6, 0.01, x, dy, output(all));
        kernels.batchNorm(4, 9, 3000, 1e-5f, x, w, w, output(all), mean, rstd);
        kernels.batchNormGrad(4, 9, 3000, x, w, mean, rstd, dy, output(all), output(9), output(9));
        var window = new Conv2dShape(4, 9, 60, 50, 9, 3, 2, 1);
        kernels.maxPool(window, x, output(4 * 9 * window.outPixels()));
        kernels.maxPoolGrad(window, x, normal(4 * 9 * window.outPixels()), output(all));
    }

    private void attention() {
        var s = new AttentionShape(3, 9, 11, 16);
        int all = s.groups() * s.tokens() * s.dim(), h = (2 * s.height() - 1) * s.dim(), w = (2 * s.width() - 1) * s.dim();
        Buffer qkv = normal(3 * all), relH = normal(h), relW = normal(w), out = output(all), lse = output(s.groups() * s.tokens());
        kernels.relPosAttention(s, qkv, relH, relW, out, lse);
        kernels.relPosAttentionGrad(s, qkv, relH, relW, out, lse, normal(all), output(3 * all), output(h), output(w));
    }

    private void multiHeadAttention() {
        for (var s : new MultiHeadShape[]{new MultiHeadShape(2, 3, 5, 900, 16), new MultiHeadShape(2, 3, 900, 5, 16),
            new MultiHeadShape(1, 3, 50, 130, 16)}) {
            int few = s.batch() * s.queries() * s.width(), many = s.batch() * s.keys() * s.width();
            Buffer q = normal(few), k = normal(many), v = normal(many), out = output(few), lse = output(2 * s.groups() * s.queries());
            kernels.multiHeadAttention(s, q, k, v, out, lse);
            kernels.multiHeadAttentionGrad(s, q, k, v, out, lse, normal(few), output(few), output(many), output(many));
        }
    }

    private void pictures() {
        kernels.resizeBilinear(4, 20, 30, 90, 70, normal(4 * 600), output(4 * 6300));
        kernels.resizeBilinearGrad(4, 20, 30, 90, 70, normal(4 * 6300), output(4 * 600));
    }

    private void losses() {
        int batch = 2, classes = 4, pixels = 5000, all = batch * classes * pixels;
        byte[] labels = new byte[batch * pixels];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) random.nextInt(classes);
        Buffer logits = normal(all), one = normal(1), p = output(all), sums = output(3 * classes);
        kernels.crossEntropy(batch, classes, pixels, logits, labels, output(1));
        kernels.crossEntropyGrad(batch, classes, pixels, logits, labels, one, output(all));
        kernels.crossEntropyAndDice(batch, classes, pixels, logits, labels, sums, output(2));
        kernels.crossEntropyAndDiceGrad(batch, classes, pixels, logits, labels, sums, normal(2), output(all));
        kernels.softmax(batch, classes, pixels, logits, p);
        kernels.softDice(batch, classes, pixels, p, labels, sums, output(1));
        kernels.softDiceGrad(batch, classes, pixels, p, labels, sums, one, output(all));
    }

    private void piecesSideBySide() {
        int n = 48, pieces = 5;
        Buffer x = normal(n * n), w = normal(n * n);
        List<Buffer> results = Stream.generate(() -> output(n * n)).limit(pieces).toList();
        kernels.sideBySide(pieces, i -> {
            kernels.affine(i, x, 1, results.get(i));
            for (int k = 0; k < 20; k++) {
                Buffer product = memory.allocate(n * n);
                kernels.linear(n, n, n, results.get(i), w, null, product);
                kernels.softmax(1, n, n, product, results.get(i));
                memory.release(product);
            }
        });
    }
}
