package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import java.util.Arrays;

/// Three fused convolutions, for one tile of the output after another. A task gathers the pixels that its tile sees into panels, and then goes
/// through the hidden channels, [#HIDDEN] at a time: the first convolution computes their planes, the depthwise one turns these into panels again,
/// and the third adds their part to the result. All of it stays in the second cache.
///
/// With stride 2 the even columns of the input come first, then the odd ones, so that neighbours in the output read neighbours.
final class VectorBottleneck {
    /// Hidden channels that go through all three convolutions at a time; a multiple of the height of a strip.
    private static final int HIDDEN = VectorGemm.ROWS;
    /// The most rows and columns of a tile.
    private static final int ROWS = 16, COLUMNS = 64;
    private static final int NR = VectorGemm.NR;

    private final Parallel parallel;

    VectorBottleneck(Parallel parallel) {
        this.parallel = parallel;
    }

    /// The part of the output that a task computes, and the part of the input that it sees.
    private static final class Tile {
        final InvertedBottleneckShape s;
        final int image, row, column, rows, columns;
        /// Lanes of a row of the output: its columns, filled up to whole panels.
        final int lanes;
        /// The number of rows and columns that are seen; the first of them (−1 at the picture's edge); and the lanes that hold them, in whole panels.
        final int seenRows, seenColumns, top, left, seen;

        Tile(InvertedBottleneckShape s, int image, int row, int column, int rows, int columns) {
            this.s = s;
            this.image = image;
            this.row = row;
            this.column = column;
            this.rows = rows;
            this.columns = columns;
            lanes = VectorGemm.padded(columns);
            seenRows = (rows - 1) * s.stride() + 3;
            seenColumns = (columns - 1) * s.stride() + 3;
            top = row * s.stride() - 1;
            left = column * s.stride() - 1;
            seen = VectorGemm.padded(seenRows * seenColumns);
        }

        int panels() {
            return rows * lanes / NR;
        }

        /// Even columns of a row, which come first if the stride is 2.
        int even() {
            return s.stride() == 1 ? seenColumns : (seenColumns + 1) / 2;
        }
    }

    void run(InvertedBottleneckShape s, float[] x, InvertedBottleneckWeights<CpuBuffer> weights, float[] y) {
        final int h = s.outHeight(), w = s.outWidth(), rows = Math.min(h, Math.max(1, ROWS / s.stride())),
                columns = Math.min(w, COLUMNS / s.stride());
        final int down = Math.ceilDiv(h, rows), across = Math.ceilDiv(w, columns);
        final float[] widen = weights.conv1().weight().strips(s.hidden(), s.in()), narrow = weights.conv3().weight().strips(s.out(), s.hidden());
        final float[] widenBias = weights.conv1().bias().rows(), depth = weights.conv2().weight().rows(), depthBias = weights.conv2().bias()
                .rows(), narrowBias = weights.conv3().bias().rows();
        parallel.run(s.batch() * down * across, (long) s.batch() * h * w * s.hidden() * (s.in() + s.out()), task -> {
            int i = task / across % down * rows, j = task % across * columns;
            var tile = new Tile(s, task / across / down, i, j, Math.min(rows, h - i), Math.min(columns, w - j));
            float[] seen = Scratch.floats(Scratch.NORMED, tile.seen * s.in()), out = Scratch.floats(Scratch.OUT, tile.panels() * NR * s.out());
            float[] planes = Scratch.floats(Scratch.HIDDEN, HIDDEN * tile.seen + 4 * NR), panels = Scratch.floats(Scratch.PANELS, HIDDEN
                    * tile.panels() * NR);
            gather(tile, x, seen);
            for (int k = 0; k < tile.panels(); k++) VectorPanels.broadcast(s.out(), narrowBias, 0, out, k * s.out() * NR);
            for (int h0 = 0; h0 < s.hidden(); h0 += HIDDEN) {
                int n = Math.min(HIDDEN, s.hidden() - h0), to = n * NR;
                for (int c = 0; c < n; c++) Arrays.fill(planes, c * tile.seen, (c + 1) * tile.seen, widenBias[h0 + c]);
                VectorGemm.multiplyStrips(n, tile.seen, s.in(), widen, h0 * s.in(), s.in(), 0, seen, 0, s.in() * NR, planes, 0, tile.seen, NR);
                VectorMath.gelu(planes, planes, 0, n * tile.seen);
                clearOutside(tile, n, planes);
                int one = s.stride() == 1 ? 1 : tile.even(), two = s.stride() == 1 ? 2 : 1;
                for (int c = 0; c < n; c++)
                    VectorDepthwise.plane(tile.rows, tile.lanes, planes, c * tile.seen, s.stride() * tile.seenColumns, tile.seenColumns,
                            one,
                            two, depth, 9 * (h0 + c), depthBias[h0 + c], panels, c * NR, tile.lanes, to);
                VectorMath.gelu(panels, panels, 0, tile.panels() * to);
                VectorGemm.multiplyStrips(s.out(), tile.panels() * NR, n, narrow, 0, s.hidden(), h0, panels, 0, to, out, 0, NR, s.out()
                        * NR);
            }
            finish(tile, x, out, y);
        });
    }

    /// The panels of what a tile sees, with zeros outside the picture.
    private static void gather(Tile t, float[] x, float[] seen) {
        InvertedBottleneckShape s = t.s;
        final int n = t.seenColumns, from = Math.max(0, -t.left), to = Math.clamp(s.width() - t.left, from, n);
        float[] line = Scratch.floats(Scratch.ROW, n);
        Arrays.fill(line, 0, n, 0);
        for (int c = 0; c < s.in(); c++) {
            for (int i = 0; i < t.seenRows; i++) {
                int row = t.top + i, at = ((t.image * s.in() + c) * s.height() + row) * s.width() + t.left;
                if (row < 0 || row >= s.height()) {
                    spread(zeros(n), 0, n, i * n, c, s.in(), seen);
                    continue;
                }
                if (s.stride() == 1) {
                    System.arraycopy(x, at + from, line, from, to - from);
                } else {
                    for (int j = 0, e = 0; j < n; j += 2, e++) line[e] = j >= from && j < to ? x[at + j] : 0;
                    for (int j = 1, e = t.even(); j < n; j += 2, e++) line[e] = j >= from && j < to ? x[at + j] : 0;
                }
                spread(line, 0, n, i * n, c, s.in(), seen);
            }
            int end = t.seenRows * n;
            spread(zeros(NR), 0, t.seen - end, end, c, s.in(), seen);
        }
    }

    private static float[] zeros(int n) {
        float[] zeros = Scratch.floats(Scratch.EDGE, n);
        Arrays.fill(zeros, 0, n, 0);
        return zeros;
    }

    /// Puts `n` values into the lanes from `lane` on of one channel of panels.
    static void spread(float[] from, int at, int n, int lane, int channel, int channels, float[] panels) {
        for (int run; n > 0; n -= run, at += run, lane += run) {
            run = Math.min(n, NR - lane % NR);
            System.arraycopy(from, at, panels, (lane / NR * channels + channel) * NR + lane % NR, run);
        }
    }

    /// Sets the hidden map to 0 outside the picture, where the first convolution has left its bias.
    private static void clearOutside(Tile t, int n, float[] planes) {
        boolean above = t.top < 0, left = t.left < 0, below = t.top + t.seenRows > t.s.height(), right = t.left + t.seenColumns > t.s.width();
        if (!(above || left || below || right)) return;
        for (int c = 0; c < n; c++) {
            for (int i = 0; i < t.seenRows; i++) {
                int at = c * t.seen + i * t.seenColumns, row = t.top + i;
                if (row < 0 || row >= t.s.height()) {
                    Arrays.fill(planes, at, at + t.seenColumns, 0);
                    continue;
                }
                if (left) planes[at] = 0;                                          // an even column
                int over = Math.max(0, t.left + t.seenColumns - t.s.width());
                for (int j = t.seenColumns - over; j < t.seenColumns; j++)
                    planes[at + (t.s.stride() == 1 ? j : j / 2 + j % 2 * t.even())] = 0;
            }
        }
    }

    /// Converts panels to planes, and adds the shortcut.
    private static void finish(Tile t, float[] x, float[] out, float[] y) {
        InvertedBottleneckShape s = t.s;
        final int h = s.outHeight(), w = s.outWidth();
        for (int o = 0; o < s.out(); o++) {
            for (int i = 0; i < t.rows; i++) {
                int to = ((t.image * s.out() + o) * h + t.row + i) * w + t.column;
                for (int j = 0; j < t.columns; j += NR)
                    System.arraycopy(out, ((i * t.lanes + j) / NR * s.out() + o) * NR, y, to + j, Math.min(NR, t.columns - j));
                if (!s.shortcut()) continue;
                for (int j = to; j < to + t.columns; j++) y[j] += x[j];            // at the same place: x has the same channels, and the stride is 1
                VectorMath.gelu(y, y, to, to + t.columns);
            }
        }
    }
}
