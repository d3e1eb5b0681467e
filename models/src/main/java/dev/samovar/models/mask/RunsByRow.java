package dev.samovar.models.mask;

import java.util.Arrays;

/// Collects a mask's runs from its rows, from the top, although runs go down the columns. It compares two rows at a time, which is much faster than
/// walking down the columns, and then sorts the changes by column.
public final class RunsByRow {
    private final int height, width;
    private final boolean[] top, before;
    private final int[] inColumn;
    private int[] changes = new int[64];                                           // places, counted column by column, of pixels that differ from the one above
    private int n, rows;

    /// For a mask of this size.
    public RunsByRow(int height, int width) {
        this.height = height;
        this.width = width;
        top = new boolean[width];
        before = new boolean[width];
        inColumn = new int[width + 1];
    }

    /// Takes the next row, which begins here.
    public void row(boolean[] pixels, int from) {
        if (rows == 0) {
            System.arraycopy(pixels, from, top, 0, width);
        } else {
            for (int column = change(pixels, from, 0); column < width; column = change(pixels, from, column + 1)) {
                if (n == changes.length) changes = Arrays.copyOf(changes, 2 * n);
                changes[n++] = column * height + rows;
                inColumn[column + 1]++;
            }
        }
        System.arraycopy(pixels, from, before, 0, width);
        rows++;
    }

    /// The next column, from one on, in which a row differs from the row above; the width if there is none.
    private int change(boolean[] pixels, int from, int column) {
        int next = Arrays.mismatch(pixels, from + column, from + width, before, column, width);
        return next < 0 ? width : column + next;
    }

    /// The runs, after the last row.
    public Rle rle() {
        if (rows != height) throw new IllegalStateException(rows + " rows of a mask of " + height);
        int[] sorted = sorted(), counts = new int[n + width + 1];
        int m = 0, from = 0, i = 0;
        boolean last = false;
        for (int column = 0; column < width; column++) {
            if (top[column] != last) {                                            // the column's first pixel, after the last of the one before
                counts[m++] = column * height - from;
                from = column * height;
            }
            for (; i < n && sorted[i] < (column + 1) * height; i++) {
                counts[m++] = sorted[i] - from;
                from = sorted[i];
            }
            last = before[column];
        }
        counts[m++] = height * width - from;
        return new Rle(height, width, Arrays.copyOf(counts, m));
    }

    private int[] sorted() {
        int[] first = inColumn.clone(), sorted = new int[n];
        for (int column = 0; column < width; column++) first[column + 1] += first[column];
        for (int i = 0; i < n; i++) sorted[first[changes[i] / height]++] = changes[i];
        return sorted;
    }
}
