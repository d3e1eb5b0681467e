package dev.samovar.models.methods;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Labels;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Boxes around labelled classes, as prompts in pixels of the network's picture: x and y of the first pixel, then of the last.
final class Boxes {
    private static final int MOST_JITTER = 20, JITTER_SIDE = 1024;                 // pixels, in a picture with that side

    private Boxes() {}

    /// The classes in one picture of a batch, except the background, in order.
    static int[] classes(Labels labels, int picture) {
        boolean[] there = new boolean[256];
        int pixels = labels.height() * labels.width();
        for (int i = picture * pixels; i < (picture + 1) * pixels; i++) there[labels.classes()[i] & 0xff] = true;
        return IntStream.range(1, Labels.IGNORED).filter(c -> there[c]).toArray();
    }

    /// The tight box around a class, in a picture of `size` pixels a side; with random numbers, each side moved outwards by up to 20 pixels of 1024, at most to the picture's border.
    ///
    /// If the class is absent, the box is the whole picture.
    static float[] around(Labels labels, int picture, int c, int size, @Nullable Random random) {
        int h = labels.height(), w = labels.width(), x0 = w, y0 = h, x1 = -1, y1 = -1;
        for (int row = 0; row < h; row++)
            for (int column = 0; column < w; column++) {
                if ((labels.classes()[(picture * h + row) * w + column] & 0xff) != c) continue;
                x0 = Math.min(x0, column);
                x1 = Math.max(x1, column);
                y0 = Math.min(y0, row);
                y1 = row;
            }
        if (x1 < 0) return new float[]{0, 0, size, size};
        double across = (double) size / w, down = (double) size / h;
        return new float[]{(float) Math.max(0, x0 * across - jitter(random, size)), (float) Math.max(0, y0 * down - jitter(random, size)),
            (float) Math.min(size, x1 * across + jitter(random, size)), (float) Math.min(size, y1 * down + jitter(random, size))};
    }

    private static double jitter(@Nullable Random random, int size) {
        return random == null ? 0 : random.below(MOST_JITTER + 1) * (double) size / JITTER_SIDE;
    }

    /// 1 where a pixel counts, 0 where it is ignored, for some pictures of a batch, repeated `times` times; null if all pixels count.
    static float @Nullable [] counted(Labels labels, int[] pictures, int times) {
        int pixels = labels.height() * labels.width();
        float[] keep = new float[times * pictures.length * pixels];
        boolean all = true;
        for (int i = 0; i < keep.length; i++) {
            int picture = pictures[i / pixels % pictures.length];
            boolean counts = (labels.classes()[picture * pixels + i % pixels] & 0xff) != Labels.IGNORED;
            keep[i] = counts ? 1 : 0;
            all &= counts;
        }
        return all ? null : keep;
    }

    /// Writes 1 where a picture has a class, else 0, into an array from `at` on.
    static void mask(Labels labels, int picture, int c, float[] to, int at) {
        int pixels = labels.height() * labels.width();
        for (int i = 0; i < pixels; i++) to[at + i] = (labels.classes()[picture * pixels + i] & 0xff) == c ? 1 : 0;
    }
}
