package dev.samovar.models.sam;

import dev.samovar.models.mask.Rle;
import dev.samovar.models.mask.RunsByRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A mask's runs, and how little it changes with the threshold: the stability score is the number of logits above a stricter threshold, divided by
/// the number above a laxer one; NaN if there are none.
///
/// Both are computed row by row while the decoder's logits are enlarged to the picture's size, so the logits of the whole picture are never in memory
/// at once. If all logits from which a pixel would be interpolated lie beyond the thresholds, so does the pixel, and it is not interpolated: most of
/// the work is at the outline. Interpolated pixels have the bits of [Zoom#apply] on vector kernels, if pictures grow.
///
/// Source: `calculate_stability_score` and `mask_to_rle_pytorch` in segment_anything/utils/amg.py @ dca509f.
public record StableMask(Rle mask, float stability) {
    private static final float THRESHOLD = 0;
    /// If numbers are above the offset times this, their weighted mean is above the offset, however it is rounded.
    private static final float ROUNDING = 1.0001f;

    /// From logits at the picture's size, row by row.
    static StableMask of(int height, int width, float[] logits, double offset) {
        Scan scan = new Scan(height, width, offset);
        float[] row = new float[width];
        for (int y = 0; y < height; y++) {
            System.arraycopy(logits, y * width, row, 0, width);
            scan.row(row, 0, width);
        }
        return scan.mask();
    }

    /// From the decoder's logits.
    static StableMask of(Zoom zoom, float[] lowRes, double offset) {
        return new Growing(zoom, lowRes, offset).mask();
    }

    /// Counts the rows of a mask, one after another.
    private static final class Scan {
        private final int width;
        private final float strict, lax;
        private final RunsByRow runs;
        private final boolean[] sure, row;                                         // the pixels known without their logits, and this row
        private int inside, outside;

        Scan(int height, int width, double offset) {
            this.width = width;
            strict = (float) (THRESHOLD + offset);
            lax = (float) (THRESHOLD - offset);
            runs = new RunsByRow(height, width);
            sure = new boolean[width];
            row = new boolean[width];
        }

        /// Adds the next row. Its logits `from … to−1` are given; the rest is sure, and `outer` pixels of it are inside.
        void row(float[] logits, int from, int to, int outer) {
            inside += outer;
            outside += outer;
            System.arraycopy(sure, 0, row, 0, width);
            row(logits, from, to);
        }

        void row(float[] logits, int from, int to) {
            int above = 0, around = 0;
            for (int x = from; x < to; x++) {
                float logit = logits[x];
                row[x] = logit > THRESHOLD;
                above += logit > strict ? 1 : 0;
                around += logit > lax ? 1 : 0;
            }
            inside += above;
            outside += around;
            runs.row(row, 0);
        }

        StableMask mask() {
            return new StableMask(runs.rle(), (float) inside / outside);
        }
    }

    /// Columns `from … to−1` of the picture, all interpolated from the decoder's columns `first … last`.
    private record Columns(int from, int to, int first, int last) {
        static List<Columns> of(Zoom.Sources small, Zoom.Sources large, int width) {
            List<Columns> all = new ArrayList<>();
            for (int x = 0, from = 0; x < width; x++) {
                int first = small.low()[large.low()[x]], last = small.high()[large.high()[x]];
                if (x + 1 == width || small.low()[large.low()[x + 1]] != first || small.high()[large.high()[x + 1]] != last) {
                    all.add(new Columns(from, x + 1, first, last));
                    from = x + 1;
                }
            }
            return all;
        }
    }

    /// Enlarges the decoder's logits to the picture's size. Rows that are interpolated from the same rows of the decoder are a block: the sure pixels
    /// are the same in all of them.
    private static final class Growing {
        private static final int NONE = -1;

        private final Zoom zoom;
        private final float[] lowRes;
        private final float bound;
        private final Zoom.Sources small, across, down;                            // side → square; square's columns → width, rows → height
        private final List<Columns> columns;
        private final Scan scan;
        private final float[] least, most, mixed, wide;
        private final float[][] rows;                                              // rows of the block, as wide as the square
        private float[] upper, lower;                                              // two neighbouring rows of the square, as wide as the picture
        private int upperAt, lowerAt;
        private int top = NONE, bottom = NONE, from, to, outer;                    // of the block

        Growing(Zoom zoom, float[] lowRes, double offset) {
            this.zoom = zoom;
            this.lowRes = lowRes;
            bound = (float) (offset * ROUNDING) + Float.MIN_NORMAL;
            small = Zoom.Sources.of(zoom.side(), zoom.square());
            across = Zoom.Sources.of(zoom.inputWidth(), zoom.width());
            down = Zoom.Sources.of(zoom.inputHeight(), zoom.height());
            columns = Columns.of(small, across, zoom.width());
            scan = new Scan(zoom.height(), zoom.width(), offset);
            least = new float[zoom.side()];
            most = new float[zoom.side()];
            mixed = new float[zoom.square()];
            wide = new float[zoom.width()];
            rows = new float[4][zoom.square()];
            upper = new float[zoom.width()];
            lower = new float[zoom.width()];
        }

        StableMask mask() {
            for (int y = 0; y < zoom.height(); y++) {
                int high = down.low()[y], low = down.high()[y];
                block(small.low()[high], small.high()[low]);
                if (from < to) mix(y, high, low);
                scan.row(wide, from, to, outer);
            }
            return scan.mask();
        }

        /// Begins the block of rows that are interpolated from the decoder's rows `first` to `last`.
        private void block(int first, int last) {
            if (top == first && bottom == last) return;
            top = first;
            bottom = last;
            upperAt = lowerAt = NONE;
            System.arraycopy(lowRes, first * zoom.side(), least, 0, zoom.side());
            System.arraycopy(lowRes, first * zoom.side(), most, 0, zoom.side());
            for (int row = first + 1; row <= last; row++)
                for (int j = 0, at = row * zoom.side(); j < zoom.side(); j++) {
                    least[j] = Math.min(least[j], lowRes[at + j]);
                    most[j] = Math.max(most[j], lowRes[at + j]);
                }
            from = zoom.width();
            to = 0;
            for (Columns c : columns) {
                float min = least[c.first], max = most[c.first];
                for (int j = c.first + 1; j <= c.last; j++) {
                    min = Math.min(min, least[j]);
                    max = Math.max(max, most[j]);
                }
                boolean finite = min > Float.NEGATIVE_INFINITY && max < Float.POSITIVE_INFINITY, inside = finite && min > bound;
                if (!inside && !(finite && max < -bound)) {
                    from = Math.min(from, c.from);
                    to = c.to;
                }
                Arrays.fill(scan.sure, c.from, c.to, inside);
            }
            outer = 0;
            for (int x = 0; x < zoom.width(); x++) outer += scan.sure[x] && (x < from || x >= to) ? 1 : 0;
            if (from >= to) return;
            for (int row = first; row <= last; row++) {
                System.arraycopy(lowRes, row * zoom.side(), least, 0, zoom.side());
                small.mix(least, across.low()[from], across.high()[to - 1] + 1, rows[row - first]);
            }
        }

        /// Interpolates the logits of row `y` that are not sure, from two rows of the square.
        private void mix(int y, int high, int low) {
            if (upperAt != high) {
                if (lowerAt == high) {                                             // one row farther down, the lower row becomes the upper one
                    float[] other = upper;
                    upper = lower;
                    lower = other;
                    lowerAt = NONE;
                } else {
                    ofSquare(high, upper);
                }
                upperAt = high;
            }
            if (lowerAt != low) ofSquare(low, lower);
            lowerAt = low;
            mix(down.share()[y], upper, lower, from, to, wide);
        }

        /// A row of the square, as wide as the picture.
        private void ofSquare(int row, float[] into) {
            mix(small.share()[row], rows[small.low()[row] - top], rows[small.high()[row] - top], across.low()[from], across.high()[to - 1]
                    + 1, mixed);
            across.mix(mixed, from, to, into);
        }

        private static void mix(float share, float[] a, float[] b, int from, int to, float[] into) {
            for (int i = from; i < to; i++) into[i] = (1 - share) * a[i] + share * b[i];
        }
    }
}
