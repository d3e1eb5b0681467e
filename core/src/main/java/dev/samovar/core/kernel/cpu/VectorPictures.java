package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.cpu.ScalarPictures.Sources;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Bilinear enlarging: every row of the source is made wide once, and wide rows are mixed into those of the output; the other way round [ScalarPictures] would mix
/// neighbours in every row of the output.
///
/// The sources of a vector of neighbouring pixels lie within a vector, which is shuffled, because there are no more of them than pixels.
final class VectorPictures {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NONE = -1;
    private static final ByLengths<Wide> WIDE = new ByLengths<>(VectorPictures::wide);

    /// Where the columns of an output come from, and for each vector of them how it is picked out of a vector of the source.
    @SuppressWarnings("ArrayRecordComponent")                                      // they are not compared
    private record Wide(Sources sources, VectorShuffle<?>[] shuffles) {}

    private VectorPictures() {}

    /// Whether it can do it: both sides grow, or stay.
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
                if (top == highAt) {                                               // going down, what was the lower neighbour becomes the upper one
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

    /// Where the last vector of `n` numbers begins, or any other: it may reach back over what was done already, which comes out the same.
    private static int start(int i, int n) {
        return Math.min(i, n - V);
    }

    /// For each vector of output columns, where their lower sources lie, counted from that of the first.
    private static Wide wide(int w, int n) {
        Sources columns = Sources.of(w, n);
        var shuffles = new VectorShuffle<?>[Math.ceilDiv(n, V)];
        for (int i = 0; i < shuffles.length; i++) {
            int first = start(i * V, n);
            shuffles[i] = VectorShuffle.fromOp(F, e -> columns.low()[first + e] - columns.low()[first]);
        }
        return new Wide(columns, shuffles);
    }

    /// One row, made as wide as the output.
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

    // ---- back

    /// For each row of the source the rows of `dy` that it went into, each with its share, are added up; then the columns likewise.
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

    /// One wide row of gradients, given to the columns that it came from: two neighbours' sums at a time.
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
