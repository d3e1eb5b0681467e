package dev.samovar.core.kernel.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The one loop under every matrix product, convolution and attention: `C += A · B` on a block that fits the caches.
///
/// A and C are row-major. B is packed into *panels*: [#NR] columns side by side, `[panel][k][NR]`, the last panel filled up with zeros, so that the
/// innermost loop reads it straight through. A tile of [#MR] rows × 2 vectors of C stays in registers while `k` runs: 12 accumulators, two vectors
/// of B and one broadcast element of A fill the 16 registers of AVX2, and need no more on wider machines.
/// A block of [#KC] · NR values of B (16 KiB at 256 bits) stays in the first-level cache while the rows of A pass by; [#MC] rows · KC values of A stay in the second.
///
/// An element of C is the sum of one chain of fused multiply-adds per KC of `k`, in their order, whatever the tile it falls into: results do not depend on
/// threads, and short chains round less than a long one.
final class VectorGemm {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int V = SPECIES.length();
    /// Columns of a panel.
    static final int NR = 2 * V;
    /// Rows of a tile.
    static final int MR = 6;
    /// Depth of a block.
    static final int KC = 256;
    /// Rows of a block of A.
    static final int MC = 96;

    private VectorGemm() {}

    /// Panels that hold `n` columns.
    static int panels(int n) {
        return (n + NR - 1) / NR;
    }

    /// `C (m × n) += A (m × k) · B (k × n)`. `b0` is where the first panel starts, `panelStride` how far panels lie apart.
    static void multiply(int m, int n, int k, float[] a, int a0, int lda, float[] b, int b0, int panelStride, float[] c, int c0, int ldc) {
        for (int kb = 0; kb < k; kb += KC) {
            int kc = Math.min(KC, k - kb);
            for (int ib = 0; ib < m; ib += MC) {
                int mc = Math.min(MC, m - ib);
                block(mc, n, kc, a, a0 + ib * lda + kb, lda, b, b0 + kb * NR, panelStride, c, c0 + ib * ldc, ldc);
            }
        }
    }

    private static void block(int m, int n, int k, float[] a, int a0, int lda, float[] b, int b0, int panelStride, float[] c, int c0,
            int ldc) {
        for (int j = 0, p = b0; j < n; j += NR, p += panelStride) {
            if (n - j >= NR) {
                strip(m, k, a, a0, lda, b, p, c, c0 + j, ldc);
            } else {
                edge(m, n - j, k, a, a0, lda, b, p, c, c0 + j, ldc);
            }
        }
    }

    /// All rows of one panel's columns.
    private static void strip(int m, int k, float[] a, int a0, int lda, float[] b, int b0, float[] c, int c0, int ldc) {
        int i = 0;
        for (; i + MR <= m; i += MR) tile6(k, a, a0 + i * lda, lda, b, b0, c, c0 + i * ldc, ldc);
        for (; i < m; i++) tile1(k, a, a0 + i * lda, b, b0, c, c0 + i * ldc);
    }

    /// The last panel, where C has fewer columns than a tile: computed in a full-width copy.
    private static void edge(int m, int columns, int k, float[] a, int a0, int lda, float[] b, int b0, float[] c, int c0, int ldc) {
        float[] wide = Scratch.floats(Scratch.EDGE, MC * NR);
        for (int i = 0; i < m; i++) System.arraycopy(c, c0 + i * ldc, wide, i * NR, columns);
        strip(m, k, a, a0, lda, b, b0, wide, 0, NR);
        for (int i = 0; i < m; i++) System.arraycopy(wide, i * NR, c, c0 + i * ldc, columns);
    }

    private static void tile6(int k, float[] a, int a0, int lda, float[] b, int b0, float[] c, int c0, int ldc) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        int c1 = c0 + ldc, c2 = c1 + ldc, c3 = c2 + ldc, c4 = c3 + ldc, c5 = c4 + ldc;
        FloatVector s00 = FloatVector.zero(SPECIES), s01 = FloatVector.zero(SPECIES), s10 = FloatVector.zero(SPECIES), s11 = FloatVector
                .zero(SPECIES), s20 = FloatVector.zero(SPECIES), s21 = FloatVector.zero(SPECIES);
        FloatVector s30 = FloatVector.zero(SPECIES), s31 = FloatVector.zero(SPECIES), s40 = FloatVector.zero(SPECIES), s41 = FloatVector
                .zero(SPECIES), s50 = FloatVector.zero(SPECIES), s51 = FloatVector.zero(SPECIES);
        for (int p = 0; p < k; p++) {
            FloatVector x = FloatVector.fromArray(SPECIES, b, b0 + p * NR), y = FloatVector.fromArray(SPECIES, b, b0 + p * NR + V);
            FloatVector r = FloatVector.broadcast(SPECIES, a[a0 + p]);
            s00 = r.fma(x, s00);
            s01 = r.fma(y, s01);
            r = FloatVector.broadcast(SPECIES, a[a1 + p]);
            s10 = r.fma(x, s10);
            s11 = r.fma(y, s11);
            r = FloatVector.broadcast(SPECIES, a[a2 + p]);
            s20 = r.fma(x, s20);
            s21 = r.fma(y, s21);
            r = FloatVector.broadcast(SPECIES, a[a3 + p]);
            s30 = r.fma(x, s30);
            s31 = r.fma(y, s31);
            r = FloatVector.broadcast(SPECIES, a[a4 + p]);
            s40 = r.fma(x, s40);
            s41 = r.fma(y, s41);
            r = FloatVector.broadcast(SPECIES, a[a5 + p]);
            s50 = r.fma(x, s50);
            s51 = r.fma(y, s51);
        }
        s00.add(FloatVector.fromArray(SPECIES, c, c0)).intoArray(c, c0);
        s01.add(FloatVector.fromArray(SPECIES, c, c0 + V)).intoArray(c, c0 + V);
        s10.add(FloatVector.fromArray(SPECIES, c, c1)).intoArray(c, c1);
        s11.add(FloatVector.fromArray(SPECIES, c, c1 + V)).intoArray(c, c1 + V);
        s20.add(FloatVector.fromArray(SPECIES, c, c2)).intoArray(c, c2);
        s21.add(FloatVector.fromArray(SPECIES, c, c2 + V)).intoArray(c, c2 + V);
        s30.add(FloatVector.fromArray(SPECIES, c, c3)).intoArray(c, c3);
        s31.add(FloatVector.fromArray(SPECIES, c, c3 + V)).intoArray(c, c3 + V);
        s40.add(FloatVector.fromArray(SPECIES, c, c4)).intoArray(c, c4);
        s41.add(FloatVector.fromArray(SPECIES, c, c4 + V)).intoArray(c, c4 + V);
        s50.add(FloatVector.fromArray(SPECIES, c, c5)).intoArray(c, c5);
        s51.add(FloatVector.fromArray(SPECIES, c, c5 + V)).intoArray(c, c5 + V);
    }

    private static void tile1(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0) {
        FloatVector s0 = FloatVector.zero(SPECIES), s1 = FloatVector.zero(SPECIES);
        for (int p = 0; p < k; p++) {
            FloatVector r = FloatVector.broadcast(SPECIES, a[a0 + p]);
            s0 = r.fma(FloatVector.fromArray(SPECIES, b, b0 + p * NR), s0);
            s1 = r.fma(FloatVector.fromArray(SPECIES, b, b0 + p * NR + V), s1);
        }
        s0.add(FloatVector.fromArray(SPECIES, c, c0)).intoArray(c, c0);
        s1.add(FloatVector.fromArray(SPECIES, c, c0 + V)).intoArray(c, c0 + V);
    }

    // ---- packing

    /// Packs rows `k0 … k0+k−1`, columns `j0 … j0+n−1` of a row-major B with `ldb` columns.
    static void pack(int k, int n, float[] b, int b0, int ldb, float[] panels, int to) {
        for (int j = 0; j < n; j += NR, to += k * NR) {
            int width = Math.min(NR, n - j);
            for (int p = 0; p < k; p++) {
                System.arraycopy(b, b0 + p * ldb + j, panels, to + p * NR, width);
                for (int e = width; e < NR; e++) panels[to + p * NR + e] = 0;
            }
        }
    }

    /// Packs a B that lies transposed: column `j` of B is row `j` of the array, `ldb` apart.
    static void packTransposed(int k, int n, float[] b, int b0, int ldb, float[] panels, int to) {
        for (int j = 0; j < n; j += NR, to += k * NR) {
            int width = Math.min(NR, n - j);
            for (int e = 0; e < width; e++) {
                int from = b0 + (j + e) * ldb;
                for (int p = 0; p < k; p++) panels[to + p * NR + e] = b[from + p];
            }
            for (int e = width; e < NR; e++) for (int p = 0; p < k; p++) panels[to + p * NR + e] = 0;
        }
    }

    /// `y (n × m) = xᵀ`, for `x (m × n)`, by squares that fit the first-level cache.
    static void transpose(int m, int n, float[] x, int x0, int ldx, float[] y, int y0, int ldy) {
        final int square = 32;
        for (int ib = 0; ib < m; ib += square) {
            for (int jb = 0; jb < n; jb += square) {
                int iEnd = Math.min(m, ib + square), jEnd = Math.min(n, jb + square);
                for (int j = jb; j < jEnd; j++) for (int i = ib; i < iEnd; i++) y[y0 + j * ldy + i] = x[x0 + i * ldx + j];
            }
        }
    }
}
