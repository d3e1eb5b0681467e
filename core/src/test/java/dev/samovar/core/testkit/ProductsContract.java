package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.MultiHeadShape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The part of the contract that depends on the number format in which a device multiplies: matrix products and attention.
public abstract class ProductsContract extends KernelsHarness {
    private static final int[][] MATRICES = {{64, 207, 31}, {31, 64, 207}, {129, 257, 130}, {1, 1024, 31}, {1024, 1, 17}, {2, 1, 1024}, {5,
        300, 1}, {97, 16, 64},
        {12, 31, 4098}};

    private static final AttentionShape[] ATTENTIONS = {new AttentionShape(1, 1, 1, 5), new AttentionShape(2, 3, 2, 16),
        new AttentionShape(1, 4, 7, 8),
        new AttentionShape(3, 5, 5, 64), new AttentionShape(1, 14, 14, 64), new AttentionShape(1, 9, 8, 80), new AttentionShape(1, 1, 16,
                8),
        new AttentionShape(5, 17, 1, 3)};

    private static final MultiHeadShape[] MULTI_HEADS = {new MultiHeadShape(1, 1, 1, 1, 1), new MultiHeadShape(2, 3, 5, 7, 4),
        new MultiHeadShape(1, 8, 3, 300, 16), new MultiHeadShape(3, 2, 301, 3, 17), new MultiHeadShape(1, 2, 9, 4098, 8),
        new MultiHeadShape(1,
                1, 17000, 2, 3),
        new MultiHeadShape(2, 8, 7, 7, 32), new MultiHeadShape(1, 2, 130, 140, 9), new MultiHeadShape(1, 12, 11, 130, 3),
        new MultiHeadShape(1, 12, 130, 11, 3)};

    // ---- matrices

    @Test
    void matricesOfAllShapesAndOrders() {
        int[] few = {1, 3, 8, 17};
        for (int m : few) {
            for (int n : few) {
                for (int k : few) checkMatmul(3, m, n, k);
            }
        }
        for (int[] s : MATRICES) checkMatmul(1, s[0], s[1], s[2]);
        checkMatmul(5, 65, 40, 33);
        checkMatmul(2, 14, 19, 4500);
    }

    private void checkMatmul(int batch, int m, int n, int k) {
        for (int order = 0; order < 4; order++) {
            boolean transposeA = (order & 1) != 0, transposeB = (order & 2) != 0;
            Pair a = input(batch * m * k), b = input(batch * k * n), c = output(batch * m * n);
            both(on -> on.matmul(batch, m, n, k, a.on(on), transposeA, b.on(on), transposeB, c.on(on)));
            assertSums("matmul " + batch + " × " + m + " × " + n + " × " + k + (transposeA ? " a transposed" : "") + (transposeB
                    ? " b transposed"
                    : ""), c, k);
        }
    }

    @Test
    void linearLayers() {
        int[][] small = {{1, 1, 1}, {1, 3, 2}, {7, 5, 3}, {16, 16, 16}, {17, 33, 15}};
        for (int[][] table : new int[][][]{small, MATRICES}) {
            for (int[] s : table) {
                Pair x = input(s[0] * s[2]), w = input(s[1] * s[2]), bias = input(s[1]), plain = output(s[0] * s[1]), y = output(s[0]
                        * s[1]);
                both(k -> {
                    k.linear(s[0], s[1], s[2], x.on(k), w.on(k), null, plain.on(k));
                    k.linear(s[0], s[1], s[2], x.on(k), w.on(k), bias.on(k), y.on(k));
                });
                assertSums("linear without bias " + Arrays.toString(s), plain, s[2]);
                assertSums("linear " + Arrays.toString(s), y, s[2] + 1);
            }
        }
    }

    @Test
    void aConstantWeightGivesTheSame() {
        Pair x = input(31 * 64), w = input(207 * 64), y = output(31 * 207), again = output(31 * 207);
        w.on(kernels()).markConstant();
        both(k -> {
            k.linear(31, 207, 64, x.on(k), w.on(k), null, y.on(k));
            k.linear(31, 207, 64, x.on(k), w.on(k), null, again.on(k));
        });
        assertSums("first use", y, 64);
        assertArrayEquals(y.values(), again.values(), "second use");
    }

    // ---- attention

    @Test
    void attentionWithRelativePositions() {
        for (AttentionShape s : ATTENTIONS) {
            int all = s.groups() * s.tokens() * s.dim();
            Pair qkv = input(3 * all), relH = input(normal((2 * s.height() - 1) * s.dim(), 0.3)), relW = input(normal((2 * s.width() - 1)
                    * s.dim(), 0.3));
            Pair out = output(all), lse = output(s.groups() * s.tokens());
            both(k -> k.relPosAttention(s, qkv.on(k), relH.on(k), relW.on(k), out.on(k), lse.on(k)));
            double roundings = 32 + 4 * Math.sqrt(s.dim()) + Math.sqrt(s.tokens());
            assertClose("out " + s, out, roundings, 1);
            assertClose("logSumExp " + s, lse, roundings, 1);
        }
    }

    @Test
    void gradientsOfAttention() {
        for (AttentionShape s : ATTENTIONS) {
            int all = s.groups() * s.tokens() * s.dim();
            Pair qkv = input(3 * all), relH = input(normal((2 * s.height() - 1) * s.dim(), 0.3)), relW = input(normal((2 * s.width() - 1)
                    * s.dim(), 0.3));
            Pair forward = output(all), logSumExp = output(s.groups() * s.tokens());
            both(k -> k.relPosAttention(s, qkv.on(k), relH.on(k), relW.on(k), forward.on(k), logSumExp.on(k)));

            Pair qkv2 = input(qkv.values()), relH2 = input(relH.values()), relW2 = input(relW.values());
            Pair out = forward.asInput(), lse = logSumExp.asInput(), dout = input(all);
            Pair dqkv = output(3 * all), drelH = output(relH.values().length), drelW = output(relW.values().length);
            both(k -> k.relPosAttentionGrad(s, qkv2.on(k), relH2.on(k), relW2.on(k), out.on(k), lse.on(k), dout.on(k), dqkv.on(k), drelH.on(k),
                    drelW.on(k)));
            double roundings = 64 + 8 * Math.sqrt(s.dim()) + 2 * Math.sqrt(s.tokens());
            assertClose("dqkv " + s, dqkv, roundings, 1);
            assertClose("drelH " + s, drelH, roundings, 1);
            assertClose("drelW " + s, drelW, roundings, 1);
        }
    }

    @Test
    void attentionOfHeadsSideBySide() {
        for (MultiHeadShape s : MULTI_HEADS) {
            int few = s.batch() * s.queries() * s.width(), many = s.batch() * s.keys() * s.width(), rows = s.groups() * s.queries();
            Pair q = input(few), k = input(many), v = input(many), out = output(few), stats = output(2 * rows);
            both(on -> on.multiHeadAttention(s, q.on(on), k.on(on), v.on(on), out.on(on), stats.on(on)));
            double roundings = 32 + 4 * Math.sqrt(s.dim()) + Math.sqrt(s.keys());
            assertClose("out " + s, out, roundings, 1);
            assertClose("stats " + s, stats, 2 * roundings, 1);

            Pair q2 = input(q.values()), k2 = input(k.values()), v2 = input(v.values()), y = out.asInput(), sums = stats.asInput();
            Pair dout = input(few), dq = output(few), dk = output(many), dv = output(many);
            both(on -> on.multiHeadAttentionGrad(s, q2.on(on), k2.on(on), v2.on(on), y.on(on), sums.on(on), dout.on(on), dq.on(on), dk.on(on),
                    dv.on(on)));
            double more = 2 * roundings + Math.sqrt(s.queries());
            assertClose("dq " + s, dq, more, 1);
            assertClose("dk " + s, dk, more, 1);
            assertClose("dv " + s, dv, more, 1);
        }
    }
}
