package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.EncoderBlockShape;
import java.util.Arrays;

/// Maps between two orders of tokens. A block of the encoder computes everything that concerns single tokens in the order of the pictures; attention
/// uses the order of windows, where each window begins a new panel. If attention is global, the whole picture is the window. Places of a window
/// beyond the grid are keys, but no queries, because their output is not wanted.
final class TokenOrder {
    private static final int NR = VectorGemm.NR;

    /// The first lane of each window's queries, and at the end the number of lanes.
    final int[] firstLane;
    /// The queries of each window.
    final int[] count;
    /// The place of each lane's query in its window, row by row.
    final int[] places;
    /// The number of panels for the places of a window.
    final int panels;
    /// The token at each place of each window, whose places fill whole panels; −1 beyond the grid.
    final int[] tokens;
    /// Copies tokens to queries.
    final VectorRuns queries;
    /// Copies tokens to keys.
    final VectorRuns keys;
    /// Copies queries back to tokens.
    final VectorRuns back;
    /// Whether each token is the query of the same number.
    final boolean same;

    TokenOrder(EncoderBlockShape s) {
        final int down = s.windowsDown(), across = s.windowsAcross(), windows = s.batch() * down * across;
        final int high = s.attention().height(), wide = s.attention().width();
        firstLane = new int[windows + 1];
        count = new int[windows];
        for (int i = 0; i < windows; i++) {
            count[i] = Math.min(high, s.height() - i / across % down * high) * Math.min(wide, s.width() - i % across * wide);
            firstLane[i + 1] = firstLane[i] + VectorGemm.padded(count[i]);
        }
        panels = VectorGemm.panels(high * wide);
        places = new int[firstLane[windows]];
        int[] asking = none(places.length), lanes = none(VectorGemm.padded(s.batch() * s.height() * s.width()));
        tokens = none(windows * panels * NR);
        for (int i = 0; i < windows; i++) {
            int picture = i / (down * across), top = i / across % down * high, left = i % across * wide, lane = firstLane[i];
            for (int r = 0; r < high && top + r < s.height(); r++) {
                for (int c = 0; c < wide && left + c < s.width(); c++, lane++) {
                    int token = (picture * s.height() + top + r) * s.width() + left + c;
                    asking[lane] = token;
                    places[lane] = r * wide + c;
                    lanes[token] = lane;
                    tokens[i * panels * NR + r * wide + c] = token;
                }
            }
        }
        queries = new VectorRuns(asking);
        keys = new VectorRuns(tokens);
        back = new VectorRuns(lanes);
        same = Arrays.equals(asking, lanes);
    }

    private static int[] none(int n) {
        int[] sources = new int[n];
        Arrays.fill(sources, -1);
        return sources;
    }
}
