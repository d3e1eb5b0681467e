package dev.samovar.models.sam;

/// SAM's own resizing: a picture of 8-bit values whose longest side becomes that of the network, antialiased, exactly as the reference's imaging library does it.
///
/// Each axis on its own, columns first, every pass rounded to 8 bits. A new pixel is the mean of the old ones around it, weighted by a triangle that is as wide as
/// the step between new pixels, or two old pixels if the picture grows. Weights are fixed-point numbers of 22 bits.
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

    /// One channel, `h · w` values 0 … 255, resized to [#height] · [#width].
    public int[] apply(int[] pixels, int h, int w) {
        return resize(pixels, h, w, height(h, w), width(h, w));
    }

    static int[] resize(int[] pixels, int h, int w, int toH, int toW) {
        int[] across = w == toW ? pixels : rows(pixels, h, w, toW);
        return h == toH ? across : transpose(rows(transpose(across, h, toW), toW, h, toH), toW, toH);
    }

    private static int[] rows(int[] pixels, int h, int w, int toW) {
        double scale = (double) w / toW, filter = Math.max(scale, 1);
        int[] out = new int[h * toW];
        for (int i = 0; i < toW; i++) {
            double centre = (i + 0.5) * scale;
            int from = Math.max(0, (int) (centre - filter + 0.5)), to = Math.min(w, (int) (centre + filter + 0.5));
            int[] weights = weights(from, to, centre, filter);
            for (int row = 0; row < h; row++) {
                int sum = 1 << (PRECISION_BITS - 1);
                for (int x = from; x < to; x++) sum += pixels[row * w + x] * weights[x - from];
                out[row * toW + i] = Math.clamp(sum >> PRECISION_BITS, 0, 255);
            }
        }
        return out;
    }

    private static int[] weights(int from, int to, double centre, double filter) {
        double[] w = new double[to - from];
        double total = 0;
        for (int x = from; x < to; x++) {
            w[x - from] = Math.max(0, 1 - Math.abs((x - centre + 0.5) / filter));
            total += w[x - from];
        }
        int[] fixed = new int[w.length];
        for (int i = 0; i < w.length; i++) fixed[i] = (int) (0.5 + w[i] / total * (1 << PRECISION_BITS));
        return fixed;
    }

    private static int[] transpose(int[] x, int h, int w) {
        int[] y = new int[x.length];
        for (int i = 0; i < h; i++) for (int j = 0; j < w; j++) y[j * h + i] = x[i * w + j];
        return y;
    }
}
