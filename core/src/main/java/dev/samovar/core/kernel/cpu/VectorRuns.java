package dev.samovar.core.kernel.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Copies lanes of panels from the lanes of other panels, run by run, where a run is neighbouring lanes that stay neighbours. No run crosses the border of a panel on either
/// side.
///
/// Runs are copied in whole vectors, from left to right and row by row, so what a vector copies beyond the end of its run is overwritten by the next
/// run or the next row. Both arrays must be a vector longer than their contents. Lanes without a source may receive anything.
final class VectorRuns {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;

    /// The first run of each panel, and at the end the number of runs.
    private final int[] first;
    /// For each run: its lane in the source, its lane in the panel, and its length.
    private final int[] source;
    private final int[] lane;
    private final int[] length;

    /// Finds the runs.
    ///
    /// @param sources the source of every lane, −1 for none; whole panels
    VectorRuns(int[] sources) {
        int panels = sources.length / NR, runs = 0;
        first = new int[panels + 1];
        int[] from = new int[sources.length], to = new int[sources.length], n = new int[sources.length];
        for (int panel = 0; panel < panels; panel++) {
            for (int i = 0; i < NR; i++) {
                int s = sources[panel * NR + i];
                if (s < 0) continue;
                if (runs > first[panel] && s % NR > 0 && to[runs - 1] + n[runs - 1] == i && from[runs - 1] + n[runs - 1] == s) {
                    n[runs - 1]++;
                } else {
                    from[runs] = s;
                    to[runs] = i;
                    n[runs++] = 1;
                }
            }
            first[panel + 1] = runs;
        }
        source = Arrays.copyOf(from, runs);
        lane = Arrays.copyOf(to, runs);
        length = Arrays.copyOf(n, runs);
    }

    /// Copies `rows` rows of one panel, which are `step` apart in `y`, from panels of `wide` rows in `x`, of which the first begins at `x0`.
    void copy(int panel, int rows, float[] x, int x0, int wide, float[] y, int y0, int step) {
        final int from = first[panel], end = first[panel + 1];
        for (int row = 0; row < rows; row++) {
            int left = x0 + row * NR, right = y0 + row * step;
            for (int r = from; r < end; r++) {
                int s = left + source[r] / NR * wide * NR + source[r] % NR, to = right + lane[r];
                for (int i = 0; i < length[r]; i += V) FloatVector.fromArray(F, x, s + i).intoArray(y, to + i);
            }
        }
    }
}
