package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;

import java.util.Arrays;

/// Bilinear resizing: two rows of the source are mixed into one, whose neighbouring pixels are then mixed for every pixel of the output.
final class ScalarPictures {
    private ScalarPictures() {}

    /// For every output row (or column): the lower of its two source indices, the higher, and the higher one's weight.
    @SuppressWarnings("ArrayRecordComponent")                                      // they are not compared
    record Sources(int[] low, int[] high, float[] share) {
        private static final ByLengths<Sources> MADE = new ByLengths<>(Sources::make);

        /// The sources of an axis; the last few are cached.
        static Sources of(int from, int to) {
            return MADE.get(from, to);
        }

        private static Sources make(int from, int to) {
            var sources = new Sources(new int[to], new int[to], new float[to]);
            for (int i = 0; i < to; i++) {
                double at = Math.max(0, (i + 0.5) * from / to - 0.5);
                sources.low[i] = (int) at;
                sources.high[i] = Math.min(sources.low[i] + 1, from - 1);
                sources.share[i] = (float) (at - sources.low[i]);
            }
            return sources;
        }
    }

    static void resize(Parallel parallel, int planes, int h, int w, int toH, int toW, float[] x, float[] y) {
        Sources rows = Sources.of(h, toH), columns = Sources.of(w, toW);
        Split.run(parallel, planes * toH, w + 4L * toW, (from, to) -> {
            float[] mixed = Scratch.floats(Scratch.ROW, w);
            for (int row = from; row < to; row++) {
                int plane = row / toH, i = row % toH;
                int top = (plane * h + rows.low[i]) * w, bottom = (plane * h + rows.high[i]) * w;
                float down = rows.share[i];
                for (int col = 0; col < w; col++) mixed[col] = (1 - down) * x[top + col] + down * x[bottom + col];
                for (int j = 0; j < toW; j++) {
                    float across = columns.share[j];
                    y[row * toW + j] = (1 - across) * mixed[columns.low[j]] + across * mixed[columns.high[j]];
                }
            }
        });
    }

    static void resizeGrad(Parallel parallel, int planes, int h, int w, int toH, int toW, float[] dy, float[] dx) {
        Sources rows = Sources.of(h, toH), columns = Sources.of(w, toW);
        Split.run(parallel, planes, (long) toH * (2L * w + 4L * toW), (from, to) -> {
            float[] mixed = Scratch.floats(Scratch.ROW, w);
            Arrays.fill(dx, from * h * w, to * h * w, 0);
            for (int row = from * toH; row < to * toH; row++) {
                int plane = row / toH, i = row % toH;
                // In the forward pass two rows were mixed, then neighbours in the mixed row, so now it is the neighbours first, then the rows.
                Arrays.fill(mixed, 0, w, 0);
                for (int j = 0; j < toW; j++) {
                    float g = dy[row * toW + j], across = columns.share[j];
                    mixed[columns.low[j]] += (1 - across) * g;
                    mixed[columns.high[j]] += across * g;
                }
                int top = (plane * h + rows.low[i]) * w, bottom = (plane * h + rows.high[i]) * w;
                float down = rows.share[i];
                for (int col = 0; col < w; col++) dx[top + col] += (1 - down) * mixed[col];
                for (int col = 0; col < w; col++) dx[bottom + col] += down * mixed[col];
            }
        });
    }

    /// Receives an output and the place of the value that it takes.
    @FunctionalInterface
    private interface Taken {
        void of(int output, int largest);
    }

    static void maxPool(Parallel parallel, Conv2dShape s, float[] x, float[] y) {
        Split.run(parallel, s.batch() * s.inChannels(), (long) s.outPixels() * s.kernel() * s.kernel(), (from, to) -> {
            for (int plane = from; plane < to; plane++) largest(s, x, plane, (at, found) -> y[at] = x[found]);
        });
    }

    static void maxPoolGrad(Parallel parallel, Conv2dShape s, float[] x, float[] dy, float[] dx) {
        int in = s.height() * s.width();
        Split.run(parallel, s.batch() * s.inChannels(), (long) s.outPixels() * s.kernel() * s.kernel() + in, (from, to) -> {
            Arrays.fill(dx, from * in, to * in, 0);
            for (int plane = from; plane < to; plane++) largest(s, x, plane, (at, found) -> dx[found] += dy[at]);
        });
    }

    /// Finds where the largest value of each window of a plane lies, the first of several.
    private static void largest(Conv2dShape s, float[] x, int plane, Taken taken) {
        int k = s.kernel(), h = s.height(), w = s.width(), at = plane * s.outPixels();
        for (int i = 0, top = -s.padding(); i < s.outHeight(); i++, top += s.stride()) {
            int first = Math.max(top, 0), bottom = Math.min(top + k, h);
            for (int j = 0, left = -s.padding(); j < s.outWidth(); j++, left += s.stride(), at++) {
                int start = Math.max(left, 0), right = Math.min(left + k, w), found = (plane * h + first) * w + start;
                float most = x[found];
                for (int row = first; row < bottom; row++) {
                    int base = (plane * h + row) * w;
                    for (int p = base + start; p < base + right; p++) {
                        float v = x[p];
                        boolean larger = v > most || Float.isNaN(v);              // unpredictable, so no branch
                        most = larger ? v : most;
                        found = larger ? p : found;
                    }
                }
                taken.of(at, found);
            }
        }
    }
}
