package dev.samovar.core.kernel.cpu;

import java.util.Arrays;

/// The strided copy. Neighbouring axes that are contiguous in both arrays are joined first, so that a plain copy is one row, however many axes it
/// had.
///
/// If neighbours in `x` end up far apart and neighbours in `y` come from far apart, as in a transpose, squares of [#SQUARE] × [#SQUARE] are copied
/// one after another: they stay in the nearest cache until both their rows and their columns are done.
final class ScalarCopy {
    private static final int SQUARE = 32;

    private ScalarCopy() {}

    static void copy(Parallel parallel, int[] givenDims, float[] x, int xOffset, int[] givenXStrides, float[] y, int yOffset,
            int[] givenYStrides) {
        int[] dims = givenDims.clone(), xStrides = givenXStrides.clone(), yStrides = givenYStrides.clone();
        int axes = join(dims, xStrides, yStrides);
        if (axes < 0) return;                                                      // some axis is empty
        if (axes == 0) {
            y[yOffset] = x[xOffset];
            return;
        }
        int last = axes - 1, rows = 1;
        for (int axis = 0; axis < last; axis++) rows *= dims[axis];
        int across = transposed(last, dims, xStrides, yStrides);
        if (across >= 0) {
            squares(parallel, last, across, dims, x, xOffset, xStrides, y, yOffset, yStrides);
            return;
        }
        Split.run(parallel, rows, dims[last], (from, to) -> {
            int[] index = new int[last];
            int xAt = xOffset, yAt = yOffset;
            for (int axis = last - 1, rest = from; axis >= 0; rest /= dims[axis--]) {
                index[axis] = rest % dims[axis];
                xAt += index[axis] * xStrides[axis];
                yAt += index[axis] * yStrides[axis];
            }
            for (int row = from; row < to; row++) {
                copyRow(dims[last], x, xAt, xStrides[last], y, yAt, yStrides[last]);
                for (int axis = last - 1; axis >= 0; axis--) {                     // counts like an odometer
                    xAt += xStrides[axis];
                    yAt += yStrides[axis];
                    if (++index[axis] < dims[axis]) break;
                    xAt -= dims[axis] * xStrides[axis];
                    yAt -= dims[axis] * yStrides[axis];
                    index[axis] = 0;
                }
            }
        });
    }

    /// The axis along which neighbours are contiguous in `x`, if this is a transpose, that is, if those in `y` are contiguous along another axis, the
    /// last; otherwise −1.
    private static int transposed(int last, int[] dims, int[] xStrides, int[] yStrides) {
        if (yStrides[last] != 1 || Math.abs(xStrides[last]) < SQUARE || dims[last] < SQUARE / 4) return -1;
        for (int axis = 0; axis < last; axis++) if (xStrides[axis] == 1 && dims[axis] >= SQUARE / 4) return axis;
        return -1;
    }

    private static void squares(Parallel parallel, int last, int across, int[] dims, float[] x, int xOffset, int[] xStrides, float[] y,
            int yOffset, int[] yStrides) {
        int strips = Math.ceilDiv(dims[across], SQUARE), pictures = 1;
        for (int axis = 0; axis < last; axis++) if (axis != across) pictures *= dims[axis];
        Split.run(parallel, pictures * strips, (long) SQUARE * dims[last], (from, to) -> {
            for (int piece = from; piece < to; piece++) {
                int first = piece % strips * SQUARE, n = Math.min(SQUARE, dims[across] - first);
                int xAt = xOffset + first, yAt = yOffset + first * yStrides[across];
                for (int axis = last - 1, rest = piece / strips; axis >= 0; axis--) {
                    if (axis == across) continue;
                    xAt += rest % dims[axis] * xStrides[axis];
                    yAt += rest % dims[axis] * yStrides[axis];
                    rest /= dims[axis];
                }
                transpose(dims[last], n, x, xAt, xStrides[last], y, yAt, yStrides[across]);
            }
        });
    }

    /// `y (n × m) = xᵀ` for `x (m × n)`. The rows of `x` lie `ldx` apart, those of `y` `ldy`.
    static void transpose(int m, int n, float[] x, int x0, int ldx, float[] y, int y0, int ldy) {
        for (int ib = 0; ib < m; ib += SQUARE) {
            for (int jb = 0; jb < n; jb += SQUARE) {
                int iEnd = Math.min(m, ib + SQUARE), jEnd = Math.min(n, jb + SQUARE);
                for (int j = jb; j < jEnd; j++) for (int i = ib; i < iEnd; i++) y[y0 + j * ldy + i] = x[x0 + i * ldx + j];
            }
        }
    }

    /// Joins axes in place and returns how many longer than 1 are left, or −1 if one is empty.
    private static int join(int[] dims, int[] xStrides, int[] yStrides) {
        int last = -1;
        for (int axis = 0; axis < dims.length; axis++) {
            int d = dims[axis], xs = xStrides[axis], ys = yStrides[axis];
            if (d == 0) return -1;
            if (d == 1) continue;
            boolean joins = last >= 0 && xStrides[last] == d * xs && yStrides[last] == d * ys;
            if (!joins) last++;
            dims[last] = joins ? dims[last] * d : d;
            xStrides[last] = xs;
            yStrides[last] = ys;
        }
        return last + 1;
    }

    private static void copyRow(int n, float[] x, int xAt, int xStride, float[] y, int yAt, int yStride) {
        if (yStride == 1 && xStride == 1) {
            System.arraycopy(x, xAt, y, yAt, n);
        } else if (yStride == 1 && xStride == 0) {
            Arrays.fill(y, yAt, yAt + n, x[xAt]);
        } else {
            for (int i = 0; i < n; i++) y[yAt + i * yStride] = x[xAt + i * xStride];
        }
    }
}
