package dev.samovar.core.kernel.cpu;

import java.util.Arrays;

/// The strided copy. Axes that lie in both arrays as one long axis would are joined first, so that a plain copy is one row, however many axes it had.
final class ScalarCopy {
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
                for (int axis = last - 1; axis >= 0; axis--) {                     // as a kilometre counter counts
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
