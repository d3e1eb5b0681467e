package dev.samovar.core.kernel.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Matrix products of any size on [VectorGemm]: B is packed into panels first, then blocks of C are computed side by side.
final class VectorMatmul {
    /// A task computes this many rows and columns of C.
    private static final int ROWS = VectorGemm.TALL;
    private static final int COLUMNS = 4096;
    /// … or fewer columns, but at least this many, if there would be fewer tasks than [#TASKS] otherwise.
    private static final int FEWEST_COLUMNS = 64;
    private static final int TASKS = 32;
    /// A product whose sums are longer than the first of these, and whose C is smaller than the second, is cut along the sums, as for the gradient of
    /// a weight.
    private static final int LONG = 4096;
    private static final int SMALL = 1 << 17;
    /// Terms that are packed at a time: both operands and C stay in the second cache.
    private static final int DEPTH = 192;

    private final Parallel parallel;
    private final CpuMemory pool;

    VectorMatmul(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    void matmul(int batch, int m, int n, int k, float[] a, boolean transposeA, float[] b, boolean transposeB, float[] c) {
        if (k >= LONG && (long) m * n <= SMALL) {
            deep(batch, m, n, k, a, transposeA, b, transposeB, c);
            return;
        }
        float[] panels = pool.take(Math.multiplyExact(batch, VectorGemm.padded(n) * k));
        try {
            packAll(batch, n, k, b, transposeB, panels);
            multiply(batch, m, n, k, a, transposeA, panels, null, c);
        } finally {
            pool.give(panels);
        }
    }

    /// Each task sums some of the terms for all of C; the tasks' sums are added in order.
    private void deep(int batch, int m, int n, int k, float[] a, boolean transposeA, float[] b, boolean transposeB, float[] c) {
        final int length = Math.ceilDiv(Math.ceilDiv(k, TASKS), DEPTH) * DEPTH, parts = Math.ceilDiv(k, length), size = m * n;
        float[] sums = pool.take(Math.multiplyExact(batch * parts, size));
        try {
            parallel.run(batch * parts, (long) batch * m * n * k, task -> {
                int i = task / parts, from = task % parts * length, end = Math.min(k, from + length), to = task * size;
                float[] strips = Scratch.floats(Scratch.TILE, m * DEPTH), panels = Scratch.floats(Scratch.PANELS, VectorGemm.padded(n)
                        * DEPTH);
                Arrays.fill(sums, to, to + size, 0);
                for (int p = from; p < end; p += DEPTH) {
                    int depth = Math.min(DEPTH, end - p);
                    if (transposeA) VectorGemm.packStrips(m, depth, a, i * m * k + p * m, 1, m, strips, 0);
                    else VectorGemm.packStrips(m, depth, a, i * m * k + p, k, 1, strips, 0);
                    if (transposeB) VectorGemm.packTransposed(depth, n, b, i * n * k + p, k, panels, 0);
                    else VectorGemm.pack(depth, n, b, i * n * k + p * n, n, panels, 0);
                    VectorGemm.multiplyStrips(m, n, depth, strips, 0, panels, 0, depth * VectorGemm.NR, sums, to, n);
                }
            });
            for (int i = 0; i < batch; i++) {
                final int first = i * parts * size, result = i * size;
                Split.run(parallel, size, parts, (from, to) -> {
                    System.arraycopy(sums, first + from, c, result + from, to - from);
                    for (int part = 1; part < parts; part++) {
                        for (int j = from; j < to; j++) c[result + j] += sums[first + part * size + j];
                    }
                });
            }
        } finally {
            pool.give(sums);
        }
    }

    /// `y = x · wᵀ + bias`. A constant weight is packed only once.
    void linear(int m, int n, int k, float[] x, CpuBuffer w, float @Nullable [] bias, float[] y) {
        if (w.isConstant()) {
            multiply(1, m, n, k, x, false, w.panels(n, k, this), bias, y);
            return;
        }
        float[] panels = pool.take(VectorGemm.padded(n) * k);
        try {
            packAll(1, n, k, w.rows(), true, panels);
            multiply(1, m, n, k, x, false, panels, bias, y);
        } finally {
            pool.give(panels);
        }
    }

    /// The panels of a weight `(n, k)` in an array of their own.
    float[] packWeight(int n, int k, float[] w) {
        float[] panels = new float[VectorGemm.padded(n) * k];
        packAll(1, n, k, w, true, panels);
        return panels;
    }

    private void packAll(int batch, int n, int k, float[] b, boolean transposed, float[] panels) {
        final int strip = 4 * VectorGemm.NR, strips = (n + strip - 1) / strip;
        final int packed = VectorGemm.padded(n) * k;
        parallel.run(batch * strips, 4L * batch * n * k, task -> {
            int i = task / strips, j = task % strips * strip, width = Math.min(strip, n - j), to = i * packed + j * k;
            if (transposed) {
                VectorGemm.packTransposed(k, width, b, i * n * k + j * k, k, panels, to);
            } else {
                VectorGemm.pack(k, width, b, i * n * k + j, n, panels, to);
            }
        });
    }

    private void multiply(int batch, int m, int n, int k, float[] a, boolean transposeA, float[] panels, float @Nullable [] bias,
            float[] c) {
        final int tall = (m + ROWS - 1) / ROWS, wide = columns(batch * tall, n), across = (n + wide - 1) / wide, down = transposeA ? 1 : k,
                along = transposeA ? m : 1;
        final int packed = VectorGemm.padded(n) * k;
        parallel.run(batch * tall * across, (long) batch * m * n * k, task -> {
            int i = task / (tall * across), r = task / across % tall * ROWS, j = task % across * wide;
            int rows = Math.min(ROWS, m - r), columns = Math.min(wide, n - j), c0 = i * m * n + r * n + j;
            for (int q = 0; q < rows; q++) {
                if (bias == null) Arrays.fill(c, c0 + q * n, c0 + q * n + columns, 0);
                else System.arraycopy(bias, j, c, c0 + q * n, columns);
            }
            VectorGemm.multiply(rows, columns, k, a, i * m * k + r * down, down, along, panels, i * packed + j * k, k * VectorGemm.NR, c,
                    c0, n);
        });
    }

    private static int columns(int blocks, int n) {
        int columns = COLUMNS;
        while (columns > FEWEST_COLUMNS && blocks * ((n + columns - 1) / columns) < TASKS) columns /= 2;
        return columns;
    }
}
