package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The tests that every backend must pass: each kernel against the reference at awkward sizes, the properties that need no reference, and equal bits for
/// equal calls. Each test covers one or two kernels, in the order of [Kernels]. The tests of products are in [ProductsContract],
/// those of layers that SAM does not have in [LayersContract].
public abstract class KernelsContract extends LayersContract {
    private static final Conv2dShape[] CONVOLUTIONS = {
        //                b  c  h   w   o  k  s  p
        new Conv2dShape(1, 1, 1, 1, 1, 1, 1, 0), new Conv2dShape(2, 3, 5, 7, 4, 1, 1, 0), new Conv2dShape(1, 17, 8, 8, 31, 1, 1, 0),
        new Conv2dShape(2, 3, 6, 5, 5, 3, 1, 1), new Conv2dShape(1, 8, 17, 31, 16, 3, 1, 1), new Conv2dShape(1, 2, 9, 300, 3, 3, 1, 1),
        new Conv2dShape(1, 4, 7, 9, 3, 3, 2, 1), new Conv2dShape(1, 3, 8, 7, 2, 3, 3, 0), new Conv2dShape(3, 2, 6, 8, 5, 2, 2, 0),
        new Conv2dShape(1, 5, 7, 7, 3, 2, 2, 0), new Conv2dShape(1, 2, 4, 5, 3, 2, 1, 2), new Conv2dShape(2, 3, 32, 48, 7, 16, 16, 0),
        new Conv2dShape(1, 3, 37, 50, 5, 16, 16, 0), new Conv2dShape(1, 1, 5, 6, 2, 5, 1, 2), new Conv2dShape(1, 64, 8, 8, 15, 2, 2, 0),
        new Conv2dShape(1, 70, 10, 9, 33, 3, 1, 1), new Conv2dShape(2, 17, 13, 21, 40, 3, 1, 1), new Conv2dShape(1, 16, 4, 35, 19, 3, 1, 2),
        new Conv2dShape(4, 17, 13, 14, 19, 3, 1, 1),
        new Conv2dShape(1, 100, 19, 66, 16, 3, 1, 0), new Conv2dShape(1, 17, 6, 37, 18, 3, 1, 1, 1, true), new Conv2dShape(2, 8, 9, 37, 8,
                3, 1, 1, 8, false),
        new Conv2dShape(1, 5, 7, 10, 5, 3, 2, 1, 5, false), new Conv2dShape(2, 6, 5, 4, 9, 3, 1, 1, 3, false), new Conv2dShape(1, 4, 6, 6,
                8, 2, 2, 0, 2, false),
        new Conv2dShape(1, 3, 1, 1, 3, 3, 1, 1, 3, false), new Conv2dShape(1, 20, 33, 70, 20, 3, 1, 1, 20, false)};

    /// `(outer, n, inner)`
    private static final int[][] AXES = {{1, 1, 1}, {3, 7, 1}, {5, 64, 1}, {2, 768, 1}, {17, 207, 1}, {1, 4098, 1}, {1, 3, 5}, {2, 8, 17}, {
        3, 16, 300}, {1, 31, 1024},
        {2, 256, 64}, {4, 1, 3}};

    /// `(planes, h, w, toH, toW)`
    private static final int[][] RESIZES = {{1, 1, 1, 1, 1}, {2, 3, 4, 3, 4}, {3, 4, 5, 8, 10}, {2, 8, 6, 3, 2}, {1, 1, 7, 5, 3}, {1, 17,
        31, 29, 13},
        {1, 5, 7, 64, 1}, {4, 16, 16, 64, 64}, {2, 9, 24, 21, 51}};

    /// Other kernels for the same memory that must give the same bits, such as the same kernels on more threads; these kernels again if there are none.
    protected List<Kernels> others() {
        return List.of(kernels());
    }

    @Test
    void piecesSideBySideAreDoneOnceEach() {
        Pair x = input(100_000);
        List<Pair> results = IntStream.range(0, 5).mapToObj(_ -> output(100_000)).toList();
        both(k -> {
            Buffer from = x.on(k);
            List<Buffer> to = results.stream().map(result -> result.on(k)).toList();
            to.forEach(buffer -> k.fill(0, buffer));
            k.sideBySide(5, i -> {
                for (int times = 0; times <= i; times++) k.add(from, to.get(i), to.get(i));
            });
        });
        for (int i = 0; i < 5; i++) assertEach("piece " + i, results.get(i), i + 1, 0);
    }

    // ---- element by element

    @Test
    void arithmeticIsRoundedOnce() {
        for (int n : SIZES) {
            Pair x = input(n), y = input(n), sum = output(n), difference = output(n), product = output(n), quotient = output(n);
            both(k -> {
                k.add(x.on(k), y.on(k), sum.on(k));
                k.sub(x.on(k), y.on(k), difference.on(k));
                k.mul(x.on(k), y.on(k), product.on(k));
                k.div(x.on(k), y.on(k), quotient.on(k));
            });
            assertEach("add " + n, sum, 1, 0);
            assertEach("sub " + n, difference, 1, 0);
            assertEach("mul " + n, product, 1, 0);
            assertEach("div " + n, quotient, 1, 0);
        }
    }

    @Test
    void functionsOfOneNumber() {
        for (int n : SIZES) {
            Pair x = input(normal(n, 3)), constant = output(n), line = output(n), relu = output(n), exp = output(n), sin = output(n),
                    cos = output(n);
            both(k -> {
                k.fill(-1.5f, constant.on(k));
                k.affine(0.7f, x.on(k), -0.3f, line.on(k));
                k.relu(x.on(k), relu.on(k));
                k.exp(x.on(k), exp.on(k));
                k.sin(x.on(k), sin.on(k));
                k.cos(x.on(k), cos.on(k));
            });
            assertEach("fill " + n, constant, 0, 0);
            assertEach("affine " + n, line, 1, 4 * epsilon());
            assertEach("relu " + n, relu, 0, 0);
            assertEach("exp " + n, exp, 4, 0);
            assertEach("sin " + n, sin, 2, epsilon());
            assertEach("cos " + n, cos, 2, epsilon());

            Pair positive = exp.asInput(), log = output(n), root = output(n);
            both(k -> {
                k.log(positive.on(k), log.on(k));
                k.sqrt(positive.on(k), root.on(k));
            });
            assertEach("log " + n, log, 4, 4 * epsilon());
            assertEach("sqrt " + n, root, 2, 0);

            Pair y = relu.asInput(), dy = input(n), dx = output(n);
            both(k -> k.reluGrad(y.on(k), dy.on(k), dx.on(k)));
            assertEach("reluGrad " + n, dx, 0, 0);
        }
    }

    @Test
    void geluAndItsSlope() {
        for (int n : SIZES) {
            Pair x = input(normal(n, 3)), dy = input(n), y = output(n), dx = output(n);
            both(k -> {
                k.gelu(x.on(k), y.on(k));
                k.geluGrad(x.on(k), dy.on(k), dx.on(k));
            });
            assertEach("gelu " + n, y, 30, 1e-9);
            assertClose("geluGrad " + n, dx, 8);
        }
        Pair x = input(0, -0f, 1e-30f, -1e-30f, 6, -6, 13, -13, 14, -14, 100, -100, 1e30f, -1e30f), dy = input(filled(14, 1)), y = output(14),
                dx = output(14);
        both(k -> {
            k.gelu(x.on(k), y.on(k));
            k.geluGrad(x.on(k), dy.on(k), dx.on(k));
        });
        assertEach("gelu of extremes", y, 30, 1e-30);
        assertEach("geluGrad of extremes", dx, 30, 1e-12);
    }

    @Test
    void elementsMayBeReplacedInPlace() {
        Pair x = state(normal(207, 1)), y = state(normal(207, 1)), z = input(207), g = state(normal(207, 1));
        both(k -> {
            k.add(x.on(k), x.on(k), x.on(k));
            k.mul(x.on(k), z.on(k), x.on(k));
            k.sub(z.on(k), x.on(k), x.on(k));
            k.affine(2, x.on(k), 1, x.on(k));
            k.gelu(x.on(k), x.on(k));
            k.relu(y.on(k), y.on(k));
            k.reluGrad(y.on(k), g.on(k), g.on(k));
            k.geluGrad(z.on(k), g.on(k), g.on(k));
        });
        assertClose("in place", x, 32);
        assertEach("relu in place", y, 0, 0);
        assertClose("gradient in place", g, 16);
    }

    // ---- moving and summing

    @Test
    void copyFollowsStrides() {
        checkCopy(new int[]{}, 0, new int[]{}, 0, new int[]{}, 1, 1);
        checkCopy(new int[]{1024}, 0, new int[]{1}, 0, new int[]{1}, 1024, 1024);
        checkCopy(new int[]{3, 0, 2}, 0, new int[]{2, 2, 1}, 0, new int[]{2, 2, 1}, 6, 6);
        checkCopy(new int[]{5, 7}, 0, new int[]{1, 5}, 0, new int[]{7, 1}, 35, 35);                                     // transposed
        checkCopy(new int[]{2, 3, 4, 5}, 0, new int[]{60, 5, 15, 1}, 0, new int[]{60, 20, 5, 1}, 120, 120);             // axes exchanged
        checkCopy(new int[]{2, 64, 17, 31}, 0, new int[]{33728, 1, 1984, 64}, 0, new int[]{33728, 527, 31, 1}, 67456, 67456);
        checkCopy(new int[]{3, 4}, 7, new int[]{10, 2}, 5, new int[]{9, 1}, 40, 40);                                    // a part of each
        checkCopy(new int[]{3, 4}, 0, new int[]{0, 1}, 0, new int[]{4, 1}, 4, 12);                                      // repeated rows
        checkCopy(new int[]{3, 4}, 0, new int[]{1, 0}, 0, new int[]{4, 1}, 3, 12);                                      // repeated columns
        checkCopy(new int[]{207, 300}, 0, new int[]{0, 0}, 0, new int[]{300, 1}, 1, 62100);                             // one number
        checkCopy(new int[]{3, 4}, 3, new int[]{4, -1}, 0, new int[]{4, 1}, 12, 12);                                    // mirrored
        checkCopy(new int[]{3, 4}, 0, new int[]{4, 1}, 1, new int[]{1, 3}, 12, 20);                                     // written with strides
        checkCopy(new int[]{7, 1, 31, 1, 64}, 0, new int[]{1984, 5, 64, 9, 1}, 0, new int[]{1984, 0, 64, 0, 1}, 13888, 13888);
    }

    private void checkCopy(int[] dims, int xOffset, int[] xStrides, int yOffset, int[] yStrides, int xSize, int ySize) {
        Pair x = input(xSize), y = state(normal(ySize, 1));
        both(k -> k.copy(dims, x.on(k), xOffset, xStrides, y.on(k), yOffset, yStrides));
        assertEach("copy " + Arrays.toString(dims), y, 0, 0);
    }

    @Test
    void sums() {
        int[][] more = {{1, 100_000, 1}, {2, 33_000, 1}, {1, 40_000, 3}, {1, 4098, 64}};
        for (int[][] table : new int[][][]{AXES, more}) {
            for (int[] a : table) {
                Pair x = input(a[0] * a[1] * a[2]), y = output(a[0] * a[2]);
                both(k -> k.sum(a[0], a[1], a[2], x.on(k), y.on(k)));
                assertSums("sum " + Arrays.toString(a), y, a[1]);
            }
        }
    }

    // ---- convolution

    @Test
    void convolutions() {
        for (Conv2dShape s : CONVOLUTIONS) {
            Pair x = input(xSize(s)), w = input(wSize(s)), bias = input(s.outChannels()), plain = output(ySize(s)), y = output(ySize(s));
            both(k -> {
                k.conv2d(s, x.on(k), w.on(k), null, plain.on(k));
                k.conv2d(s, x.on(k), w.on(k), bias.on(k), y.on(k));
            });
            assertSums("without bias " + s, plain, s.fanIn());
            assertSums("with bias " + s, y, s.fanIn() + 1);
        }
    }

    @Test
    void gradientsOfConvolutions() {
        for (Conv2dShape s : CONVOLUTIONS) {
            Pair x = input(xSize(s)), w = input(wSize(s)), dy = input(ySize(s)), bias = input(s.inChannels());
            Pair dx = output(xSize(s)), biased = output(xSize(s)), dw = output(wSize(s));
            both(k -> {
                k.conv2dGradInput(s, dy.on(k), w.on(k), null, dx.on(k));
                k.conv2dGradInput(s, dy.on(k), w.on(k), bias.on(k), biased.on(k));
                k.conv2dGradWeight(s, x.on(k), dy.on(k), dw.on(k));
            });
            assertSums("gradInput " + s, dx, s.groupOut() * s.kernel() * s.kernel());
            assertSums("gradInput with bias " + s, biased, s.groupOut() * s.kernel() * s.kernel() + 1);
            assertSums("gradWeight " + s, dw, (double) s.batch() * s.outPixels());
        }
    }

    @Test
    void gradientsOfConvolutionsAreItsTransposes() {
        for (Conv2dShape s : CONVOLUTIONS) {
            Pair x = input(xSize(s)), w = input(wSize(s)), dy = input(ySize(s)), y = output(ySize(s)), dx = output(xSize(s)), dw = output(wSize(s));
            tested(k -> {
                k.conv2d(s, x.on(k), w.on(k), null, y.on(k));
                k.conv2dGradInput(s, dy.on(k), w.on(k), null, dx.on(k));
                k.conv2dGradWeight(s, x.on(k), dy.on(k), dw.on(k));
            });
            double[] forward = dot(y.values(), dy.values());
            double tolerance = 32 * epsilon() * Math.sqrt(s.fanIn()) * Math.max(forward[1], 1);
            assertEquals(forward[0], dot(x.values(), dx.values())[0], tolerance, "⟨conv x, dy⟩ = ⟨x, gradInput⟩ " + s);
            assertEquals(forward[0], dot(w.values(), dw.values())[0], tolerance, "⟨conv x, dy⟩ = ⟨w, gradWeight⟩ " + s);
        }
    }

    private static int xSize(Conv2dShape s) {
        return s.batch() * s.inChannels() * s.height() * s.width();
    }

    private static int wSize(Conv2dShape s) {
        return s.outChannels() * s.fanIn();
    }

    private static int ySize(Conv2dShape s) {
        return s.batch() * s.outChannels() * s.outPixels();
    }

    // ---- normalisation

    @Test
    void layerNormAndItsGradient() {
        for (int[] a : AXES) {
            int outer = a[0], n = a[1], inner = a[2], all = outer * n * inner, some = outer * inner;
            Pair x = input(normal(all, 2)), w = input(n), b = input(n), y = output(all), mean = output(some), rstd = output(some);
            both(k -> k.layerNorm(outer, n, inner, 1e-6f, x.on(k), w.on(k), b.on(k), y.on(k), mean.on(k), rstd.on(k)));
            String name = Arrays.toString(a);
            assertClose("y " + name, y, 16 + 2 * Math.sqrt(n));
            assertClose("mean " + name, mean, 8, 2);
            assertEach("rstd " + name, rstd, 8 + Math.sqrt(n), 0);

            float[] values = y.values();                                           // any numbers will do, and these have the right size
            Pair x2 = input(values), mu = mean.asInput(), r = input(filled(some, 0.7f)), w2 = input(n), dy = input(all);
            Pair dx = output(all), dw = output(n), db = output(n);
            both(k -> k.layerNormGrad(outer, n, inner, x2.on(k), w2.on(k), mu.on(k), r.on(k), dy.on(k), dx.on(k), dw.on(k), db.on(k)));
            assertClose("dx " + name, dx, 8 + Math.sqrt(n), 1);
            assertSums("dweight " + name, dw, 4.0 * some);
            assertSums("dbias " + name, db, some);
        }
    }

    @Test
    void softmaxAndItsGradient() {
        for (int[] a : AXES) {
            int outer = a[0], n = a[1], inner = a[2], all = outer * n * inner;
            Pair x = input(normal(all, 3)), y = output(all);
            both(k -> k.softmax(outer, n, inner, x.on(k), y.on(k)));
            assertEach("softmax " + Arrays.toString(a), y, 32 + Math.sqrt(n), 0);

            Pair p = y.asInput(), dy = input(all), dx = output(all);
            both(k -> k.softmaxGrad(outer, n, inner, p.on(k), dy.on(k), dx.on(k)));
            assertClose("softmaxGrad " + Arrays.toString(a), dx, 16 + Math.sqrt(n));
        }
        for (int inner = 1; inner <= 2; inner++) {
            int columns = inner;
            float[] extremes = {1000, 0, -1000, 999, -1e30f, 1000, 88, -88};
            Pair x = input(extremes), y = output(8);
            both(k -> k.softmax(1, 8 / columns, columns, x.on(k), y.on(k)));
            assertEach("softmax of extremes", y, 16, 1e-37);
        }
    }

    // ---- pictures

    @Test
    void picturesAreResizedAndBack() {
        for (int[] r : RESIZES) {
            int small = r[0] * r[1] * r[2], large = r[0] * r[3] * r[4];
            Pair x = input(small), dy = input(large), y = output(large), dx = output(small);
            both(k -> {
                k.resizeBilinear(r[0], r[1], r[2], r[3], r[4], x.on(k), y.on(k));
                k.resizeBilinearGrad(r[0], r[1], r[2], r[3], r[4], dy.on(k), dx.on(k));
            });
            String name = Arrays.toString(r);
            assertClose("resize " + name, y, 16, 1);
            assertSums("resizeGrad " + name, dx, Math.max(1, (double) large / small));
            double[] there = dot(y.values(), dy.values());
            assertEquals(there[0], dot(x.values(), dx.values())[0], 32 * epsilon() * Math.max(1, there[1]),
                    "⟨resize x, dy⟩ = ⟨x, gradient⟩ " + name);
            if (r[1] == r[3] && r[2] == r[4]) assertArrayEquals(x.values(), y.values(), "to the same size");
        }
    }

    // ---- losses

    @Test
    void crossEntropyAndItsGradient() {
        int[][] shapes = {{1, 1, 1}, {1, 2, 3}, {2, 4, 9}, {1, 5, 1500}, {3, 3, 1024}, {1, 200, 65}};
        for (int[] s : shapes) {
            int n = s[0] * s[2];
            byte[] labels = labels(n, Math.max(1, s[1] - 1));                      // the last class is absent
            if (s[1] == 200) labels[0] = (byte) 199;                               // a label is an unsigned byte
            Pair logits = input(normal(n * s[1], 3)), loss = output(1), dloss = input(0.5f), dlogits = output(n * s[1]);
            both(k -> {
                k.crossEntropy(s[0], s[1], s[2], logits.on(k), labels, loss.on(k));
                k.crossEntropyGrad(s[0], s[1], s[2], logits.on(k), labels, dloss.on(k), dlogits.on(k));
            });
            assertClose("crossEntropy " + Arrays.toString(s), loss, 16, 1);
            assertClose("crossEntropyGrad " + Arrays.toString(s), dlogits, 8);
        }
        byte[] labels = {1, 0, 2};
        Pair perfect = input(-200, 300, -200, 300, -200, -200, -200, -200, 300), loss = output(1), dloss = input(1), dlogits = output(9);
        tested(k -> {
            k.crossEntropy(1, 3, 3, perfect.on(k), labels, loss.on(k));
            k.crossEntropyGrad(1, 3, 3, perfect.on(k), labels, dloss.on(k), dlogits.on(k));
        });
        assertEquals(0, loss.values()[0]);
        assertArrayEquals(new float[9], dlogits.values(), 1e-30f);
    }

    @Test
    void softDiceAndItsGradient() {
        for (int classes = 1; classes <= 5; classes++) {
            for (int pixels : new int[]{1, 9, 1500}) {
                int count = classes, n = 2 * count * pixels;
                byte[] labels = labels(2 * pixels, Math.max(1, count - 1));        // the last class is absent
                Pair logits = input(n), p = output(n);
                both(k -> k.softmax(2, count, pixels, logits.on(k), p.on(k)));
                Pair given = p.asInput(), sums = output(3 * count), loss = output(1);
                both(k -> k.softDice(2, count, pixels, given.on(k), labels, sums.on(k), loss.on(k)));
                String name = count + " classes of " + pixels + " pixels";
                assertEach("sums of " + name, sums, 4 + Math.sqrt(pixels), 0);
                assertClose("loss of " + name, loss, 8 + Math.sqrt(pixels), 1);

                Pair again = input(given.values()), found = sums.asInput(), dloss = input(0.5f), dp = output(n);
                both(k -> k.softDiceGrad(2, count, pixels, again.on(k), labels, found.on(k), dloss.on(k), dp.on(k)));
                assertClose("gradient of " + name, dp, 16);
            }
        }
    }

    @Test
    void bothLossesAtOnceAndTheirGradient() {
        for (int classes : new int[]{1, 2, 4, 200}) {
            for (int pixels : new int[]{1, 9, 1500}) {
                int count = classes, n = 2 * count * pixels;
                byte[] labels = labels(2 * pixels, Math.max(1, count - 1));        // the last class is absent
                Pair logits = input(normal(n, 3)), sums = output(3 * count), losses = output(2);
                both(k -> k.crossEntropyAndDice(2, count, pixels, logits.on(k), labels, sums.on(k), losses.on(k)));
                String name = count + " classes of " + pixels + " pixels";
                assertEach("sums of " + name, sums, 32 + Math.sqrt(pixels), 1e-6);
                assertClose("losses of " + name, losses, 16 + Math.sqrt(pixels), 1);

                Pair again = input(logits.values()), found = sums.asInput(), dlosses = input(0.5f, -2), dlogits = output(n);
                both(k -> k.crossEntropyAndDiceGrad(2, count, pixels, again.on(k), labels, found.on(k), dlosses.on(k), dlogits.on(k)));
                assertClose("gradient of " + name, dlogits, 32, 0.1 / pixels);
            }
        }
    }

    @Test
    void pixelsThatAreIgnoredAreInNoLossAndHaveNoGradient() {
        for (int[] s : new int[][]{{2, 3, 9}, {1, 4, 1500}, {2, 200, 65}}) {
            int k0 = s[1], pixels = s[2], n = s[0] * k0 * pixels;
            byte[] labels = labels(s[0] * pixels, k0 - 1);
            for (int i = 0; i < labels.length; i += 3) labels[i] = (byte) 255;
            Pair logits = input(normal(n, 3)), sums = output(3 * k0), losses = output(2), dlogits = output(n), loss = output(1), d = output(n);
            both(k -> k.crossEntropyAndDice(s[0], k0, pixels, logits.on(k), labels, sums.on(k), losses.on(k)));
            assertEach("sums", sums, 32 + Math.sqrt(pixels), 1e-6);
            assertClose("losses", losses, 16 + Math.sqrt(pixels), 1);
            Pair found = sums.asInput(), dlosses = input(0.5f, -2), dloss = input(0.5f);
            both(k -> k.crossEntropyAndDiceGrad(s[0], k0, pixels, logits.on(k), labels, found.on(k), dlosses.on(k), dlogits.on(k)));
            assertClose("gradient", dlogits, 32, 0.1 / pixels);
            both(k -> {
                k.crossEntropy(s[0], k0, pixels, logits.on(k), labels, loss.on(k));
                k.crossEntropyGrad(s[0], k0, pixels, logits.on(k), labels, dloss.on(k), d.on(k));
            });
            assertClose("cross entropy", loss, 16, 1);
            assertClose("its gradient", d, 8);
            assertIgnored(labels, k0, pixels, dlogits.values(), d.values());
        }
    }

    @Test
    void softDiceLeavesOutWhatIsIgnored() {
        byte[] labels = labels(2 * 1500, 2);
        for (int i = 1; i < labels.length; i += 4) labels[i] = (byte) 255;
        Pair logits = input(2 * 3 * 1500), p = output(2 * 3 * 1500);
        both(k -> k.softmax(2, 3, 1500, logits.on(k), p.on(k)));
        Pair given = p.asInput(), sums = output(9), loss = output(1), dloss = input(0.5f), dp = output(2 * 3 * 1500);
        both(k -> k.softDice(2, 3, 1500, given.on(k), labels, sums.on(k), loss.on(k)));
        assertEach("sums", sums, 50, 0);
        assertClose("loss", loss, 50, 1);
        Pair found = sums.asInput();
        both(k -> k.softDiceGrad(2, 3, 1500, given.on(k), labels, found.on(k), dloss.on(k), dp.on(k)));
        assertClose("gradient", dp, 16);
        assertIgnored(labels, 3, 1500, dp.values());
    }

    /// Ignored pixels do not count: the losses of a picture are those of its other pixels alone.
    @Test
    void aLossIsThatOfThePixelsThatCount() {
        byte[] some = {1, (byte) 255, 0, (byte) 255}, none = {(byte) 255, (byte) 255, (byte) 255, (byte) 255}, two = {1, 0};
        Pair all = input(0.5f, 9, -1, 7, 0.25f, -9, 2, 8), without = input(0.5f, -1, 0.25f, 2), sums = output(6), losses = output(2);
        Pair sumsOfTwo = output(6), ofTwo = output(2), ofNone = output(2), gradient = output(8), dlosses = input(1, 1);
        tested(k -> {
            k.crossEntropyAndDice(1, 2, 4, all.on(k), some, sums.on(k), losses.on(k));
            k.crossEntropyAndDice(1, 2, 2, without.on(k), two, sumsOfTwo.on(k), ofTwo.on(k));
        });
        assertArrayEquals(ofTwo.values(), losses.values(), 1e-6f);
        assertArrayEquals(sumsOfTwo.values(), sums.values(), 1e-6f);
        tested(k -> {
            k.crossEntropyAndDice(1, 2, 4, all.on(k), none, sums.on(k), ofNone.on(k));
            k.crossEntropyAndDiceGrad(1, 2, 4, all.on(k), none, sums.on(k), dlosses.on(k), gradient.on(k));
        });
        assertArrayEquals(new float[2], ofNone.values());
        assertArrayEquals(new float[8], gradient.values());
    }

    private static void assertIgnored(byte[] labels, int classes, int pixels, float[]... gradients) {
        for (float[] gradient : gradients)
            for (int i = 0; i < labels.length; i++)
                if (labels[i] == (byte) 255)
                    for (int c = 0; c < classes; c++) assertEquals(0, gradient[(i / pixels * classes + c) * pixels + i % pixels]);
    }

    @Test
    void aPerfectPredictionHasNoDiceLoss() {
        byte[] labels = {0, 1, 2, 2};
        Pair p = input(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1), sums = output(9), loss = output(1), dloss = input(1), dp = output(12);
        tested(k -> {
            k.softDice(1, 3, 4, p.on(k), labels, sums.on(k), loss.on(k));
            k.softDiceGrad(1, 3, 4, p.on(k), labels, sums.on(k), dloss.on(k), dp.on(k));
        });
        assertArrayEquals(new float[]{1, 1, 2, 1, 1, 2, 1, 1, 2}, sums.values());
        assertEquals(0, loss.values()[0]);
        assertArrayEquals(new float[12], dp.values());
    }

    /// A network that has diverged must not look like a perfect one.
    @Test
    void whatIsNotANumberHasNoDice() {
        byte[] labels = {0, 1, 2, 2};
        Pair p = input(1, 0, 0, 0, 0, Float.NaN, 0, 0, 0, 0, 1, 1), sums = output(9), loss = output(1), dloss = input(1), dp = output(12);
        Pair losses = output(2), gradient = output(12), both = input(1, 1);
        tested(k -> {
            k.softDice(1, 3, 4, p.on(k), labels, sums.on(k), loss.on(k));
            k.softDiceGrad(1, 3, 4, p.on(k), labels, sums.on(k), dloss.on(k), dp.on(k));
            k.crossEntropyAndDice(1, 3, 4, p.on(k), labels, sums.on(k), losses.on(k));
            k.crossEntropyAndDiceGrad(1, 3, 4, p.on(k), labels, sums.on(k), both.on(k), gradient.on(k));
        });
        assertEquals(Float.NaN, loss.values()[0]);
        assertEquals(Float.NaN, losses.values()[0]);
        assertEquals(Float.NaN, losses.values()[1]);
        assertEquals(Float.NaN, dp.values()[5]);
        assertEquals(Float.NaN, gradient.values()[5]);
    }

    // ---- optimizer

    @Test
    void stepsOfAdamOverSeveralParameters() {
        List<Pair> ms = new ArrayList<>(), vs = new ArrayList<>(), ps = new ArrayList<>();
        for (int n : SIZES) {
            ms.add(state(new float[n]));
            vs.add(state(new float[n]));
            ps.add(state(normal(n, 1)));
        }
        for (int step = 1; step <= 5; step++) {
            List<Pair> gs = Arrays.stream(SIZES).mapToObj(this::input).toList();
            int t = step;
            both(k -> k.adam(0.01, 0.9, 0.999, 1e-8, t, IntStream.range(0, SIZES.length).mapToObj(i -> new AdamSlot(gs.get(i).on(k), ms.get(i)
                    .on(k), vs.get(i).on(k), ps.get(i).on(k))).toList()));
        }
        for (int i = 0; i < SIZES.length; i++) {
            assertClose("m " + SIZES[i], ms.get(i), 16, 1);
            assertClose("v " + SIZES[i], vs.get(i), 32);
            assertClose("p " + SIZES[i], ps.get(i), 16, 1);
        }
    }

    // ---- the same bits

    @Test
    void theSameCallGivesTheSameBits() {
        List<float[]> first = everything(kernels());
        for (Kernels other : others()) {
            List<float[]> again = everything(other);
            for (int i = 0; i < first.size(); i++) assertArrayEquals(first.get(i), again.get(i), "output " + i + " of " + other.name());
        }
    }

    /// The outputs of every kernel, at sizes that are large enough to be split among threads.
    private List<float[]> everything(Kernels k) {
        var work = new KernelsWork(k, memory());
        return work.everything();
    }

    private static float[] filled(int n, float value) {
        float[] x = new float[n];
        Arrays.fill(x, value);
        return x;
    }
}
