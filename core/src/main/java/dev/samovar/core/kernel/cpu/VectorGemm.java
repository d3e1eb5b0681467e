package dev.samovar.core.kernel.cpu;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The one loop under every matrix product, convolution and attention: `C += A · B`, with both operands packed so that it reads them straight through.
///
/// B comes in *panels*: [#NR] columns side by side, `[panel][k][NR]`, the last panel padded with zeros. A comes in *strips*: [#MR] rows side by side,
/// `[strip][k][MR]`; the rows after the last whole strip make strips of 4 and of 1, so the strip that begins with row `i` starts at `i · k`, whatever
/// its height. C is row-major, or itself a panel, if its rows are NR apart: the product of one step is then the B of the next.
///
/// A tile of MR rows × 2 vectors of C stays in registers while `k` runs. Each step loads two vectors of B and broadcasts MR values of A. If C has few
/// columns, packing A would take a third as long as the product; its rows are then read without packing, by tiles of the same sizes.
///
/// | registers | MR × NR | in registers |
/// |---|---|---|
/// | 16 of 256 or 128 bits (AVX2, SSE) | 6 × 2 vectors | 12 sums, 2 of B, the values of A one after the other |
/// | 32 of 512 or 128 bits (AVX-512, NEON) | 12 × 2 vectors | 24 sums, 2 of B, the values of A one after the other |
///
/// With 16 registers there is none to spare, and left to itself the compiler loads all values of A of a step before it uses the first: it runs out of
/// registers, keeps a sum in memory, and takes twice the time. A fence before each row, which costs no instruction, keeps the loads in order. With 32
/// it did the same to a tile of 6 rows × 4 vectors, with 24 sums, 4 vectors of B and 6 values of A, and a fence did not help.
///
/// The ends of the tiles are written out row by row, because a method that took the sums would turn them into objects: the compiler inlines only as
/// many of its calls as its budget allows, and each of the others needs all 24 sums in memory, in every step of the loop. `AllocationTest` checks
/// this.
///
/// [#KC] · NR values of B (48 KiB at 256 bits) stream from the nearest two caches, past [#ROWS] rows of A (144 KiB) that stay in the second.
///
/// An element of C is the sum of one chain of fused multiply-adds for each KC steps of `k`, in order, whatever tile it falls into: results do not
/// depend on threads.
final class VectorGemm {
    static final VectorSpecies<Float> SPECIES = species();
    static final int V = SPECIES.length();
    /// Columns of a panel.
    static final int NR = 2 * V;
    /// Rows of a tall strip.
    static final int MR = V == 16 || (V == 4 && System.getProperty("os.arch", "").equals("aarch64")) ? 12 : 6;
    /// Rows of the lower of the tiles of an A that is read without packing, in row-major order; the other has 12.
    static final int PLAIN = 6;
    /// From this number of columns on A is packed: it is then read so often that its rows had better lie side by side.
    private static final int WIDE = 1024;
    /// Depth of a block.
    static final int KC = 768;
    /// Rows of a block of an A in strips; whole strips.
    static final int ROWS = 48;
    /// Rows of a block of an A that is packed on the fly. Every panel of B is read once for each block, so these blocks are taller.
    static final int TALL = 2 * ROWS;

    /// Rows of a panel that stay in the nearest cache while all its columns are packed.
    private static final int NEAR = 128;

    private VectorGemm() {}

    /// This machine's widest vectors, or those that were asked for.
    private static VectorSpecies<Float> species() {
        return switch (Cpu.vectorBits()) {
            case 128 -> FloatVector.SPECIES_128;
            case 256 -> FloatVector.SPECIES_256;
            case 512 -> FloatVector.SPECIES_512;
            default -> FloatVector.SPECIES_PREFERRED;
        };
    }

    /// The number of panels that hold `n` columns.
    static int panels(int n) {
        return (n + NR - 1) / NR;
    }

    /// The columns of all panels that hold `n` columns, padding included.
    static int padded(int n) {
        return panels(n) * NR;
    }

    /// The height of the strip that begins where `rowsLeft` rows are left.
    static int height(int rowsLeft) {
        return rowsLeft >= MR ? MR : rowsLeft >= 4 ? 4 : 1;
    }

    /// The first row of the strip that row `i` of `m` falls into.
    static int strip(int i, int m) {
        int tall = m / MR * MR;
        return i < tall ? i / MR * MR : i < tall + (m - tall) / 4 * 4 ? tall + (i - tall) / 4 * 4 : i;
    }

    /// `C (m × n) += A (m × k) · B (k × n)` with a row-major A. `b0` is where the first panel starts, `panelStride` how far panels lie apart.
    static void multiply(int m, int n, int k, float[] a, int a0, int lda, float[] b, int b0, int panelStride, float[] c, int c0, int ldc) {
        multiply(m, n, k, a, a0, lda, 1, b, b0, panelStride, c, c0, ldc);
    }

    /// `C (m × n) += A (m × k) · B (k × n)`, where element `(i, p)` of A is at `a0 + i·down + p·along`. Blocks of A are packed into strips on the
    /// fly, unless its rows can be read without packing.
    static void multiply(int m, int n, int k, float[] a, int a0, int down, int along, float[] b, int b0, int panelStride, float[] c, int c0,
            int ldc) {
        int plain = along == 1 && n < WIDE ? m / PLAIN * PLAIN : 0;
        for (int kb = 0; kb < k; kb += KC) {
            int kc = Math.min(KC, k - kb);
            for (int ib = 0; ib < plain; ib += TALL)
                plainBlock(Math.min(TALL, plain - ib), n, kc, a, a0 + ib * down + kb, down, b, b0 + kb * NR, panelStride, c, c0 + ib * ldc, ldc);
            for (int ib = plain; ib < m; ib += TALL) {
                int mc = Math.min(TALL, m - ib);
                float[] strips = Scratch.floats(Scratch.STRIPS, TALL * KC);
                packStrips(mc, kc, a, a0 + ib * down + kb * along, down, along, strips, 0);
                block(mc, n, kc, strips, 0, kc, 0, b, b0 + kb * NR, panelStride, c, c0 + ib * ldc, ldc, NR);
            }
        }
    }

    /// `C (m × n) += A (m × k) · B (k × n)` with an A in panels `across` apart, as it is when it was the C of another product. Each panel is a
    /// row-major matrix of NR columns and is read as it is; of its last rows, fewer than [#PLAIN], each is a strip by itself.
    static void multiplyPanels(int m, int n, int k, float[] a, int a0, int across, float[] b, int b0, int panelStride, float[] c, int c0, int ldc) {
        final int plain = m / PLAIN * PLAIN;
        for (int p = 0; p < k; p += NR) {
            int kc = Math.min(NR, k - p), from = a0 + p / NR * across;
            for (int i = 0; i < plain; i += TALL)
                plainBlock(Math.min(TALL, plain - i), n, kc, a, from + i * NR, NR, b, b0 + p * NR, panelStride, c, c0 + i * ldc, ldc);
            for (int i = plain; i < m; i++) block(1, n, kc, a, from + i * NR, kc, 0, b, b0 + p * NR, panelStride, c, c0 + i * ldc, ldc, NR);
        }
    }

    /// Row-major rows of A, a multiple of [#PLAIN], times every panel.
    private static void plainBlock(int m, int n, int k, float[] a, int a0, int lda, float[] b, int b0, int panelStride, float[] c, int c0,
            int ldc) {
        int j = 0, p = b0;
        for (; n - j >= NR; j += NR, p += panelStride) plainPanel(m, k, a, a0, lda, b, p, c, c0 + j, ldc);
        if (j == n) return;
        float[] wide = widened(m, n - j, c, c0 + j, ldc);
        plainPanel(m, k, a, a0, lda, b, p, wide, 0, NR);
        putBack(m, n - j, wide, c, c0 + j, ldc);
    }

    /// Row-major rows of A, a multiple of [#PLAIN], times one panel.
    private static void plainPanel(int m, int k, float[] a, int a0, int lda, float[] b, int b0, float[] c, int c0, int ldc) {
        int i = 0;
        if (MR == 12) for (; i + 12 <= m; i += 12) plain12x2(k, a, a0 + i * lda, lda, b, b0, c, c0 + i * ldc, ldc);
        for (; i < m; i += PLAIN) plain6x2(k, a, a0 + i * lda, lda, b, b0, c, c0 + i * ldc, ldc);
    }

    /// `C (m × n) += A (m × k) · B (k × n)` with A in strips, the first at `a0`.
    static void multiplyStrips(int m, int n, int k, float[] a, int a0, float[] b, int b0, int panelStride, float[] c, int c0, int ldc) {
        multiplyStrips(m, n, k, a, a0, k, 0, b, b0, panelStride, c, c0, ldc, NR);
    }

    /// `C (m × n) += A (m × k) · B (k × n)` with the columns `from … from+k−1` of an A in strips that has `depth` columns. The columns of C that
    /// belong to neighbouring panels of B lie `across` apart: NR in a row-major C, the size of a panel in one that consists of panels, whose `ldc` is
    /// NR.
    static void multiplyStrips(int m, int n, int k, float[] a, int a0, int depth, int from, float[] b, int b0, int panelStride, float[] c,
            int c0, int ldc, int across) {
        for (int kb = 0; kb < k; kb += KC) {
            int kc = Math.min(KC, k - kb);
            for (int ib = 0; ib < m; ib += ROWS) {
                int mc = Math.min(ROWS, m - ib);
                block(mc, n, kc, a, a0 + ib * depth, depth, from + kb, b, b0 + kb * NR, panelStride, c, c0 + ib * ldc, ldc, across);
            }
        }
    }

    /// As many rows of A as fit into the second cache, times every panel.
    private static void block(int m, int n, int k, float[] a, int a0, int depth, int from, float[] b, int b0, int panelStride, float[] c,
            int c0, int ldc, int across) {
        for (int j = 0, p = b0, to = c0; j < n; j += NR, p += panelStride, to += across) {
            if (n - j >= NR) {
                panel(m, k, a, a0, depth, from, b, p, c, to, ldc);
            } else {
                edge(m, n - j, k, a, a0, depth, from, b, p, c, to, ldc);
            }
        }
    }

    /// All strips times one panel.
    private static void panel(int m, int k, float[] a, int a0, int depth, int from, float[] b, int b0, float[] c, int c0, int ldc) {
        int i = 0;
        if (MR == 12) for (; i + 12 <= m; i += 12) tile12(k, a, a0 + i * depth + from * 12, b, b0, c, c0 + i * ldc, ldc);
        else for (; i + 6 <= m; i += 6) tile6(k, a, a0 + i * depth + from * 6, b, b0, c, c0 + i * ldc, ldc);
        for (; i + 4 <= m; i += 4) tile4(k, a, a0 + i * depth + from * 4, b, b0, c, c0 + i * ldc, ldc);
        for (; i < m; i++) tile1(k, a, a0 + i * depth + from, b, b0, c, c0 + i * ldc);
    }

    /// The last panel, if C has fewer columns there than a tile: computed in a full-width copy.
    private static void edge(int m, int columns, int k, float[] a, int a0, int depth, int from, float[] b, int b0, float[] c, int c0,
            int ldc) {
        float[] wide = widened(m, columns, c, c0, ldc);
        panel(m, k, a, a0, depth, from, b, b0, wide, 0, NR);
        putBack(m, columns, wide, c, c0, ldc);
    }

    /// A copy of the last columns of C, fewer than a tile has, with rows as wide as a tile.
    private static float[] widened(int m, int columns, float[] c, int c0, int ldc) {
        float[] wide = Scratch.floats(Scratch.EDGE, TALL * NR);
        for (int i = 0; i < m; i++) System.arraycopy(c, c0 + i * ldc, wide, i * NR, columns);
        return wide;
    }

    private static void putBack(int m, int columns, float[] wide, float[] c, int c0, int ldc) {
        for (int i = 0; i < m; i++) System.arraycopy(wide, i * NR, c, c0 + i * ldc, columns);
    }

    // @formatter:off

    static void tile12(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int ldc) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s00 = zero, s10 = zero, s20 = zero, s30 = zero, s40 = zero, s50 = zero, s60 = zero, s70 = zero, s80 = zero, s90 = zero, sa0 = zero, sb0 = zero;
        FloatVector s01 = zero, s11 = zero, s21 = zero, s31 = zero, s41 = zero, s51 = zero, s61 = zero, s71 = zero, s81 = zero, s91 = zero, sa1 = zero, sb1 = zero;
        for (int p = 0; p < k; p++) {
            int q = a0 + p * 12;
            FloatVector x = FloatVector.fromArray(SPECIES, b, b0 + p * NR), y = FloatVector.fromArray(SPECIES, b, b0 + p * NR + V), r;
            r = FloatVector.broadcast(SPECIES, a[q]);      s00 = r.fma(x, s00); s01 = r.fma(y, s01);
            r = FloatVector.broadcast(SPECIES, a[q + 1]);  s10 = r.fma(x, s10); s11 = r.fma(y, s11);
            r = FloatVector.broadcast(SPECIES, a[q + 2]);  s20 = r.fma(x, s20); s21 = r.fma(y, s21);
            r = FloatVector.broadcast(SPECIES, a[q + 3]);  s30 = r.fma(x, s30); s31 = r.fma(y, s31);
            r = FloatVector.broadcast(SPECIES, a[q + 4]);  s40 = r.fma(x, s40); s41 = r.fma(y, s41);
            r = FloatVector.broadcast(SPECIES, a[q + 5]);  s50 = r.fma(x, s50); s51 = r.fma(y, s51);
            r = FloatVector.broadcast(SPECIES, a[q + 6]);  s60 = r.fma(x, s60); s61 = r.fma(y, s61);
            r = FloatVector.broadcast(SPECIES, a[q + 7]);  s70 = r.fma(x, s70); s71 = r.fma(y, s71);
            r = FloatVector.broadcast(SPECIES, a[q + 8]);  s80 = r.fma(x, s80); s81 = r.fma(y, s81);
            r = FloatVector.broadcast(SPECIES, a[q + 9]);  s90 = r.fma(x, s90); s91 = r.fma(y, s91);
            r = FloatVector.broadcast(SPECIES, a[q + 10]); sa0 = r.fma(x, sa0); sa1 = r.fma(y, sa1);
            r = FloatVector.broadcast(SPECIES, a[q + 11]); sb0 = r.fma(x, sb0); sb1 = r.fma(y, sb1);
        }
        int at = c0;
        s00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s01.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s11.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s21.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s31.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s40.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s41.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s50.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s51.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s60.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s61.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s70.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s71.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s80.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s81.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s90.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s91.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        sa0.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); sa1.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        sb0.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); sb1.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
    }

    static void tile6(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int ldc) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s00 = zero, s10 = zero, s20 = zero, s30 = zero, s40 = zero, s50 = zero;
        FloatVector s01 = zero, s11 = zero, s21 = zero, s31 = zero, s41 = zero, s51 = zero;
        for (int p = 0; p < k; p++) {
            int q = a0 + p * 6;
            FloatVector x = FloatVector.fromArray(SPECIES, b, b0 + p * NR), y = FloatVector.fromArray(SPECIES, b, b0 + p * NR + V), r;
            r = FloatVector.broadcast(SPECIES, a[q]);      s00 = r.fma(x, s00); s01 = r.fma(y, s01); VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[q + 1]);  s10 = r.fma(x, s10); s11 = r.fma(y, s11); VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[q + 2]);  s20 = r.fma(x, s20); s21 = r.fma(y, s21); VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[q + 3]);  s30 = r.fma(x, s30); s31 = r.fma(y, s31); VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[q + 4]);  s40 = r.fma(x, s40); s41 = r.fma(y, s41); VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[q + 5]);  s50 = r.fma(x, s50); s51 = r.fma(y, s51);
        }
        int at = c0;
        s00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s01.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s11.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s21.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s31.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s40.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s41.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s50.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s51.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
    }

    /// 12 rows of a row-major A times one panel.
    static void plain12x2(int k, float[] a, int a0, int lda, float[] b, int b0, float[] c, int c0, int ldc) {
        final int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda, a6 = a5 + lda, a7 = a6 + lda, a8 = a7 + lda, a9 = a8 + lda, aa = a9 + lda, ab = aa + lda;
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s00 = zero, s10 = zero, s20 = zero, s30 = zero, s40 = zero, s50 = zero, s60 = zero, s70 = zero, s80 = zero, s90 = zero, sa0 = zero, sb0 = zero;
        FloatVector s01 = zero, s11 = zero, s21 = zero, s31 = zero, s41 = zero, s51 = zero, s61 = zero, s71 = zero, s81 = zero, s91 = zero, sa1 = zero, sb1 = zero;
        for (int p = 0; p < k; p++) {
            FloatVector x = FloatVector.fromArray(SPECIES, b, b0 + p * NR), y = FloatVector.fromArray(SPECIES, b, b0 + p * NR + V), r;
            r = FloatVector.broadcast(SPECIES, a[a0 + p]); s00 = r.fma(x, s00); s01 = r.fma(y, s01);
            r = FloatVector.broadcast(SPECIES, a[a1 + p]); s10 = r.fma(x, s10); s11 = r.fma(y, s11);
            r = FloatVector.broadcast(SPECIES, a[a2 + p]); s20 = r.fma(x, s20); s21 = r.fma(y, s21);
            r = FloatVector.broadcast(SPECIES, a[a3 + p]); s30 = r.fma(x, s30); s31 = r.fma(y, s31);
            r = FloatVector.broadcast(SPECIES, a[a4 + p]); s40 = r.fma(x, s40); s41 = r.fma(y, s41);
            r = FloatVector.broadcast(SPECIES, a[a5 + p]); s50 = r.fma(x, s50); s51 = r.fma(y, s51);
            r = FloatVector.broadcast(SPECIES, a[a6 + p]); s60 = r.fma(x, s60); s61 = r.fma(y, s61);
            r = FloatVector.broadcast(SPECIES, a[a7 + p]); s70 = r.fma(x, s70); s71 = r.fma(y, s71);
            r = FloatVector.broadcast(SPECIES, a[a8 + p]); s80 = r.fma(x, s80); s81 = r.fma(y, s81);
            r = FloatVector.broadcast(SPECIES, a[a9 + p]); s90 = r.fma(x, s90); s91 = r.fma(y, s91);
            r = FloatVector.broadcast(SPECIES, a[aa + p]); sa0 = r.fma(x, sa0); sa1 = r.fma(y, sa1);
            r = FloatVector.broadcast(SPECIES, a[ab + p]); sb0 = r.fma(x, sb0); sb1 = r.fma(y, sb1);
        }
        int at = c0;
        s00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s01.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s11.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s21.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s31.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s40.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s41.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s50.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s51.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s60.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s61.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s70.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s71.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s80.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s81.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s90.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s91.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        sa0.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); sa1.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        sb0.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); sb1.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
    }

    /// 6 rows of a row-major A times one panel.
    static void plain6x2(int k, float[] a, int a0, int lda, float[] b, int b0, float[] c, int c0, int ldc) {
        final int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s00 = zero, s10 = zero, s20 = zero, s30 = zero, s40 = zero, s50 = zero;
        FloatVector s01 = zero, s11 = zero, s21 = zero, s31 = zero, s41 = zero, s51 = zero;
        for (int p = 0; p < k; p++) {
            FloatVector x = FloatVector.fromArray(SPECIES, b, b0 + p * NR), y = FloatVector.fromArray(SPECIES, b, b0 + p * NR + V), r;
            r = FloatVector.broadcast(SPECIES, a[a0 + p]); s00 = r.fma(x, s00); s01 = r.fma(y, s01); if (MR == 6) VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[a1 + p]); s10 = r.fma(x, s10); s11 = r.fma(y, s11); if (MR == 6) VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[a2 + p]); s20 = r.fma(x, s20); s21 = r.fma(y, s21); if (MR == 6) VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[a3 + p]); s30 = r.fma(x, s30); s31 = r.fma(y, s31); if (MR == 6) VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[a4 + p]); s40 = r.fma(x, s40); s41 = r.fma(y, s41); if (MR == 6) VarHandle.loadLoadFence();
            r = FloatVector.broadcast(SPECIES, a[a5 + p]); s50 = r.fma(x, s50); s51 = r.fma(y, s51);
        }
        int at = c0;
        s00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s01.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s11.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s21.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s31.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s40.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s41.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V); at += ldc;
        s50.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at); s51.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
    }

    // @formatter:on

    static void tile4(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0, int ldc) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
        final int ahead = b0 - a0 * (NR / 4);                                      // one counter for both: with two the loop is slower
        for (int q = a0, end = a0 + 4 * k; q < end; q += 4) {
            int o = q * (NR / 4) + ahead;
            FloatVector x = FloatVector.fromArray(SPECIES, b, o), y = FloatVector.fromArray(SPECIES, b, o + V);
            FloatVector r = FloatVector.broadcast(SPECIES, a[q]);
            s00 = r.fma(x, s00);
            s01 = r.fma(y, s01);
            r = FloatVector.broadcast(SPECIES, a[q + 1]);
            s10 = r.fma(x, s10);
            s11 = r.fma(y, s11);
            r = FloatVector.broadcast(SPECIES, a[q + 2]);
            s20 = r.fma(x, s20);
            s21 = r.fma(y, s21);
            r = FloatVector.broadcast(SPECIES, a[q + 3]);
            s30 = r.fma(x, s30);
            s31 = r.fma(y, s31);
        }
        int at = c0;
        s00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
        s01.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
        at += ldc;
        s10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
        s11.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
        at += ldc;
        s20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
        s21.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
        at += ldc;
        s30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
        s31.add(FloatVector.fromArray(SPECIES, c, at + V)).intoArray(c, at + V);
    }

    static void tile1(int k, float[] a, int a0, float[] b, int b0, float[] c, int c0) {
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

    /// Packs A, whose element `(i, p)` is at `a0 + i·down + p·along`, into strips.
    static void packStrips(int m, int k, float[] a, int a0, int down, int along, float[] strips, int to) {
        for (int i = 0, h; i < m; i += h) {
            h = height(m - i);
            int from = a0 + i * down, at = to + i * k;
            if (h == MR) packTall(k, a, from, down, along, strips, at);
            else if (h == 4) packFour(k, a, from, down, along, strips, at);
            else if (along == 1) System.arraycopy(a, from, strips, at, k);
            else for (int p = 0; p < k; p++) strips[at + p] = a[from + p * along];
        }
    }

    /// One strip of MR rows. Constant steps take a third of the time of others, because the compiler then leaves out the index checks.
    private static void packTall(int k, float[] a, int a0, int down, int along, float[] strips, int to) {
        if (down == 1) {
            for (int p = 0, from = a0; p < k; p++, from += along) for (int r = 0; r < MR; r++) strips[to + p * MR + r] = a[from + r];
        } else if (along == 1) {
            for (int r = 0; r < MR; r++) {
                int from = a0 + r * down, at = to + r;
                for (int p = 0; p < k; p++) strips[at + p * MR] = a[from + p];
            }
        } else {
            for (int r = 0; r < MR; r++) {
                int from = a0 + r * down, at = to + r;
                for (int p = 0; p < k; p++) strips[at + p * MR] = a[from + p * along];
            }
        }
    }

    /// One strip of 4 rows.
    private static void packFour(int k, float[] a, int a0, int down, int along, float[] strips, int to) {
        for (int p = 0, from = a0; p < k; p++, from += along) {
            strips[to + p * 4] = a[from];
            strips[to + p * 4 + 1] = a[from + down];
            strips[to + p * 4 + 2] = a[from + 2 * down];
            strips[to + p * 4 + 3] = a[from + 3 * down];
        }
    }

    /// Undoes [#packStrips] for a row-major A.
    static void unpackStrips(int m, int k, float[] strips, float[] a) {
        for (int i = 0, h; i < m; i += h) {
            h = height(m - i);
            for (int r = 0; r < h; r++) for (int p = 0; p < k; p++) a[(i + r) * k + p] = strips[i * k + p * h + r];
        }
    }

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

    /// Packs a B that is stored transposed: column `j` of B is row `j` of the array, and rows lie `ldb` apart.
    static void packTransposed(int k, int n, float[] b, int b0, int ldb, float[] panels, int to) {
        for (int j = 0; j < n; j += NR, to += k * NR) {
            int width = Math.min(NR, n - j);
            for (int first = 0; first < k; first += NEAR) {
                int end = Math.min(k, first + NEAR);
                for (int e = 0; e < width; e++) {
                    int from = b0 + (j + e) * ldb, at = to + e;
                    for (int p = first; p < end; p++) panels[at + p * NR] = b[from + p];
                }
                for (int e = width; e < NR; e++) for (int p = first; p < end; p++) panels[to + p * NR + e] = 0;
            }
        }
    }

    /// Undoes [#packTransposed] for one panel: column `j < n` of its `k` rows becomes row `j` of the array, and rows lie `ldb` apart.
    static void unpackTransposed(int k, int n, float[] panel, int from, float[] b, int b0, int ldb) {
        for (int first = 0; first < k; first += NEAR) {
            int end = Math.min(k, first + NEAR);
            for (int e = 0; e < n; e++) {
                int to = b0 + e * ldb, at = from + e;
                for (int p = first; p < end; p++) b[to + p] = panel[at + p * NR];
            }
        }
    }
}
