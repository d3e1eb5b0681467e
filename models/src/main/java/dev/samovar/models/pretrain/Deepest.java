package dev.samovar.models.pretrain;

import org.jspecify.annotations.Nullable;

/// The pixel of a region that is farthest from everything outside it, where a person would click to point at the region.
///
/// Training needs it in every step, so it is fast rather than exact; studies use the exact one, `study.PromptRules.deepest`. Distances are chamfer
/// distances, with steps of 3 to the side and 4 to a corner, whose error is at most a tenth; everything beyond the picture is outside the region. If
/// there are several such pixels, the first is taken.
final class Deepest {
    private static final int SIDE = 3, CORNER = 4;

    private Deepest() {}

    /// Column, row and depth in thirds of a pixel; null if the region is empty.
    static int @Nullable [] of(boolean[] region, int h, int w) {
        int[] d = new int[(h + 2) * (w + 2)];                                      // with a border of zeros
        int wide = w + 2, best = -1;
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) {
            int i = (y + 1) * wide + x + 1;
            if (region[y * w + x])
                d[i] = Math.min(Math.min(d[i - 1], d[i - wide]) + SIDE, Math.min(d[i - wide - 1], d[i - wide + 1]) + CORNER);
        }
        for (int y = h - 1; y >= 0; y--) for (int x = w - 1; x >= 0; x--) {
            int i = (y + 1) * wide + x + 1;
            if (!region[y * w + x]) continue;
            int back = Math.min(Math.min(d[i + 1], d[i + wide]) + SIDE, Math.min(d[i + wide + 1], d[i + wide - 1]) + CORNER);
            d[i] = Math.min(d[i], back);
            if (best < 0 || d[i] >= d[best]) best = i;
        }
        return best < 0 ? null : new int[]{best % wide - 1, best / wide - 1, d[best]};
    }
}
