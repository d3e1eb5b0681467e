package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.testkit.Emulated;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Compares attention on tensor cores with the float32 kernels.
class CudaAttentionTest {
    private static final long SEED = 20261122;

    /// A window; a square grid with ViT-H's tokens; rows of 64, and of just over 32; a grid that ends within 64 places and has more columns than rows, so that the values for
    /// columns lie where those for rows come next; a grid whose queries need more than 64 vectors of relH, though it has fewer rows; tokens of odd lengths.
    private static final AttentionShape[] SHAPES = {new AttentionShape(2, 14, 14, 64), new AttentionShape(1, 16, 16, 80),
        new AttentionShape(1,
                3, 64, 64),
        new AttentionShape(1, 3, 33, 16), new AttentionShape(3, 5, 7, 7), new AttentionShape(1, 60, 1, 33),
        new AttentionShape(1, 9, 17, 128)};
    private static final int ORDERS = Boolean.getBoolean("samovar.thorough") ? 8 : 2;                    // of a block's threads

    @BeforeEach
    void there() {
        Emulated.assumePresent();
    }

    @AfterEach
    void inTheUsualOrder() {
        Emulated.set("seed", 1);
    }

    @Test
    void bfloat16IsCloseToFloat32() {
        for (AttentionShape s : SHAPES) assertClose(s, Format.BF16, 5e-3, 2e-2);
    }

    @Test
    void tf32IsCloseToFloat32() {
        for (AttentionShape s : SHAPES) assertClose(s, Format.TF32, 6e-4, 3e-3);
    }

    @Test
    void theOrderOfThreadsChangesNoBit() {
        for (AttentionShape s : SHAPES) {
            for (Format format : new Format[]{Format.BF16, Format.TF32}) {
                Emulated.set("seed", 1);
                float[][] first = attention(s, format);
                for (int seed = 2; seed <= ORDERS; seed++) {
                    Emulated.set("seed", seed);
                    float[][] again = attention(s, format);
                    assertArrayEquals(first[0], again[0], "out of " + s + " in " + format);
                    assertArrayEquals(first[1], again[1], "logSumExp of " + s + " in " + format);
                }
            }
        }
    }

    @Test
    void whatDoesNotFitIsDoneInFloat32() {
        for (AttentionShape s : new AttentionShape[]{new AttentionShape(1, 2, 65, 8), new AttentionShape(1, 400, 1, 5)}) {
            for (Format format : new Format[]{Format.BF16, Format.TF32})
                assertArrayEquals(attention(s, Format.FLOAT32), attention(s, format), s + " in " + format);
        }
        var wide = new AttentionShape(1, 2, 3, 128);
        assertArrayEquals(attention(wide, Format.FLOAT32), attention(wide, Format.TF32), wide + " in TF32");
    }

    @Test
    void scoresOfAllSizesHaveASoftmax() {
        var s = new AttentionShape(1, 5, 7, 16);
        for (float factor : new float[]{0, 1e-20f, 30, 1e4f}) {
            float[][] y = attention(s, Format.BF16, factor);
            for (float[] values : y) for (float v : values) assertTrue(Float.isFinite(v), v + " of tokens times " + factor);
        }
    }

    /// The relative L2 distance of the outputs is at most `ofOut`, and every log Σ exp is off by at most `ofLogSumExp`.
    private static void assertClose(AttentionShape s, Format format, double ofOut, double ofLogSumExp) {
        float[][] expected = attention(s, Format.FLOAT32), found = attention(s, format);
        double distance = 0, length = 0, largest = 0;
        for (int i = 0; i < expected[0].length; i++) {
            double e = expected[0][i], d = found[0][i] - e;
            distance += d * d;
            length += e * e;
        }
        for (int i = 0; i < expected[1].length; i++) largest = Math.max(largest, Math.abs((double) expected[1][i] - found[1][i]));
        double relative = Math.sqrt(distance / length);
        assertTrue(relative <= ofOut && largest <= ofLogSumExp, s + " in " + format + ": out is " + relative + " off, logSumExp " + largest
                + ", seed " + SEED);
    }

    private static float[][] attention(AttentionShape s, Format format) {
        return attention(s, format, 1);
    }

    /// `out` and `logSumExp` of random tokens times `factor`.
    private static float[][] attention(AttentionShape s, Format format, float factor) {
        Device device = Cuda.device(0, format);
        var random = new Random(SEED);
        int all = s.groups() * s.tokens() * s.dim();
        Buffer qkv = normal(device, random, 3 * all, factor), relH = normal(device, random, (2 * s.height() - 1) * s.dim(), 0.1f);
        Buffer relW = normal(device, random, (2 * s.width() - 1) * s.dim(), 0.1f), out = device.memory().allocate(all);
        Buffer logSumExp = device.memory().allocate(s.groups() * s.tokens());
        device.kernels().relPosAttention(s, qkv, relH, relW, out, logSumExp);
        float[][] results = {new float[out.size()], new float[logSumExp.size()]};
        device.memory().read(out, results[0]);
        device.memory().read(logSumExp, results[1]);
        return results;
    }

    private static Buffer normal(Device device, Random random, int n, float factor) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = factor * (float) random.nextGaussian();
        Buffer buffer = device.memory().allocate(n);
        device.memory().write(x, buffer);
        return buffer;
    }
}
