package dev.samovar.models.edit;

import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.DistanceTransform;
import java.util.ArrayList;
import java.util.List;

/// Shape-based interpolation: the masks between two slices whose masks are known.
///
/// Each mask becomes the signed distance of every pixel from its edge, negative inside. Between the two slices distances are interpolated linearly,
/// and pixels below 0 belong to the mask. So one outline turns into the other, whatever their shapes.
///
/// Source: Raya, Udupa, *Shape-based interpolation of multidimensional objects*, IEEE Transactions on Medical Imaging 9 (1990).
final class Between {
    private Between() {}

    /// `count` masks, from the neighbour of the first slice to the neighbour of the last.
    ///
    /// @param dx the distance of two columns
    /// @param dy the distance of two rows
    static List<Mask> masks(Mask first, Mask last, int count, double dx, double dy) {
        double[] from = signed(first, dx, dy), to = signed(last, dx, dy);
        List<Mask> masks = new ArrayList<>();
        for (int n = 1; n <= count; n++) {
            double t = n / (count + 1.0);
            boolean[] pixels = new boolean[from.length];
            for (int i = 0; i < pixels.length; i++) pixels[i] = (1 - t) * from[i] + t * to[i] < 0;
            masks.add(new Mask(first.height(), first.width(), pixels));
        }
        return masks;
    }

    /// The distance to the nearest pixel of the other kind, minus half a pixel, so that the edge runs between the two.
    private static double[] signed(Mask mask, double dx, double dy) {
        int n = mask.pixels().length, area = mask.area();
        int[] within = new int[area], outside = new int[n - area];
        for (int i = 0, a = 0, b = 0; i < n; i++) {
            if (mask.pixels()[i]) within[a++] = i;
            else outside[b++] = i;
        }
        double half = Math.min(dx, dy) / 2, far = n * (dx + dy);
        double[] signed = new double[n];
        var transform = new DistanceTransform(mask.width(), mask.height(), 1, dx, dy, 1);
        double[] out = area == 0 ? new double[outside.length] : transform.distances(outside, within);
        double[] in = outside.length == 0 ? new double[within.length] : transform.distances(within, outside);
        for (int b = 0; b < outside.length; b++) signed[outside[b]] = area == 0 ? far : out[b] - half;
        for (int a = 0; a < within.length; a++) signed[within[a]] = outside.length == 0 ? -far : half - in[a];
        return signed;
    }
}
