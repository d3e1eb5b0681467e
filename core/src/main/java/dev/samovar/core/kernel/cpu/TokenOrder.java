package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.EncoderBlockShape;
import java.util.Arrays;

/// In which order a block of the encoder lays the tokens of its pictures into lanes of panels: window by window, each beginning a panel of its own.
/// Where attention is global, the whole picture is the window. Places of a window beyond the grid get no lane: what they hold is known without computing it.
final class TokenOrder {
    /// The token in each lane, counted through the batch; −1 in the lanes behind a window's last.
    final int[] tokens;
    /// The place of each lane's token in its window, row by row.
    final int[] places;
    /// The first lane of each window, and at the end the number of lanes.
    final int[] firstLane;
    /// The tokens in each window.
    final int[] count;
    /// The lane of each place of each window; −1 beyond the grid.
    final int[] lanes;

    TokenOrder(EncoderBlockShape s, int panel) {
        final int down = s.windowsDown(), across = s.windowsAcross(), windows = s.batch() * down * across;
        final int high = s.attention().height(), wide = s.attention().width();
        firstLane = new int[windows + 1];
        count = new int[windows];
        lanes = new int[windows * high * wide];
        Arrays.fill(lanes, -1);
        for (int i = 0; i < windows; i++) {
            int rows = Math.min(high, s.height() - i / across % down * high), columns = Math.min(wide, s.width() - i % across * wide);
            count[i] = rows * columns;
            firstLane[i + 1] = firstLane[i] + Math.ceilDiv(count[i], panel) * panel;
        }
        tokens = new int[firstLane[windows]];
        places = new int[tokens.length];
        Arrays.fill(tokens, -1);
        for (int i = 0; i < windows; i++) {
            int picture = i / (down * across), top = i / across % down * high, left = i % across * wide, lane = firstLane[i];
            for (int r = 0; r < high && top + r < s.height(); r++) {
                for (int c = 0; c < wide && left + c < s.width(); c++, lane++) {
                    tokens[lane] = (picture * s.height() + top + r) * s.width() + left + c;
                    places[lane] = r * wide + c;
                    lanes[(i * high + r) * wide + c] = lane;
                }
            }
        }
    }
}
