package dev.samovar.models.sam;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The grid of clicks with which everything in a picture is found: points from (0, 0), the upper left corner, to (1, 1).
///
/// Source: segment_anything/utils/amg.py @ dca509f (`build_point_grid`, `build_all_layer_point_grids`).
///
/// @param points one or more, each with the label of a foreground point
public record PointGrid(List<Prompt.Point> points) {

    /// Copies the list.
    ///
    /// @throws PromptException if there is no point, or one outside the unit square
    public PointGrid {
        points = List.copyOf(points);
        if (points.isEmpty()) throw new PromptException("a grid of points has no point; give one or more");
        for (Prompt.Point p : points)
            if (!(p.x() >= 0 && p.x() <= 1 && p.y() >= 0 && p.y() <= 1 && p.label() == Prompt.Point.FOREGROUND))
                throw new PromptException("the point (" + p.x() + ", " + p.y() + ") with the label " + p.label()
                        + " is none of a grid; they lie between (0, 0) and (1, 1) and have the label 1");
    }

    /// The centres of `n · n` tiles, row by row.
    public static PointGrid of(int n) {
        double first = 1 / (2.0 * n), step = n == 1 ? 0 : (1 - first - first) / (n - 1);
        double[] at = IntStream.range(0, n).mapToDouble(i -> i == n - 1 ? 1 - first : i * step + first).toArray();
        List<Prompt.Point> points = new ArrayList<>();
        for (double y : at) for (double x : at) points.add(new Prompt.Point(x, y, Prompt.Point.FOREGROUND));
        return new PointGrid(points);
    }

    /// A grid for the picture and one for each layer of crops, whose sides have `downscale` times fewer points than those of the layer before.
    ///
    /// @throws PromptException if no point is left for the last layer
    public static List<PointGrid> layers(int n, int layers, int downscale) {
        List<PointGrid> grids = new ArrayList<>();
        for (int layer = 0, side = n; layer <= layers; layer++, side /= downscale) grids.add(of(side));
        return grids;
    }

    /// These points in a picture of this size.
    List<Prompt.Point> over(int width, int height) {
        return points.stream().map(p -> new Prompt.Point(p.x() * width, p.y() * height, p.label())).toList();
    }
}
