package dev.samovar.models.mask;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Non-maximum suppression: of boxes that overlap much, it keeps the one with the best score.
///
/// The overlap of two boxes is the area of their intersection divided by that of their union, in float32 and with areas as [Box] counts them. For two
/// boxes without area this is 0 / 0, which is NaN, and neither suppresses the other. A suppressed box suppresses no other.
///
/// Source: torchvision's `nms` on the CPU (torchvision/csrc/ops/cpu/nms_kernel.cpp @ 01d5d10), as the reference calls it: with one category for all.
public final class Nms {
    private Nms() {}

    /// The numbers of the boxes that are kept, higher scores first; for equal scores, the earlier box first.
    ///
    /// @param threshold boxes that overlap more than this are duplicates
    public static int[] keep(List<Box> boxes, float[] scores, double threshold) {
        Comparator<Integer> ascending = Comparator.comparingDouble(i -> scores[i]);
        int[] order = IntStream.range(0, scores.length).boxed().sorted(ascending.reversed()).mapToInt(i -> i).toArray();
        int n = 0;
        for (int candidate : order) {
            boolean duplicate = false;
            for (int k = 0; k < n && !duplicate; k++) duplicate = overlap(boxes.get(order[k]), boxes.get(candidate)) > threshold;
            if (!duplicate) order[n++] = candidate;                               // over an index that was read before
        }
        return Arrays.copyOf(order, n);
    }

    private static float overlap(Box a, Box b) {
        float width = Math.max(0, Math.min(a.x1(), b.x1()) - Math.max(a.x0(), b.x0()));
        float height = Math.max(0, Math.min(a.y1(), b.y1()) - Math.max(a.y0(), b.y0()));
        float shared = width * height;
        return shared / (area(a) + area(b) - shared);
    }

    private static float area(Box box) {
        return (float) box.width() * box.height();
    }
}
