package dev.samovar.core.kernel.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Matrix products without vectors: rows of `b`, each multiplied by one number, are added to a row of `c`.
///
/// A block of `b` of [#PANEL_ROWS] × [#PANEL_COLUMNS] values (128 KiB, half of a small second-level cache) is first copied into a panel of plain
/// rows. That undoes a transpose, keeps the panel in the cache while all rows of `a` use it, and gives the compiler loops over whole arrays from
/// index 0, which it turns into vector instructions. Each panel's sums begin at zero and are added to `c` when they are complete, which loses less
/// precision than one long sum.
final class ScalarMatmul {
    static final int PANEL_ROWS = 128;
    static final int PANEL_COLUMNS = 256;
    /// Rows of `c` for which a panel is made; with so many, copying is a small part of the work.
    static final int BLOCK_ROWS = 64;

    /// A matrix somewhere in an array: element `(i, j)` lies at `at + i·row + j·column`.
    @SuppressWarnings("ArrayRecordComponent")                                      // views are not compared
    record View(float[] data, int at, int row, int column) {
        float get(int i, int j) {
            return data[at + i * row + j * column];
        }

        View from(int i, int j) {
            return new View(data, at + i * row + j * column, row, column);
        }

        View transposed() {
            return new View(data, at, column, row);
        }
    }

    private ScalarMatmul() {}

    static void matmul(Parallel parallel, int batch, int m, int n, int k, float[] a, boolean transposeA, float[] b, boolean transposeB,
            float[] c) {
        int down = Math.ceilDiv(m, BLOCK_ROWS), across = Math.ceilDiv(n, PANEL_COLUMNS);
        long cost = (long) Math.min(m, BLOCK_ROWS) * Math.min(n, PANEL_COLUMNS) * k;
        Split.run(parallel, batch * down * across, cost, (from, to) -> {
            for (int block = from; block < to; block++) {
                int s = block / (down * across), i = block / across % down * BLOCK_ROWS, j = block % across * PANEL_COLUMNS;
                View left = transposeA ? new View(a, s * k * m, 1, m) : new View(a, s * m * k, k, 1);
                View right = transposeB ? new View(b, s * n * k, 1, k) : new View(b, s * k * n, n, 1);
                View product = new View(c, s * m * n, n, 1).from(i, j);
                int rows = Math.min(BLOCK_ROWS, m - i), columns = Math.min(PANEL_COLUMNS, n - j);
                for (int row = 0; row < rows; row++) Arrays.fill(c, product.at + row * n, product.at + row * n + columns, 0);
                addProduct(rows, columns, k, left.from(i, 0), right.from(0, j), product);
            }
        });
    }

    static void linear(Parallel parallel, int m, int n, int k, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        int down = Math.ceilDiv(m, BLOCK_ROWS), across = Math.ceilDiv(n, PANEL_COLUMNS);
        long cost = (long) Math.min(m, BLOCK_ROWS) * Math.min(n, PANEL_COLUMNS) * k;
        Split.run(parallel, down * across, cost, (from, to) -> {
            for (int block = from; block < to; block++) {
                int i = block / across * BLOCK_ROWS, j = block % across * PANEL_COLUMNS;
                int rows = Math.min(BLOCK_ROWS, m - i), columns = Math.min(PANEL_COLUMNS, n - j);
                for (int row = i; row < i + rows; row++) {
                    if (bias == null) Arrays.fill(y, row * n + j, row * n + j + columns, 0);
                    else System.arraycopy(bias, j, y, row * n + j, columns);
                }
                addProduct(rows, columns, k, new View(x, i * k, k, 1), new View(w, j * k, 1, k), new View(y, i * n + j, n, 1));
            }
        });
    }

    /// `c (m, n) += a (m, k) · b (k, n)`, on this thread. Rows of `c` are contiguous.
    static void addProduct(int m, int n, int k, View a, View b, View c) {
        float[][] panel = new float[Math.min(k, PANEL_ROWS)][Math.min(n, PANEL_COLUMNS)];
        float[] sums = new float[Math.min(n, PANEL_COLUMNS)];
        for (int j = 0; j < n; j += PANEL_COLUMNS) {
            int columns = Math.min(PANEL_COLUMNS, n - j);
            for (int l = 0; l < k; l += PANEL_ROWS) {
                int rows = Math.min(PANEL_ROWS, k - l);
                pack(rows, columns, b.from(l, j), panel);
                for (int i = 0; i < m; i++) {
                    multiply(rows, columns, a.from(i, l), panel, sums);
                    float[] y = c.data;
                    int at = c.at + i * c.row + j;
                    for (int column = 0; column < columns; column++) y[at + column] += sums[column];
                }
            }
        }
    }

    /// Copies a block of `b` into the rows of a panel, reading along memory.
    private static void pack(int rows, int columns, View b, float[][] panel) {
        if (b.row == 1 && b.column != 1) {
            for (int j = 0; j < columns; j++) {
                for (int l = 0; l < rows; l++) panel[l][j] = b.data[b.at + j * b.column + l];
            }
        } else if (b.column == 1) {
            for (int l = 0; l < rows; l++) System.arraycopy(b.data, b.at + l * b.row, panel[l], 0, columns);
        } else {
            for (int l = 0; l < rows; l++) {
                for (int j = 0; j < columns; j++) panel[l][j] = b.get(l, j);
            }
        }
    }

    /// `sums = a (1, rows) · panel (rows, columns)`
    private static void multiply(int rows, int columns, View a, float[][] panel, float[] sums) {
        Arrays.fill(sums, 0, columns, 0);
        int l = 0;
        for (; l + 4 <= rows; l += 4) {
            addRows(columns, a.get(0, l), panel[l], a.get(0, l + 1), panel[l + 1], a.get(0, l + 2), panel[l + 2], a.get(0, l + 3), panel[l
                    + 3], sums);
        }
        for (; l < rows; l++) addRow(columns, a.get(0, l), panel[l], sums);
    }

    /// `y += a · x`
    private static void addRow(int n, float a, float[] x, float[] y) {
        for (int j = 0; j < n; j++) y[j] = Math.fma(a, x[j], y[j]);
    }

    /// `y += a₀·x₀ + a₁·x₁ + a₂·x₂ + a₃·x₃`, in this order: four rows for one read and write of `y`.
    private static void addRows(int n, float a0, float[] x0, float a1, float[] x1, float a2, float[] x2, float a3, float[] x3, float[] y) {
        for (int j = 0; j < n; j++) {
            float sum = Math.fma(a1, x1[j], Math.fma(a0, x0[j], y[j]));
            y[j] = Math.fma(a3, x3[j], Math.fma(a2, x2[j], sum));
        }
    }
}
