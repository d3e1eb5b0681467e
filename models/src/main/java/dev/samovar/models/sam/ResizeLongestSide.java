package dev.samovar.models.sam;

import dev.samovar.imaging.Picture;
import java.util.Arrays;

/// SAM's own resizing: a picture of 8-bit values whose longest side becomes that of the network, antialiased, exactly as the reference's imaging library does it.
///
/// Each axis is resized separately, columns first, and every pass is rounded to 8 bits. A new pixel is the mean of the old ones around it, weighted
/// by a triangle whose half-width is the step between new pixels, or one old pixel if the picture grows. Weights are fixed-point numbers of 22 bits.
/// If a picture has an opacity channel, colours are weighted by their opacity.
///
/// Source: segment_anything/utils/transforms.py @ dca509f, and the 8-bit path of Pillow's bilinear `resize`.
public final class ResizeLongestSide {
    private static final int PRECISION_BITS = 22;

    private final int side;

    /// To pictures whose longest side is `side`.
    public ResizeLongestSide(int side) {
        this.side = side;
    }

    /// Rows of the resized picture.
    public int height(int h, int w) {
        return scaled(h, h, w);
    }

    /// Columns of the resized picture.
    public int width(int h, int w) {
        return scaled(w, h, w);
    }

    private int scaled(int length, int h, int w) {
        return Math.max(1, (int) (length * ((double) side / Math.max(h, w)) + 0.5));
    }

    /// The x coordinate in the resized picture of a point in a picture of `h · w` pixels. Sizes are whole numbers of pixels, so the scales of the two
    /// axes differ slightly.
    public double x(double x, int h, int w) {
        return x * ((double) width(h, w) / w);
    }

    /// The y coordinate in the resized picture.
    public double y(double y, int h, int w) {
        return y * ((double) height(h, w) / h);
    }

    /// A picture of whole numbers from 0 to 255, resized to [#height] · [#width]: grey or three colours, or either with opacity as the last channel.
    public Picture apply(Picture picture) {
        int h = picture.height(), w = picture.width(), channels = picture.channels(), toH = height(h, w), toW = width(h, w), n = toH * toW;
        boolean weighed = channels % 2 == 0 && !(h == toH && w == toW);
        float[] pixels = new float[channels * n];
        for (int c = channels - 1; c >= 0; c--) {
            boolean colour = weighed && c < channels - 1;
            int[] narrow = rows(picture, c, colour, toW), resized = h == toH ? narrow : columns(narrow, h, toW, toH);
            for (int i = 0; i < n; i++) pixels[c * n + i] = colour ? divided(resized[i], (int) pixels[(channels - 1) * n + i]) : resized[i];
        }
        return new Picture(channels, toH, toW, pixels);
    }

    /// The rows of a channel, resized one after the other: the plane of a large picture is never copied whole.
    private static int[] rows(Picture picture, int channel, boolean weighed, int toW) {
        int h = picture.height(), w = picture.width();
        int[] row = new int[w], opacity = new int[w], out = new int[h * toW];
        var weights = Weights.of(w, toW);
        for (int y = 0; y < h; y++) {
            copy(picture, channel, y, row);
            if (weighed) multiply(row, copy(picture, picture.channels() - 1, y, opacity));
            if (w == toW) System.arraycopy(row, 0, out, y * w, w);
            else resize(row, weights, out, y * toW);
        }
        return out;
    }

    private static int[] copy(Picture picture, int channel, int y, int[] row) {
        float[] pixels = picture.pixels();
        int from = (channel * picture.height() + y) * row.length;
        for (int x = 0; x < row.length; x++) row[x] = (int) pixels[from + x];
        return row;
    }

    /// A colour times its opacity, in 255ths, rounded.
    private static void multiply(int[] colour, int[] opacity) {
        for (int i = 0; i < colour.length; i++) {
            int product = colour[i] * opacity[i] + 128;
            colour[i] = ((product >> 8) + product) >> 8;
        }
    }

    /// The inverse of [#multiply], as far as 8 bits allow.
    private static int divided(int colour, int opacity) {
        return opacity == 0 || opacity == 255 ? colour : Math.min(255, 255 * colour / opacity);
    }

    private static void resize(int[] row, Weights weights, int[] to, int at) {
        for (int i = 0; i < weights.by.length; i++) {
            int[] by = weights.by[i];
            int sum = 1 << (PRECISION_BITS - 1), from = weights.from[i];
            for (int k = 0; k < by.length; k++) sum += row[from + k] * by[k];
            to[at + i] = Math.clamp(sum >> PRECISION_BITS, 0, 255);
        }
    }

    private static int[] columns(int[] pixels, int h, int w, int toH) {
        var weights = Weights.of(h, toH);
        int[] out = new int[toH * w], sums = new int[w];
        for (int i = 0; i < toH; i++) {
            int[] by = weights.by[i];
            Arrays.fill(sums, 1 << (PRECISION_BITS - 1));
            for (int k = 0; k < by.length; k++) {
                int at = (weights.from[i] + k) * w, weight = by[k];
                for (int x = 0; x < w; x++) sums[x] += pixels[at + x] * weight;
            }
            for (int x = 0; x < w; x++) out[i * w + x] = Math.clamp(sums[x] >> PRECISION_BITS, 0, 255);
        }
        return out;
    }

    /// For each new pixel along an axis, the first old pixel that contributes, and the weights of it and its successors.
    private static final class Weights {
        private final int[] from;
        private final int[][] by;

        private Weights(int to) {
            from = new int[to];
            by = new int[to][];
        }

        static Weights of(int length, int to) {
            double scale = (double) length / to, filter = Math.max(scale, 1);
            var weights = new Weights(to);
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale, total = 0;
                int from = Math.max(0, (int) (centre - filter + 0.5)), until = Math.min(length, (int) (centre + filter + 0.5));
                double[] w = new double[until - from];
                for (int k = 0; k < w.length; k++) {
                    w[k] = Math.max(0, 1 - Math.abs((from + k - centre + 0.5) / filter));
                    total += w[k];
                }
                weights.from[i] = from;
                weights.by[i] = new int[w.length];
                for (int k = 0; k < w.length; k++) weights.by[i][k] = (int) (0.5 + w[k] / total * (1 << PRECISION_BITS));
            }
            return weights;
        }
    }
}
