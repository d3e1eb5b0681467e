package dev.samovar.models.sam;

import dev.samovar.models.mask.Mask;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A prompt: says which thing in a picture is meant.
///
///     Prompt.click(120, 80)
///     Prompt.box(30, 40, 200, 180).and(Prompt.points(new Prompt.Point(60, 60, Prompt.Point.BACKGROUND)))
///     Prompt.click(120, 80).and(candidate.lowRes())
///
/// Coordinates are pixels of the picture, `(x, y)` from its upper left corner; the centre of its first pixel is `(0, 0)`.
public sealed interface Prompt {

    /// One point on the thing.
    static Points click(double x, double y) {
        return points(new Point(x, y, Point.FOREGROUND));
    }

    /// Several points.
    static Points points(Point... points) {
        return new Points(List.of(points));
    }

    /// The box between two corners, the upper left one first.
    static Box box(double x0, double y0, double x1, double y1) {
        return new Box(x0, y0, x1, y1);
    }

    /// This prompt and another one for the same thing.
    ///
    /// @throws PromptException if both have points, or a box, or a mask
    default Combination and(Prompt other) {
        Combination a = Combination.of(this), b = Combination.of(other);
        if ((a.points != null && b.points != null) || (a.box != null && b.box != null) || (a.mask != null && b.mask != null))
            throw new PromptException("a prompt has one set of points, one box and one mask at most; prompt twice for two things");
        return new Combination(a.points != null ? a.points : b.points, a.box != null ? a.box : b.box, a.mask != null ? a.mask : b.mask);
    }

    /// A point, and whether it lies on the thing.
    ///
    /// @param x the column, in pixels
    /// @param y the row, in pixels
    /// @param label [#FOREGROUND] or [#BACKGROUND]
    record Point(double x, double y, int label) {
        /// The point is on the thing.
        public static final int FOREGROUND = 1;
        /// The point is not on the thing.
        public static final int BACKGROUND = 0;

        /// Checks the label.
        ///
        /// @throws PromptException if it is out of range
        public Point {
            if (label != FOREGROUND && label != BACKGROUND)
                throw new PromptException("the label of the point (" + x + ", " + y + ") is " + label
                        + "; 1 says that it is on the thing, 0 that it is not");
        }
    }

    /// Points on one thing, and not on it.
    ///
    /// @param points one or more
    record Points(List<Point> points) implements Prompt {
        /// Copies the list.
        public Points {
            points = List.copyOf(points);
            if (points.isEmpty()) throw new PromptException("a prompt of points has no point; give one or more");
        }
    }

    /// A box around the thing.
    ///
    /// @param x0 its left edge, in pixels
    /// @param y0 its upper edge, in pixels
    /// @param x1 its right edge, in pixels
    /// @param y1 its lower edge, in pixels
    record Box(double x0, double y0, double x1, double y1) implements Prompt {
        /// Checks the order of the corners.
        ///
        /// @throws PromptException if the last lies before the first
        public Box {
            if (!(x0 <= x1 && y0 <= y1))
                throw new PromptException("the box " + x0 + "," + y0 + "," + x1 + "," + y1
                        + " ends before it begins; give the upper left corner first, then the lower right one");
        }

        /// The tight box around a mask: its corners are the first and the last pixel.
        ///
        /// @throws IllegalArgumentException if the mask is empty
        public static Box around(Mask mask) {
            var box = mask.box();
            if (box == null) throw new IllegalArgumentException("a box around a mask without a pixel");
            return new Box(box.x0(), box.y0(), box.x1(), box.y1());
        }
    }

    /// A mask's logits from the decoder, a quarter of the network's picture high and wide, with which the next prediction is refined.
    final class LowRes implements Prompt {
        private final int side;
        private final float[] logits;

        /// From `side · side` numbers, row by row, which are not copied. The numbers outside the picture's part of the square do not matter.
        public LowRes(int side, float[] logits) {
            if (logits.length != side * side) throw new PromptException(logits.length + " logits for a mask of " + side + " × " + side);
            this.side = side;
            this.logits = logits;
        }

        /// Its height and width: 256 for the official models.
        public int side() {
            return side;
        }

        /// The logits themselves, not a copy.
        public float[] logits() {
            return logits;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof LowRes that && Arrays.equals(logits, that.logits);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(logits);
        }
    }

    /// Several of these together. If all of them are absent, it is a prompt, too: SAM then segments what stands out.
    ///
    /// @param points on the thing and not on it
    /// @param box around it
    /// @param mask a rough mask of it
    record Combination(@Nullable Points points, @Nullable Box box, @Nullable LowRes mask) implements Prompt {

        /// Any prompt as a combination; a simple one is its only part.
        public static Combination of(Prompt prompt) {
            return switch (prompt) {
                case Points points -> new Combination(points, null, null);
                case Box box -> new Combination(null, box, null);
                case LowRes mask -> new Combination(null, null, mask);
                case Combination combination -> combination;
            };
        }
    }
}
