package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.cpu.ScalarPictures.Sources;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Bilinear enlarging: every row of the source is widened once, and wide rows are mixed into those of the output. ([ScalarPictures] does it the other
/// way round, and mixes neighbours in every row of the output.)
///
/// There are no more source pixels than output pixels, so the sources of a vector of neighbouring output pixels are within one vector, which is
/// shuffled.
final class VectorPictures {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NONE = -1;
    private static final ByLengths<Wide> WIDE = new ByLengths<>(VectorPictures::wide);

    /// The sources of the columns of an output, and for each vector of columns the shuffle that picks them out of a vector of the source.
    @SuppressWarnings("ArrayRecordComponent")                                      // they are not compared
    private record Wide(Sources sources, VectorShuffle<?>[] shuffles) {}

    private VectorPictures() {}

    /// Whether it handles these sizes: neither side may shrink.
    static boolean handles(int h, int w, int toH, int toW) {
        return toH >= h && toW >= w && toW >= V;
    }

    static void resize(Parallel parallel, int planes, int h, int w, int toH, int toW, float[] x, float[] y) {
        Sources rows = Sources.of(h, toH);
        Wide columns = WIDE.get(w, toW);
        Split.run(parallel, planes * toH, toW, (from, to) -> {
            float[] low = Scratch.floats(Scratch.STRIPS, toW), high = Scratch.floats(Scratch.PANELS, toW);
            int lowAt = NONE, highAt = NONE;
            for (int row = from; row < to; row++) {
                int plane = row / toH, i = row % toH, top = plane * h + rows.low()[i], bottom = plane * h + rows.high()[i];
                if (top == highAt) {                                               // one row farther down, the lower neighbour becomes the upper one
                    float[] swapped = low;
                    low = high;
                    high = swapped;
                    highAt = lowAt;
                    lowAt = top;
                }
                if (lowAt != top) widen(x, top * w, w, columns, toW, low);
                lowAt = top;
                if (highAt != bottom) widen(x, bottom * w, w, columns, toW, high);
                highAt = bottom;
                mix(toW, low, high, rows.share()[i], y, row * toW);
            }
        });
    }

    /// Where a vector of `n` numbers begins. The last one may begin earlier and repeat some that were done already, with the same result.
    private static int start(int i, int n) {
        return Math.min(i, n - V);
    }

    /// For each vector of output columns, the places of their lower sources, counted from that of the first column.
    private static Wide wide(int w, int n) {
        Sources columns = Sources.of(w, n);
        var shuffles = new VectorShuffle<?>[Math.ceilDiv(n, V)];
        for (int i = 0; i < shuffles.length; i++) {
            int first = start(i * V, n);
            shuffles[i] = VectorShuffle.fromOp(F, e -> columns.low()[first + e] - columns.low()[first]);
        }
        return new Wide(columns, shuffles);
    }

    /// One row, widened to the width of the output.
    private static void widen(float[] x, int from, int w, Wide columns, int n, float[] y) {
        float[] row = Scratch.floats(Scratch.EDGE, w + V + 1);
        System.arraycopy(x, from, row, 0, w);
        Arrays.fill(row, w, w + V + 1, x[from + w - 1]);                           // the last pixel's neighbour is itself
        for (int i = 0; i < columns.shuffles.length; i++) {
            int j = start(i * V, n), at = columns.sources.low()[j];
            VectorShuffle<Float> shuffle = columns.shuffles[i].cast(F);
            FloatVector a = FloatVector.fromArray(F, row, at).rearrange(shuffle), b = FloatVector.fromArray(F, row, at + 1).rearrange(shuffle);
            FloatVector share = FloatVector.fromArray(F, columns.sources.share(), j);
            FloatVector.broadcast(F, 1).sub(share).mul(a).add(share.mul(b)).intoArray(y, j);
        }
    }

    /// `y = (1 − share) · low + share · high`
    private static void mix(int n, float[] low, float[] high, float share, float[] y, int to) {
        FloatVector s = FloatVector.broadcast(F, share), rest = FloatVector.broadcast(F, 1 - share);
        for (int i = 0; i < n; i += V) {
            int j = start(i, n);
            rest.mul(FloatVector.fromArray(F, low, j)).add(s.mul(FloatVector.fromArray(F, high, j))).intoArray(y, to + j);
        }
    }

    // ---- backward

    /// For each row of the source, sums the rows of `dy` that it went into, each with its weight; then does the same for the columns.
    static void resizeGrad(Parallel parallel, int planes, int h, int w, int toH, int toW, float[] dy, float[] dx) {
        Sources rows = Sources.of(h, toH), columns = Sources.of(w, toW);
        Split.run(parallel, planes * h, 4L * toW, (from, to) -> {
            float[] wide = Scratch.floats(Scratch.STRIPS, toW);
            for (int row = from; row < to; row++) {
                int plane = row / h, r = row % h;
                Arrays.fill(wide, 0, toW, 0);
                for (int i = first(rows.low(), r - 1); i < toH && rows.low()[i] <= r; i++) {
                    float share = (rows.low()[i] == r ? 1 - rows.share()[i] : 0) + (rows.high()[i] == r ? rows.share()[i] : 0);
                    add(toW, share, dy, (plane * toH + i) * toW, wide);
                }
                narrow(toW, wide, columns, w, dx, row * w);
            }
        });
    }

    /// The first of the outputs whose lower source is `source` or after it.
    private static int first(int[] low, int source) {
        int at = Arrays.binarySearch(low, source);
        if (at < 0) return -1 - at;
        while (at > 0 && low[at - 1] == source) at--;
        return at;
    }

    private static void add(int n, float share, float[] x, int from, float[] sums) {
        int i = 0;
        FloatVector s = FloatVector.broadcast(F, share);
        for (; i + V <= n; i += V) FloatVector.fromArray(F, x, from + i).fma(s, FloatVector.fromArray(F, sums, i)).intoArray(sums, i);
        for (; i < n; i++) sums[i] = Math.fma(x[from + i], share, sums[i]);
    }

    /// Distributes one wide row of gradients to the columns that it came from: two neighbours' sums at a time.
    private static void narrow(int n, float[] wide, Sources columns, int w, float[] dx, int to) {
        float here = 0, next = 0;
        int c = 0;
        for (int j = 0; j < n; j++) {
            if (columns.low()[j] != c) {
                dx[to + c++] = here;
                here = next;
                next = 0;
            }
            float share = columns.share()[j] * wide[j];
            here += wide[j] - share;
            next += share;
        }
        dx[to + c] = here;
        if (c + 1 < w) dx[to + c + 1] = next;
        else dx[to + c] += next;
    }
}
