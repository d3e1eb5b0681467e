package dev.samovar.models.metrics;

import dev.samovar.models.mask.Mask;
import java.io.Serializable;
import java.util.Arrays;

/// The results of a class in a case that only a [FurtherMetric] needs.
///
/// @param boundaryIou see [FurtherMetric#BOUNDARY_IOU]
/// @param pieces the scores of its pieces
public record FurtherScores(double boundaryIou, InstanceScores pieces) implements Serializable {
    /// The results of a class that was not scored, or that neither prediction nor truth contains.
    public static final FurtherScores NONE = new FurtherScores(Double.NaN, InstanceScores.NONE);

    /// The results of a class within a box.
    static FurtherScores of(LabelPair pair, int label, LabelPair.Box box) {
        return new FurtherScores(boundaryIou(pair, label),
                InstanceScores.of(pieces(pair, pair.prediction(), label, box), pieces(pair, pair.truth(), label, box)));
    }

    private static double boundaryIou(LabelPair pair, int label) {
        var all = BoundaryIou.Overlap.NONE;
        for (int s = 0; s < pair.dim(pair.sliceAxis()); s++) {
            Mask prediction = pair.slice(pair.prediction(), s, label), truth = pair.slice(pair.truth(), s, label);
            all = all.and(BoundaryIou.overlap(prediction, truth, BoundaryIou.width(truth.height(), truth.width())));
        }
        return all.iou();
    }

    /// The number of the piece of each voxel of a box, x fastest, counted from 1; 0 outside the class. Voxels that touch, even at a corner, belong to
    /// one piece.
    private static int[] pieces(LabelPair pair, byte[] classes, int label, LabelPair.Box box) {
        int w = box.x1 - box.x0 + 1, h = box.y1 - box.y0 + 1, d = box.z1 - box.z0 + 1, count = 0;
        int[] numbers = new int[w * h * d], stack = new int[64];
        for (int i = 0; i < numbers.length; i++) {
            int at = ((box.z0 + i / (w * h)) * pair.dim(1) + box.y0 + i / w % h) * pair.dim(0) + box.x0 + i % w;
            numbers[i] = classes[at] == (byte) label ? -1 : 0;
        }
        for (int start = 0; start < numbers.length; start++) {
            if (numbers[start] >= 0) continue;
            int n = 0;
            numbers[start] = ++count;
            stack[n++] = start;
            while (n > 0) {
                int i = stack[--n], x = i % w, y = i / w % h, z = i / (w * h);
                if (n + 26 > stack.length) stack = Arrays.copyOf(stack, 2 * stack.length);
                for (int c = Math.max(0, z - 1); c <= Math.min(d - 1, z + 1); c++)
                    for (int b = Math.max(0, y - 1); b <= Math.min(h - 1, y + 1); b++)
                        for (int a = Math.max(0, x - 1); a <= Math.min(w - 1, x + 1); a++) {
                            int next = (c * h + b) * w + a;
                            if (numbers[next] >= 0) continue;
                            numbers[next] = count;
                            stack[n++] = next;
                        }
            }
        }
        return numbers;
    }
}
