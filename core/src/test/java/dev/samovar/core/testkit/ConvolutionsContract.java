package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.kernel.Conv2dShape;
import org.junit.jupiter.api.Test;

/// The part of the contract for convolutions, and for products: what libraries beside our own kernels may compute.
public abstract class ConvolutionsContract extends ProductsContract {
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
}
