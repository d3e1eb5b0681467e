package dev.samovar.models.metrics;

import dev.samovar.models.mask.Mask;

/// Intersection over union of the boundaries of two masks: `|P_d ∩ T_d| / |P_d ∪ T_d|`, where `M_d` is the part of a mask within `d` pixels of its
/// edge.
///
/// It distinguishes large masks that have nearly the same IoU. Distances are counted in steps to any of the 8 neighbours, and the picture's border is
/// an edge, too: the boundary is what a mask loses when it is eroded `d` times by 3 × 3 pixels, with background around the picture.
///
/// Source: Cheng and others, *Boundary IoU*, CVPR 2021; `mask_to_boundary` of boundary_utils.py, bowenc0221/boundary-iou-api @ 37d2558.
public final class BoundaryIou {
    /// The published width of a boundary, as a share of the picture's diagonal.
    public static final double RATIO = 0.02;

    private BoundaryIou() {}

    /// The boundary IoU with boundaries of the published width: 2 % of the picture's diagonal, rounded, at least 1 pixel.
    public static double of(Mask prediction, Mask truth) {
        return of(prediction, truth, width(truth.height(), truth.width()));
    }

    /// The width of boundaries in a picture of `h × w` pixels.
    static int width(int h, int w) {
        return Math.max(1, (int) Math.rint(RATIO * Math.sqrt((double) h * h + (double) w * w)));
    }

    /// The boundary IoU with boundaries of `width` pixels: from 0 to 1, 0 if one mask is empty, `NaN` if both are.
    ///
    /// @throws IllegalArgumentException if the masks are not of one size
    public static double of(Mask prediction, Mask truth, int width) {
        return overlap(prediction, truth, width).iou();
    }

    /// The number of pixels in both boundaries, and in either.
    record Overlap(long both, long either) {
        static final Overlap NONE = new Overlap(0, 0);

        Overlap and(Overlap other) {
            return new Overlap(both + other.both, either + other.either);
        }

        double iou() {
            return (double) both / either;                                         // NaN if both are empty
        }
    }

    static Overlap overlap(Mask prediction, Mask truth, int width) {
        if (prediction.height() != truth.height() || prediction.width() != truth.width())
            throw new IllegalArgumentException("a " + prediction + " beside a " + truth);
        boolean[] p = boundary(prediction, width), t = boundary(truth, width);
        long both = 0, either = 0;
        for (int i = 0; i < p.length; i++) {
            if (p[i] && t[i]) both++;
            if (p[i] || t[i]) either++;
        }
        return new Overlap(both, either);
    }

    /// The pixels of a mask that are at most `width` steps from a pixel outside it, row by row.
    static boolean[] boundary(Mask mask, int width) {
        int h = mask.height(), w = mask.width(), wide = w + 2;
        int[] steps = new int[(h + 2) * wide];                                     // with a border of zeros
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) {
            int i = (y + 1) * wide + x + 1;
            if (mask.at(y, x))
                steps[i] = 1 + Math.min(Math.min(steps[i - 1], steps[i - wide]), Math.min(steps[i - wide - 1], steps[i - wide + 1]));
        }
        boolean[] boundary = new boolean[h * w];
        for (int y = h - 1; y >= 0; y--) for (int x = w - 1; x >= 0; x--) {
            int i = (y + 1) * wide + x + 1;
            if (!mask.at(y, x)) continue;
            int back = 1 + Math.min(Math.min(steps[i + 1], steps[i + wide]), Math.min(steps[i + wide + 1], steps[i + wide - 1]));
            steps[i] = Math.min(steps[i], back);
            boundary[y * w + x] = steps[i] <= width;
        }
        return boundary;
    }
}
