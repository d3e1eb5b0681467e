package dev.samovar.models.data;

/// Resizes flat pictures of classes as the paper's code does.
///
/// Every class is resized bilinearly as a picture of zeros and ones, with pixel centres at halves and the border continued outwards. A pixel gets
/// the last class that reaches one half, or background if none does. The weights are whole numbers here, so that a class that
/// reaches exactly one half is never lost to rounding.
///
/// Source: `resize_segmentation` with order 1 of batchgenerators, which dataset/ACDC.py of the AutoSAM code @ 50a6ff4 uses.
public final class LabelResize {
    private LabelResize() {}

    /// From `h · w` classes, row by row, to `toH · toW`.
    ///
    /// @throws IllegalArgumentException if `h · w` is not the number of classes, or a size is below 1
    public static byte[] apply(byte[] classes, int h, int w, int toH, int toW) {
        if (classes.length != h * w || Math.min(Math.min(h, w), Math.min(toH, toW)) < 1)
            throw new IllegalArgumentException(classes.length + " classes from " + h + " × " + w + " to " + toH + " × " + toW);
        if (h == toH && w == toW) return classes.clone();
        byte[] resized = new byte[toH * toW];
        int[] corners = new int[4];
        long[] weights = new long[4];
        for (int r = 0; r < toH; r++) {
            int above = before(r, h, toH), top = Math.max(above, 0), below = Math.min(above + 1, h - 1);
            long down = share(r, h, toH), up = 2L * toH - down;
            for (int c = 0; c < toW; c++) {
                int before = before(c, w, toW), left = Math.max(before, 0), right = Math.min(before + 1, w - 1);
                long east = share(c, w, toW), west = 2L * toW - east;
                for (int n = 0; n < 4; n++) {
                    corners[n] = classes[(n < 2 ? top : below) * w + (n % 2 == 0 ? left : right)] & 0xFF;
                    weights[n] = (n < 2 ? up : down) * (n % 2 == 0 ? west : east);
                }
                resized[r * toW + c] = (byte) last(corners, weights, 2L * toH * toW);
            }
        }
        return resized;
    }

    private static int last(int[] corners, long[] weights, long half) {
        int last = 0;
        for (int k : corners) {
            long sum = 0;
            for (int n = 0; n < 4; n++) if (corners[n] == k) sum += weights[n];
            if (sum >= half) last = Math.max(last, k);
        }
        return last;
    }

    /// The old pixel, of `n`, at or before the centre of new pixel `i` of `m`, whose position is `((2i + 1) · n − m) / 2m`.
    private static int before(int i, int n, int m) {
        return (int) Math.floorDiv((2L * i + 1) * n - m, 2L * m);
    }

    /// The weight in new pixel `i` of the old pixel after that, in units of `1/2m`.
    private static long share(int i, int n, int m) {
        return Math.floorMod((2L * i + 1) * n - m, 2L * m);
    }
}
