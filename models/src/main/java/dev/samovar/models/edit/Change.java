package dev.samovar.models.edit;

import dev.samovar.imaging.Geometry;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An edit of labels: the voxels that it changed, with their values before and after.
///
/// Undo and redo only change voxels that still have the value the edit (or its undo) left there, so that later edits by others stay. Neighbours along
/// x with the same values before and after are held as a run: a mask takes a few hundred bytes, not a few for each voxel.
final class Change {
    /// No change.
    static final Change NONE = new Builder().done();

    private final int[] starts, lengths;                                // of runs of voxels, ascending
    private final byte[] before, after;                                 // of each run
    private final int size;

    private Change(int[] starts, int[] lengths, byte[] before, byte[] after) {
        this.starts = starts;
        this.lengths = lengths;
        this.before = before;
        this.after = after;
        size = Arrays.stream(lengths).sum();
    }

    /// Collects runs.
    private static final class Builder {
        private int[] starts = new int[8], lengths = new int[8];
        private byte[] before = new byte[8], after = new byte[8];
        private int n;

        void add(int voxel, byte was, byte is) {
            if (n > 0 && starts[n - 1] + lengths[n - 1] == voxel && before[n - 1] == was && after[n - 1] == is) {
                lengths[n - 1]++;
                return;
            }
            if (n == starts.length) {
                starts = Arrays.copyOf(starts, 2 * n);
                lengths = Arrays.copyOf(lengths, 2 * n);
                before = Arrays.copyOf(before, 2 * n);
                after = Arrays.copyOf(after, 2 * n);
            }
            starts[n] = voxel;
            lengths[n] = 1;
            before[n] = was;
            after[n++] = is;
        }

        Change done() {
            return new Change(Arrays.copyOf(starts, n), Arrays.copyOf(lengths, n), Arrays.copyOf(before, n), Arrays.copyOf(after, n));
        }
    }

    /// The change from what a box holds to what it will hold, both x fastest.
    static Change of(Geometry grid, VoxelBox box, byte[] now, byte[] next) {
        Builder runs = new Builder();
        box.rows(grid, (at, from) -> {
            for (int i = from; i < from + box.nx(); i++) if (now[i] != next[i]) runs.add(at + i - from, now[i], next[i]);
        });
        return runs.done();
    }

    /// A change from a file: these voxels, ascending, with their values before, got the value `after`.
    static Change of(int[] voxels, byte[] before, byte after) {
        Builder runs = new Builder();
        for (int n = 0; n < voxels.length; n++) runs.add(voxels[n], before[n], after);
        return runs.done();
    }

    /// The number of voxels that it changed.
    int size() {
        return size;
    }

    /// The number of its runs, of ten bytes each.
    int runs() {
        return starts.length;
    }

    /// The voxels, ascending.
    int[] voxels() {
        int[] voxels = new int[size];
        int n = 0;
        for (int run = 0; run < starts.length; run++) for (int v = 0; v < lengths[run]; v++) voxels[n++] = starts[run] + v;
        return voxels;
    }

    /// The value of each before the change.
    byte[] before() {
        byte[] all = new byte[size];
        int n = 0;
        for (int run = 0; run < starts.length; n += lengths[run++]) Arrays.fill(all, n, n + lengths[run], before[run]);
        return all;
    }

    /// Applies it.
    ///
    /// @param count the number of voxels with each value, which is updated
    /// @param known the numbers of objects; no voxel gets another
    void apply(byte[] labels, int[] count, Set<Integer> known) {
        exchange(labels, count, known, before, after);
    }

    /// Reverts it, as [#apply] applies it.
    void revert(byte[] labels, int[] count, Set<Integer> known) {
        exchange(labels, count, known, after, before);
    }

    private void exchange(byte[] labels, int[] count, Set<Integer> known, byte[] from, byte[] to) {
        for (int run = 0; run < starts.length; run++) {
            if (to[run] != 0 && !known.contains(to[run] & 0xFF)) continue;
            int changed = 0;
            for (int v = starts[run]; v < starts[run] + lengths[run]; v++) {
                if (labels[v] != from[run]) continue;
                labels[v] = to[run];
                changed++;
            }
            count[from[run] & 0xFF] -= changed;
            count[to[run] & 0xFF] += changed;
        }
    }

    /// What a box would hold if this were reverted; nothing is changed.
    ///
    /// @param part what the box holds, x fastest
    byte[] without(Geometry grid, VoxelBox box, byte[] part) {
        byte[] without = part.clone();
        for (int run = 0; run < starts.length; run++) for (int v = starts[run]; v < starts[run] + lengths[run]; v++) {
            int i = v % grid.nx() - box.i0(), j = v / grid.nx() % grid.ny() - box.j0(), k = v / grid.nx() / grid.ny() - box.k0();
            if (i < 0 || i >= box.nx() || j < 0 || j >= box.ny() || k < 0 || k >= box.nz()) continue;
            int at = i + box.nx() * (j + box.ny() * k);
            if (without[at] == after[run]) without[at] = before[run];
        }
        return without;
    }

    /// The smallest box around it, null if it changes nothing.
    @Nullable
    VoxelBox box(Geometry grid) {
        int nx = grid.nx(), ny = grid.ny();
        var around = new VoxelBox.Around();
        for (int v : voxels()) around.add(v % nx, v / nx % ny, v / nx / ny);
        return around.box();
    }
}
