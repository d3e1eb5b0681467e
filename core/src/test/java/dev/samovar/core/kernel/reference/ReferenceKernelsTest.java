package dev.samovar.core.kernel.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Tests the reference itself: against numbers computed by hand or by PyTorch with the same formulas, and its gradients against finite differences.
class ReferenceKernelsTest {
    private static final double DIGITS = 2e-6;                                     // the golden numbers were made in single precision

    private final ReferenceKernels kernels = new ReferenceKernels();
    private final Random random = new Random(5);

    private double[] normal(int n) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) x[i] = random.nextGaussian();
        return x;
    }

    private static Buffer of(double... values) {
        return new ReferenceBuffer(values);
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// A number that depends on `x`.
    @FunctionalInterface
    private interface Loss {
        double at(double[] x);
    }

    /// The gradient times a random direction is the change of the loss in that direction.
    private void assertGradient(String what, double[] gradient, double[] x, Loss loss) {
        double h = 1e-5;
        double[] direction = normal(x.length), ahead = x.clone(), behind = x.clone();
        for (int i = 0; i < x.length; i++) {
            ahead[i] += h * direction[i];
            behind[i] -= h * direction[i];
        }
        double expected = (loss.at(ahead) - loss.at(behind)) / (2 * h);
        assertEquals(expected, dot(gradient, direction), 1e-7 * Math.max(1, Math.abs(expected)), what);
    }

    // ---- numbers

    @Test
    void gelu() {
        double[] y = new double[7], expected = {-0.004050225, -0.1586553, -0.1542688, 0, 0.3457312, 0.8413447, 2.99595};
        kernels.gelu(of(-3, -1, -0.5, 0, 0.5, 1, 3), of(y));
        assertArrayEquals(expected, y, DIGITS);
    }

    @Test
    void products() {
        double[] c = new double[4], y = new double[4];
        kernels.matmul(1, 2, 2, 3, of(1, 2, 3, 4, 5, 6), false, of(1, 0, 0, 1, 1, 1), false, of(c));
        assertArrayEquals(new double[]{4, 5, 10, 11}, c);
        kernels.matmul(1, 2, 2, 3, of(1, 4, 2, 5, 3, 6), true, of(1, 0, 1, 0, 1, 1), true, of(c));
        assertArrayEquals(new double[]{4, 5, 10, 11}, c);
        kernels.linear(2, 2, 3, of(1, 2, 3, 4, 5, 6), of(1, 0, 1, 0, 1, 1), of(10, 20), of(y));
        assertArrayEquals(new double[]{14, 25, 20, 31}, y);
    }

    @Test
    void copyAndSum() {
        double[] y = new double[6], sums = new double[3];
        kernels.copy(new int[]{3, 2}, of(1, 2, 3, 4, 5, 6), 0, new int[]{1, 3}, of(y), 0, new int[]{2, 1});
        assertArrayEquals(new double[]{1, 4, 2, 5, 3, 6}, y);
        kernels.sum(1, 2, 3, of(1, 2, 3, 4, 5, 6), of(sums));
        assertArrayEquals(new double[]{5, 7, 9}, sums);
    }

    @Test
    void convolution() {
        double[] y = new double[4], corners = new double[4];
        kernels.conv2d(new Conv2dShape(1, 1, 3, 3, 1, 2, 1, 0), of(1, 2, 3, 4, 5, 6, 7, 8, 9), of(1, 0, 0, -1), of(0.5), of(y));
        assertArrayEquals(new double[]{-3.5, -3.5, -3.5, -3.5}, y);
        kernels.conv2d(new Conv2dShape(1, 1, 3, 3, 1, 3, 2, 1), of(1, 2, 3, 4, 5, 6, 7, 8, 9), of(1, 1, 1, 1, 1, 1, 1, 1, 1), null, of(corners));
        assertArrayEquals(new double[]{12, 16, 24, 28}, corners);
    }

    @Test
    void transposedConvolution() {
        double[] x = {0.1986693, 0.4794255, 0.7173561, 0.8912073, 0.9854497, 0.9916648, 0.9092974, 0.7457052, 0.5155014, 0.2392493,
            -0.05837414, -0.3507832};
        double[] w = {0.09983341, 0.5646425, 0.8912073, 0.9995736, 0.8632094, 0.5155014, 0.04158066, -0.4425204, -0.8182771, -0.993691,
            -0.9258147,
            -0.6312667, -0.1821625, 0.3115413, 0.728969, 0.9679196, 0.9698898, 0.7343971, 0.3190984, -0.1743268, -0.6250706, -0.9227754,
            -0.9945526, -0.8228286};
        double[] y = new double[72];
        kernels.conv2dGradInput(new Conv2dShape(1, 3, 4, 6, 2, 2, 2, 0), of(x), of(w), of(0.1, 0.2, 0.3), of(y));
        double[] beginning = {-0.04580606, 0.4954609, 0.01202317, 0.603022, 0.07771108, 0.6656497, 0.9399052, 1.178711, 1.070864, 1.301004,
            1.115098, 1.316014};
        double[] end = {-0.7630389, -0.4594507, -0.5542877, -0.2740496, -0.2692255, -0.03737044};
        for (int i = 0; i < 12; i++) assertEquals(beginning[i], y[i], DIGITS);
        for (int i = 0; i < 6; i++) assertEquals(end[i], y[66 + i], DIGITS);
    }

    @Test
    void layerNormOverChannels() {
        double[] x = {0.09983341, 0.7173561, 0.997495, 0.8084964, 0.2392493, -0.4425204, -0.9161659, -0.9589243, -0.5506855, 0.1165492,
            0.728969, 0.9985433,
            0.7984871, 0.2228899, -0.4575359, -0.9227754, -0.9540192, -0.5365729, 0.133232, 0.7403759, 0.9993094, 0.7882521, 0.2064675, -0.472422};
        double[] expected = {0.5948847, 1.339165, 0.9598566, 0.6965501, 1.799721, -2.419581, -2.804575, -2.817446, -0.8973727, -0.2146873,
            0.07121558,
            0.2060863, 0.689559, 0.2191994, -1.307034, -0.9030501, -2.816048, -2.559968, 1.160667, 2.729798, 0.2092324, 0.3803925,
            0.2133503, -0.3809246};
        double[] y = new double[24];
        kernels.layerNorm(2, 3, 4, 1e-6f, of(x), of(1, 2, 0.5), of(0.1, 0, -0.2), of(y), of(new double[8]), of(new double[8]));
        assertArrayEquals(expected, y, DIGITS);
    }

    @Test
    void softmax() {
        double[] y = new double[4];
        kernels.softmax(2, 2, 1, of(0, Math.log(3), 1000, 1000), of(y));
        assertArrayEquals(new double[]{0.25, 0.75, 0.5, 0.5}, y, 1e-15);
    }

    @Test
    void attentionOfTwoTokens() {
        // One row of two tokens of one value. The scores of the first query are 1·(2, 3) + 1·relW for offsets 0 and −1, those of the second 2·(2, 3) + 2·relW for 1 and 0.
        double[] qkv = {1, 2, 2, 3, 10, 20}, out = new double[2], lse = new double[2];
        double near = 0.1, left = 0.3, right = 0.7, high = 0.5;                    // relW holds the offsets −1, 0, 1
        kernels.relPosAttention(new AttentionShape(1, 1, 2, 1), of(qkv), of(high), of(left, near, right), of(out), of(lse));
        double a = StrictMath.exp(2 + high + near), b = StrictMath.exp(3 + high + left);
        double c = StrictMath.exp(4 + 2 * high + 2 * right), d = StrictMath.exp(6 + 2 * high + 2 * near);
        assertArrayEquals(new double[]{(10 * a + 20 * b) / (a + b), (10 * c + 20 * d) / (c + d)}, out, 1e-12);
        assertArrayEquals(new double[]{Math.log(a + b), Math.log(c + d)}, lse, 1e-12);
    }

    @Test
    void resizedPictures() {
        double[] x = {0.4794255, 0.5728675, 0.6593847, 0.7379314, 0.8075581, 0.8674232, 0.9168031, 0.9551008, 0.9818535, 0.9967378,
            0.9995736, 0.9903268,
            0.9691091, 0.9361771, 0.8919287, 0.8368988, 0.7717527, 0.6972777, 0.6143743, 0.5240443, 0.4273799, 0.3255493, 0.2197836,
            0.1113612,
            0.001592653, -0.1081951, -0.2166751, -0.3225359, -0.424498, -0.5213288, -0.6118579, -0.694991, -0.7697231, -0.835151,
            -0.8904838, -0.9350526,
            -0.9683186, -0.9898798, -0.9994755, -0.9969898};
        double[] smaller = {0.5727913, 0.7086707, 0.8189204, 0.9401872, 0.962105, 0.9492273, 0.8454014, 0.7425829, 0.6129082, 0.3038044,
            0.129397, -0.04969016,
            -0.391962, -0.5461295, -0.6805457, -0.895046, -0.953187, -0.9768553};
        double[] higher = {0.549507, 0.7553381, 0.6086655, 0.7937108, 0.7664216, 0.8960382, 0.9093571, 0.9822158, 0.9485484, 0.9553448, 0.9877396,
            0.9284738, 0.9130722, 0.7954893, 0.8221391, 0.6473457, 0.7880391, 0.5917917, 0.351007, 0.08391906, 0.2609133, -0.004851729, 0.02066349,
            -0.2415738, -0.2164803, -0.4709434, -0.4318814, -0.648845, -0.6472825, -0.8267465, -0.78535, -0.907267, -0.9123697, -0.9738758,
            -0.9600022, -0.9988541};
        double[] to3 = new double[18], to9 = new double[36];
        kernels.resizeBilinear(2, 4, 5, 3, 3, of(x), of(to3));
        kernels.resizeBilinear(2, 4, 5, 9, 2, of(x), of(to9));
        assertArrayEquals(smaller, to3, DIGITS);
        assertArrayEquals(higher, to9, DIGITS);
    }

    private static final double[] LOGITS = {0.5910404, 1.864078, 1.726419, 0.28224, -1.375532, -1.992329, -1.101371, 0.6230827, 1.876,
        1.709198, 0.2489088,
        -1.399749, -1.989105, -1.073146, 0.6549489, 1.887391, 1.691494, 0.2155073, -1.423571, -1.985319, -1.044617, 0.6866298, 1.898249,
        1.673311, 0.1820448,
        -1.44699, -1.980971, -1.015793, 0.7181167, 1.90857, 1.654656, 0.1485309, -1.469999, -1.976063, -0.986682, 0.7494006, 1.918352,
        1.635532, 0.114975,
        -1.492593, -1.970597, -0.9572918, 0.7804725, 1.927591, 1.615947, 0.08138651, -1.514766, -1.964573, -0.927631, 0.8113238, 1.936285,
        1.595904,
        0.04777506, -1.536509, -1.957994, -0.8977079, 0.8419456, 1.944432, 1.57541, 0.0141501, -1.557819, -1.950861, -0.8675311, 0.8723295,
        1.952029,
        1.554471, -0.01947886, -1.578688, -1.943177, -0.8371089, 0.9024667, 1.959074};
    private static final byte[] LABELS = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 1, 1, 0, 0, 2, 2, 2, 2};

    @Test
    void losses() {
        double[] loss = new double[1], p = new double[72], sums = new double[12];
        kernels.crossEntropy(2, 4, 9, of(LOGITS), LABELS, of(loss));
        assertEquals(2.745186, loss[0], DIGITS);
        kernels.softmax(2, 4, 9, of(LOGITS), of(p));
        kernels.softDice(2, 4, 9, of(p), LABELS, of(sums), of(loss));
        assertEquals(0.7023786, loss[0], DIGITS);
        double[] perClass = {0.7703063, 0.8153425, 0.5214871};
        for (int c = 1; c < 4; c++)
            assertEquals(perClass[c - 1], 1 - (2 * sums[c] + 1) / (sums[4 + c] + sums[8 + c] + 1), DIGITS, "class " + c);

        byte[] oneOfOne = new byte[18];                                            // classes 2 and 3 are absent
        oneOfOne[0] = 1;
        kernels.crossEntropy(2, 4, 9, of(LOGITS), oneOfOne, of(loss));
        assertEquals(1.822597, loss[0], DIGITS);
        kernels.softDice(2, 4, 9, of(p), oneOfOne, of(sums), of(loss));
        assertEquals(0.6189604, loss[0], DIGITS);
    }

    @Test
    void aPerfectPredictionHasNoDiceLoss() {
        double[] loss = {7}, dp = {7, 7, 7, 7}, sums = new double[6];
        byte[] labels = {0, 1};
        kernels.softDice(1, 2, 2, of(1, 0, 0, 1), labels, of(sums), of(loss));
        kernels.softDiceGrad(1, 2, 2, of(1, 0, 0, 1), labels, of(sums), of(1), of(dp));
        assertEquals(0, loss[0]);
        assertArrayEquals(new double[4], dp);
    }

    @Test
    void theFirstStepOfAdamIsTheLearningRate() {
        double[] m = {0}, v = {0}, p = {1};
        kernels.adam(0.1, 0.9, 0.999, 0, 1, List.of(new AdamSlot(of(-3), of(m), of(v), of(p))));
        assertEquals(1.1, p[0], 1e-12);
        assertEquals(-0.3, m[0], 1e-12);
        assertEquals(0.009, v[0], 1e-12);
        kernels.adam(0.1, 0.9, 0.999, 0, 2, List.of(new AdamSlot(of(-3), of(m), of(v), of(p))));
        assertEquals(1.2, p[0], 1e-12);
    }

    // ---- gradients

    @Test
    void gradientsOfGeluAndRelu() {
        double[] x = normal(50), dy = normal(50), dx = new double[50], y = new double[50];
        kernels.geluGrad(of(x), of(dy), of(dx));
        assertGradient("gelu", dx, x, at -> {
            kernels.gelu(of(at), of(y));
            return dot(y, dy);
        });
        for (int i = 0; i < 50; i++) x[i] += Math.signum(x[i]) * 0.01;             // a step must not cross zero
        double[] relu = new double[50];
        kernels.relu(of(x), of(relu));
        kernels.reluGrad(of(relu), of(dy), of(dx));
        assertGradient("relu", dx, x, at -> {
            kernels.relu(of(at), of(y));
            return dot(y, dy);
        });
    }

    @Test
    void gradientsOfConvolution() {
        Conv2dShape[] shapes = {new Conv2dShape(2, 3, 6, 5, 4, 3, 1, 1), new Conv2dShape(1, 2, 7, 6, 3, 2, 2, 0), new Conv2dShape(1, 2, 5,
                8, 3, 3, 2, 2)};
        for (Conv2dShape s : shapes) {
            double[] x = normal(s.batch() * s.inChannels() * s.height() * s.width()), w = normal(s.outChannels() * s.fanIn());
            double[] dy = normal(s.batch() * s.outChannels() * s.outPixels()), y = new double[dy.length], dx = new double[x.length],
                    dw = new double[w.length];
            kernels.conv2dGradInput(s, of(dy), of(w), null, of(dx));
            kernels.conv2dGradWeight(s, of(x), of(dy), of(dw));
            assertGradient("x of " + s, dx, x, at -> {
                kernels.conv2d(s, of(at), of(w), null, of(y));
                return dot(y, dy);
            });
            assertGradient("w of " + s, dw, w, at -> {
                kernels.conv2d(s, of(x), of(at), null, of(y));
                return dot(y, dy);
            });
        }
    }

    @Test
    void gradientsOfLayerNorm() {
        int[][] axes = {{4, 7, 1}, {2, 5, 3}};
        for (int[] a : axes) {
            int outer = a[0], n = a[1], inner = a[2], all = outer * n * inner, some = outer * inner;
            double[] x = normal(all), w = normal(n), b = normal(n), dy = normal(all), y = new double[all], mean = new double[some],
                    rstd = new double[some];
            double[] dx = new double[all], dw = new double[n], db = new double[n];
            kernels.layerNorm(outer, n, inner, 1e-5f, of(x), of(w), of(b), of(y), of(mean), of(rstd));
            kernels.layerNormGrad(outer, n, inner, of(x), of(w), of(mean), of(rstd), of(dy), of(dx), of(dw), of(db));
            assertGradient("x", dx, x, at -> {
                kernels.layerNorm(outer, n, inner, 1e-5f, of(at), of(w), of(b), of(y), of(mean), of(rstd));
                return dot(y, dy);
            });
            assertGradient("weight", dw, w, at -> {
                kernels.layerNorm(outer, n, inner, 1e-5f, of(x), of(at), of(b), of(y), of(mean), of(rstd));
                return dot(y, dy);
            });
            assertGradient("bias", db, b, at -> {
                kernels.layerNorm(outer, n, inner, 1e-5f, of(x), of(w), of(at), of(y), of(mean), of(rstd));
                return dot(y, dy);
            });
        }
    }

    @Test
    void gradientOfSoftmax() {
        double[] x = normal(42), dy = normal(42), y = new double[42], other = new double[42], dx = new double[42];
        kernels.softmax(2, 7, 3, of(x), of(y));
        kernels.softmaxGrad(2, 7, 3, of(y), of(dy), of(dx));
        assertGradient("softmax", dx, x, at -> {
            kernels.softmax(2, 7, 3, of(at), of(other));
            return dot(other, dy);
        });
    }

    @Test
    void gradientsOfAttention() {
        var s = new AttentionShape(2, 3, 4, 5);
        int all = s.groups() * s.tokens() * s.dim();
        double[] qkv = normal(3 * all), relH = normal(5 * s.dim()), relW = normal(7 * s.dim()), dout = normal(all), out = new double[all];
        double[] lse = new double[s.groups() * s.tokens()], dqkv = new double[qkv.length], drelH = new double[relH.length],
                drelW = new double[relW.length];
        kernels.relPosAttention(s, of(qkv), of(relH), of(relW), of(out), of(lse));
        kernels.relPosAttentionGrad(s, of(qkv), of(relH), of(relW), of(out), of(lse), of(dout), of(dqkv), of(drelH), of(drelW));
        assertGradient("qkv", dqkv, qkv, at -> {
            kernels.relPosAttention(s, of(at), of(relH), of(relW), of(out), of(lse));
            return dot(out, dout);
        });
        assertGradient("relH", drelH, relH, at -> {
            kernels.relPosAttention(s, of(qkv), of(at), of(relW), of(out), of(lse));
            return dot(out, dout);
        });
        assertGradient("relW", drelW, relW, at -> {
            kernels.relPosAttention(s, of(qkv), of(relH), of(at), of(out), of(lse));
            return dot(out, dout);
        });
    }

    @Test
    void gradientOfResizing() {
        int[][] sizes = {{4, 5, 9, 7}, {8, 7, 3, 2}, {3, 3, 3, 3}};
        for (int[] r : sizes) {
            double[] x = normal(2 * r[0] * r[1]), dy = normal(2 * r[2] * r[3]), y = new double[dy.length], dx = new double[x.length];
            kernels.resizeBilinearGrad(2, r[0], r[1], r[2], r[3], of(dy), of(dx));
            assertGradient("resize", dx, x, at -> {
                kernels.resizeBilinear(2, r[0], r[1], r[2], r[3], of(at), of(y));
                return dot(y, dy);
            });
        }
    }

    @Test
    void gradientsOfLosses() {
        double[] loss = new double[1], dlogits = new double[72], p = new double[72], dp = new double[72], sums = new double[12],
                other = new double[12];
        kernels.crossEntropyGrad(2, 4, 9, of(LOGITS), LABELS, of(0.7), of(dlogits));
        assertGradient("crossEntropy", dlogits, LOGITS, at -> {
            kernels.crossEntropy(2, 4, 9, of(at), LABELS, of(loss));
            return 0.7 * loss[0];
        });
        kernels.softmax(2, 4, 9, of(LOGITS), of(p));
        kernels.softDice(2, 4, 9, of(p), LABELS, of(sums), of(loss));
        kernels.softDiceGrad(2, 4, 9, of(p), LABELS, of(sums), of(0.7), of(dp));
        assertGradient("softDice", dp, p, at -> {
            kernels.softDice(2, 4, 9, of(at), LABELS, of(other), of(loss));
            return 0.7 * loss[0];
        });
    }
}
