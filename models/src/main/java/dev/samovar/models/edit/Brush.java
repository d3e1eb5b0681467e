package dev.samovar.models.edit;

import dev.samovar.models.mask.Mask;
import java.util.List;

/// The pixels that a round brush covers along a path in a slice.
public final class Brush {
    private Brush() {}

    /// A place in a slice, in pixels; the centre of the first pixel is `(0, 0)`.
    ///
    /// @param x the column
    /// @param y the row
    public record Place(double x, double y) {}

    /// The pixels whose centres are at most `radius` from the line through these places, without those outside the slice. The pixel under a place is
    /// always included.
    ///
    /// @param radius in pixels, 0 or more
    public static Mask stroke(int height, int width, List<Place> path, double radius) {
        boolean[] pixels = new boolean[height * width];
        for (int n = 0; n < path.size(); n++) line(pixels, height, width, path.get(Math.max(0, n - 1)), path.get(n), radius);
        return new Mask(height, width, pixels);
    }

    private static void line(boolean[] pixels, int height, int width, Place a, Place b, double radius) {
        int left = clamp(Math.min(a.x, b.x) - radius, width), right = clamp(Math.max(a.x, b.x) + radius, width);
        int top = clamp(Math.min(a.y, b.y) - radius, height), bottom = clamp(Math.max(a.y, b.y) + radius, height);
        double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
        for (int row = top; row <= bottom; row++) for (int column = left; column <= right; column++) {
            double t = square == 0 ? 0 : Math.clamp(((column - a.x) * dx + (row - a.y) * dy) / square, 0, 1);
            double across = column - a.x - t * dx, down = row - a.y - t * dy;
            if (across * across + down * down <= radius * radius) pixels[row * width + column] = true;
        }
        int row = (int) Math.rint(b.y), column = (int) Math.rint(b.x);
        if (row >= 0 && row < height && column >= 0 && column < width) pixels[row * width + column] = true;
    }

    private static int clamp(double x, int n) {
        return (int) Math.clamp(Math.rint(x), 0, n - 1);
    }
}
