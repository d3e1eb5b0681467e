package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The part of the contract for kernels that only networks other than SAM need: clamping, batch norm, max-pooling.
public abstract class LayersContract extends ProductsContract {
    private static final Conv2dShape[] WINDOWS = {
        //                b  c  h   w   o  k  s  p
        new Conv2dShape(1, 1, 1, 1, 1, 1, 1, 0), new Conv2dShape(2, 3, 8, 6, 3, 2, 2, 0), new Conv2dShape(1, 2, 7, 9, 2, 2, 2, 0),
        new Conv2dShape(2, 17, 31, 16, 17, 3, 2, 1), new Conv2dShape(1, 5, 6, 7, 5, 3, 1, 1), new Conv2dShape(1, 1, 5, 4, 1, 3, 3, 0),
        new Conv2dShape(1, 3, 64, 207, 3, 2, 2, 0), new Conv2dShape(1, 2, 4, 3, 2, 2, 1, 1), new Conv2dShape(1, 2, 9, 9, 2, 4, 3, 2)};

    @Test
    void clampingAndItsSlope() {
        double[][] kinds = {{0, Double.POSITIVE_INFINITY, 0.01}, {0, 6, 0}, {-0.5, 0.5, -0.3}, {Double.NEGATIVE_INFINITY, 1, 0}};
        for (double[] kind : kinds) {
            for (int n : SIZES) {
                float[] values = normal(n, 4);
                values[0] = (float) Math.max(kind[0], -1);                         // exactly on the border
                Pair x = input(values), dy = input(n), y = output(n), dx = output(n);
                both(k -> {
                    k.clamp(kind[0], kind[1], kind[2], x.on(k), y.on(k));
                    k.clampGrad(kind[0], kind[1], kind[2], x.on(k), dy.on(k), dx.on(k));
                });
                assertClose("clamp " + Arrays.toString(kind) + " " + n, y, 2);
                assertEach("clampGrad " + Arrays.toString(kind) + " " + n, dx, 2, 0);
            }
        }
        Pair infinite = input(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY), finite = output(2);
        tested(k -> k.clamp(-100, 100, 0, infinite.on(k), finite.on(k)));
        assertArrayEquals(new float[]{-100, 100}, finite.values());
        Pair inPlace = state(-2, 3, 8);
        tested(k -> k.clamp(0, 6, 0, inPlace.on(k), inPlace.on(k)));
        assertArrayEquals(new float[]{0, 3, 6}, inPlace.values());
    }

    @Test
    void batchNormAndItsGradient() {
        int[][] shapes = {{1, 1, 1}, {1, 1, 7}, {2, 3, 5}, {4, 17, 64}, {3, 2, 4098}, {1, 300, 31}, {7, 5, 1}, {2, 64, 1024}};
        for (int[] a : shapes) {
            int outer = a[0], n = a[1], inner = a[2], all = outer * n * inner, each = outer * inner;
            float[] values = normal(all, 2);
            for (int i = 0; i < all; i++) values[i] += 3 * (i / inner % n % 5);                           // channels with different means
            Pair x = input(values), w = input(n), b = input(n), y = output(all), mean = output(n), rstd = output(n);
            both(k -> k.batchNorm(outer, n, inner, 1e-5f, x.on(k), w.on(k), b.on(k), y.on(k), mean.on(k), rstd.on(k)));
            String name = Arrays.toString(a);
            assertClose("y " + name, y, 64 + 2 * Math.sqrt(each), each == 1 ? 1000 : 1);                // of one value only rounding remains, times 1/√eps
            assertClose("mean " + name, mean, 8 + Math.sqrt(each), 2);
            assertEach("rstd " + name, rstd, 32 + Math.sqrt(each), 0);

            Pair x2 = input(values), mu = mean.asInput(), r = input(constant(n, 0.4f)), w2 = input(n), dy = input(all);
            Pair dx = output(all), dw = output(n), db = output(n);
            both(k -> k.batchNormGrad(outer, n, inner, x2.on(k), w2.on(k), mu.on(k), r.on(k), dy.on(k), dx.on(k), dw.on(k), db.on(k)));
            assertClose("dx " + name, dx, 32 + 2 * Math.sqrt(each), 1);
            assertSums("dweight " + name, dw, 16.0 * each);
            assertSums("dbias " + name, db, 4.0 * each);
        }
    }

    @Test
    void theLargestOfEachWindowAndBack() {
        for (Conv2dShape s : WINDOWS) {
            int in = s.batch() * s.inChannels() * s.height() * s.width(), out = s.batch() * s.inChannels() * s.outPixels();
            float[] values = normal(in, 1);
            for (int i = 0; i < in; i++) values[i] = Math.round(2 * values[i]) / 2f;                      // so that there are ties
            Pair x = input(values), dy = input(out), y = output(out), dx = output(in);
            both(k -> {
                k.maxPool(s, x.on(k), y.on(k));
                k.maxPoolGrad(s, x.on(k), dy.on(k), dx.on(k));
            });
            assertEach("maxPool " + s, y, 0, 0);
            assertClose("maxPoolGrad " + s, dx, 8, 1);
        }
        Conv2dShape s = new Conv2dShape(1, 1, 2, 2, 1, 2, 2, 0);
        Pair x = input(1, Float.NaN, 3, 2), y = output(1);
        tested(k -> k.maxPool(s, x.on(k), y.on(k)));
        assertTrue(Float.isNaN(y.values()[0]), "a NaN is not skipped");
        Pair less = input(Float.NEGATIVE_INFINITY, -5, Float.NEGATIVE_INFINITY, -7), most = output(1);
        tested(k -> k.maxPool(s, less.on(k), most.on(k)));
        assertEquals(-5, most.values()[0]);
    }

    private static float[] constant(int n, float value) {
        float[] x = new float[n];
        Arrays.fill(x, value);
        return x;
    }
}
