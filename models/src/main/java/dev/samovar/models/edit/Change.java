package dev.samovar.models.edit;

import dev.samovar.imaging.Geometry;
import org.jspecify.annotations.Nullable;

/// What an edit did to labels: the voxels that it changed, and what each was before and after.
///
/// It is taken back, and done again, only where a voxel still is what it left there: what others did since stays.
final class Change {
    /// Nothing.
    static final Change NONE = new Change(new int[0], new byte[0], new byte[0]);

    private final int[] voxels;                                         // ascending
    private final byte[] before, after;

    private Change(int[] voxels, byte[] before, byte[] after) {
        this.voxels = voxels;
        this.before = before;
        this.after = after;
    }

    /// How what a box holds differs from what it is to hold, both x fastest.
    static Change of(Geometry grid, VoxelBox box, byte[] now, byte[] next) {
        int n = 0;
        for (int i = 0; i < now.length; i++) if (now[i] != next[i]) n++;
        if (n == 0) return NONE;
        int[] voxels = new int[n];
        byte[] before = new byte[n], after = new byte[n];
        var found = new Object() {
            int n;
        };
        box.rows(grid, (at, from) -> {
            for (int i = from; i < from + box.nx(); i++) {
                if (now[i] == next[i]) continue;
                voxels[found.n] = at + i - from;
                before[found.n] = now[i];
                after[found.n++] = next[i];
            }
        });
        return new Change(voxels, before, after);
    }

    /// One from a file.
    static Change of(int[] voxels, byte[] before, byte[] after) {
        return new Change(voxels, before, after);
    }

    int size() {
        return voxels.length;
    }

    int[] voxels() {
        return voxels;
    }

    byte[] before() {
        return before;
    }

    byte[] after() {
        return after;
    }

    /// Does it again.
    ///
    /// @param count how many voxels have each number, which is kept up
    void apply(byte[] labels, int[] count) {
        exchange(labels, count, before, after);
    }

    /// Takes it back.
    void revert(byte[] labels, int[] count) {
        exchange(labels, count, after, before);
    }

    private void exchange(byte[] labels, int[] count, byte[] from, byte[] to) {
        for (int n = 0; n < voxels.length; n++) {
            if (labels[voxels[n]] != from[n]) continue;
            labels[voxels[n]] = to[n];
            count[from[n] & 0xFF]--;
            count[to[n] & 0xFF]++;
        }
    }

    /// What a box would hold if this were taken back; nothing is changed.
    ///
    /// @param part what it holds, x fastest
    byte[] without(Geometry grid, VoxelBox box, byte[] part) {
        byte[] without = part.clone();
        for (int n = 0; n < voxels.length; n++) {
            int v = voxels[n], i = v % grid.nx() - box.i0(), j = v / grid.nx() % grid.ny() - box.j0(), k = v / grid.nx() / grid.ny() - box
                    .k0();
            if (i < 0 || i >= box.nx() || j < 0 || j >= box.ny() || k < 0 || k >= box.nz()) continue;
            int at = i + box.nx() * (j + box.ny() * k);
            if (without[at] == after[n]) without[at] = before[n];
        }
        return without;
    }

    /// The smallest box around it, null if it is nothing.
    @Nullable
    VoxelBox box(Geometry grid) {
        if (voxels.length == 0) return null;
        int nx = grid.nx(), ny = grid.ny(), i0 = nx, j0 = ny, k0 = grid.nz(), i1 = 0, j1 = 0, k1 = 0;
        for (int v : voxels) {
            int i = v % nx, j = v / nx % ny, k = v / nx / ny;
            i0 = Math.min(i0, i);
            i1 = Math.max(i1, i);
            j0 = Math.min(j0, j);
            j1 = Math.max(j1, j);
            k0 = Math.min(k0, k);
            k1 = Math.max(k1, k);
        }
        return new VoxelBox(i0, j0, k0, i1, j1, k1);
    }
}
