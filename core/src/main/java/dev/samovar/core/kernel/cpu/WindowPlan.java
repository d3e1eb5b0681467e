package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.WindowBlockShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Divides the pixels of a map among tasks that attend within windows. Each task has some neighbouring windows of a row, with their tokens one window
/// after another. Places beyond the map have no lanes of their own; if a task has any, one additional lane stands for all of them.
///
/// @param groups the tasks of one picture
record WindowPlan(List<Group> groups) {
    /// The approximate number of tokens in a task.
    private static final int TOKENS = 400;

    /// One task's windows.
    ///
    /// @param pixels for each lane the pixel in the map; −1 in lanes that have none
    /// @param windows the windows
    /// @param beyond the lane that stands for all places beyond the map, −1 if there are none
    @SuppressWarnings("ArrayRecordComponent")
    record Group(int[] pixels, List<Window> windows, int beyond) {
        int lanes() {
            return pixels.length;
        }
    }

    /// A window's tokens.
    ///
    /// @param first its first lane
    /// @param lanes the lane of each place; null in a complete window, whose places follow each other
    @SuppressWarnings("ArrayRecordComponent")
    record Window(int first, int @Nullable [] lanes) {}

    static WindowPlan of(WindowBlockShape s, int width) {
        List<Group> groups = new ArrayList<>();
        int w = s.window(), across = Math.ceilDiv(s.width(), w), most = Math.max(1, TOKENS / s.places());
        int tasks = Math.ceilDiv(across, most), each = Math.ceilDiv(across, tasks);
        for (int top = 0; top < s.height(); top += w)
            for (int first = 0; first < across; first += each)
                groups.add(group(s, top, first * w, Math.min(s.width(), (first + each) * w), width));
        return new WindowPlan(List.copyOf(groups));
    }

    private static Group group(WindowBlockShape s, int top, int left, int right, int panel) {
        int w = s.window(), rows = Math.min(w, s.height() - top), lane = 0;
        boolean hangs = rows < w || (right - left) % w != 0;
        int tokens = rows * (right - left), beyond = hangs ? tokens : -1;
        int[] pixels = new int[Math.ceilDiv(tokens + (hangs ? 1 : 0), panel) * panel];
        Arrays.fill(pixels, -1);
        List<Window> windows = new ArrayList<>();
        for (int x = left; x < right; x += w) {
            int columns = Math.min(w, right - x);
            int[] places = rows < w || columns < w ? new int[s.places()] : null;
            int begin = lane;
            if (places != null) Arrays.fill(places, beyond);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    if (places != null) places[i * w + j] = lane;
                    pixels[lane++] = (top + i) * s.width() + x + j;
                }
            }
            windows.add(new Window(begin, places));
        }
        return new Group(pixels, List.copyOf(windows), beyond);
    }
}
